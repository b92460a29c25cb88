import { fileURLToPath } from 'node:url'
import {
  type AccessTokenError,
  createValetKey,
  type Credentials,
  type Interrupt,
  type Session,
  type SubjectToken,
  type ValetKey,
} from '@valetkey/next'
import type { NextRequest } from 'next/server'
import ts from 'typescript'
import { expect, expectTypeOf, test } from 'vitest'

test('handlers are what Next.js wants of a route', () => {
  type Handler = (
    request: NextRequest,
    context: { params: Promise<{ valetKey: string[] }> },
  ) => Response | Promise<Response>

  expectTypeOf<ValetKey['handlers']['GET']>().toExtend<Handler>()
  expectTypeOf<ValetKey['handlers']['POST']>().toExtend<Handler>()
})

test('what is given has its types, and a session no token', () => {
  expectTypeOf<ReturnType<ValetKey['getSession']>>().toEqualTypeOf<Promise<Session | undefined>>()
  expectTypeOf<keyof Session>().toEqualTypeOf<'user' | 'loggedInAt' | 'expiresAt'>()
  expectTypeOf<ReturnType<ValetKey['requireAccount']>>().toEqualTypeOf<Promise<Credentials>>()
  expectTypeOf<ReturnType<ValetKey['connectAccount']>>().toEqualTypeOf<Promise<never>>()
  expectTypeOf<ValetKey['subjectToken']>().toEqualTypeOf<() => Promise<SubjectToken | undefined>>()
  expectTypeOf<AccessTokenError['interrupt']>().toEqualTypeOf<Interrupt | undefined>()
})

test('wrong options do not compile', () => {
  const never = (): unknown => [
    // @ts-expect-error -- one word for one thing
    createValetKey({ secret: 'x' }),
    // @ts-expect-error -- seconds are numbers
    createValetKey({ session: { idleSeconds: '1d' } }),
    // @ts-expect-error -- a source gives text
    createValetKey({ accessToken: () => 1 }),
    // @ts-expect-error -- there is no third way
    createValetKey({ logout: 'nowhere' }),
    // @ts-expect-error -- scopes are a list
    createValetKey().getAccessTokenForConnection({ connection: 'github', scopes: 'repo' }),
    // @ts-expect-error -- which one?
    createValetKey().connectAccount({}),
  ]
  expect(never).toBeTypeOf('function')
})

test('the declarations compile by themselves, without skipLibCheck', () => {
  const declarations = fileURLToPath(import.meta.resolve('@valetkey/next')).replace(/js$/, 'd.ts')
  const program = ts.createProgram([declarations], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  })

  const problems = ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    )

  expect(program.getSourceFile(declarations)).toBeDefined()
  expect(problems).toEqual([])
})
