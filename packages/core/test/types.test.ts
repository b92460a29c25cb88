import { expectTypeOf, test } from 'vitest'
import {
  type ApiToken,
  createValetKeyClient,
  findInterrupt,
  type Interrupt,
  isInterruptError,
  isValetKeyError,
  parseInterrupt,
  type SignedSubject,
  type SubjectSources,
  type ToolCall,
  type ValetKeyErrorCode,
} from '../src/index.ts'

interface Context {
  readonly userId: string
}
const client = createValetKeyClient<Context>({
  accessToken: ({ context }) => context?.userId,
})
const google = { connection: 'google-oauth2', scopes: ['email'] } as const

test('a wrapped function keeps its input and gives its result by promise', () => {
  const wrapped = client.withTokenForConnection(google, (input: { date: string }) => input.date)

  expectTypeOf(wrapped).parameter(0).toEqualTypeOf<{ date: string }>()
  expectTypeOf(wrapped).returns.toEqualTypeOf<Promise<string>>()
  expectTypeOf(
    client.withTokenForConnection(google)(async (input: number) => input),
  ).returns.toEqualTypeOf<Promise<number>>()
  expectTypeOf(client.withTokenForConnection(google, () => 1)).toBeCallableWith()
  // @ts-expect-error: the input is needed
  expectTypeOf(wrapped).toBeCallableWith()
})

test('a wrapped generator stays one', () => {
  const wrapped = client.withTokenForConnection(google, async function* (input: string) {
    await Promise.resolve()
    yield input.length
    return true
  })

  expectTypeOf(wrapped('x')).toExtend<AsyncGenerator<number, boolean>>()
})

test('a function that always throws gives a promise of nothing', () => {
  const wrapped = client.withTokenForConnection(google, () => {
    throw new Error('x')
  })

  expectTypeOf(wrapped).returns.toEqualTypeOf<Promise<never>>()
})

test('sources see the call with its context, and an input that they may not trust', () => {
  client.withTokenForConnection(
    {
      ...google,
      loginHint: (call) => {
        expectTypeOf(call).toEqualTypeOf<ToolCall<unknown, Context | undefined>>()
        return call.context?.userId
      },
    },
    (input: { team: string }, call) => {
      expectTypeOf(call).toEqualTypeOf<ToolCall<{ team: string }, Context | undefined>>()
      return input.team
    },
  )
})

test('at least one connection', () => {
  const neither = (): unknown =>
    // @ts-expect-error: neither
    client.protect({ scopes: ['a'] })
  expectTypeOf(neither).toBeFunction()
})

test('guards narrow, and interrupts are told apart by kind', () => {
  const error: unknown = undefined
  if (isValetKeyError(error)) expectTypeOf(error.code).toEqualTypeOf<ValetKeyErrorCode>()
  if (isInterruptError(error)) expectTypeOf(error.interrupt).toEqualTypeOf<Interrupt>()
  expectTypeOf(findInterrupt(error)).toEqualTypeOf<Interrupt | undefined>()
  const interrupt = parseInterrupt(error)
  if (interrupt?.kind === 'connect') {
    expectTypeOf(interrupt.connection).toEqualTypeOf<string>()
    expectTypeOf(interrupt.connectUrl).toEqualTypeOf<string | undefined>()
  }
})

test('a user whom the client names is an id, or an id with the reason', () => {
  type Named = SubjectSources<ToolCall>['signedSubject']

  expectTypeOf('alice').toExtend<Named>()
  expectTypeOf({ subject: 'alice', auditContext: 'nightly report' }).toExtend<Named>()
  expectTypeOf((call: ToolCall) => Promise.resolve(call.toolName)).toExtend<Named>()
  expectTypeOf({ token: 'alice', type: 'urn:x' }).not.toExtend<Named>()
  expectTypeOf<SignedSubject>().toEqualTypeOf<{
    readonly subject: string
    readonly auditContext?: string | undefined
  }>()
})

test('a token for an own API says how it is used', () => {
  expectTypeOf<ReturnType<typeof client.exchangeForApi>>().resolves.toEqualTypeOf<ApiToken>()
  expectTypeOf<ApiToken['tokenType']>().toEqualTypeOf<'Bearer' | 'DPoP'>()
  expectTypeOf<ReturnType<typeof client.dpopKeyPair>>().resolves.toEqualTypeOf<
    CryptoKeyPair | undefined
  >()
})
