import * as z from 'zod'

import { isCleanLabel } from '../domain/label.ts'
import { parseScope } from '../domain/scope.ts'
import { suggest } from './suggest.ts'

/** A closed object: a mistyped setting must not be taken for its default. */
export function object<const Shape extends z.ZodRawShape>(
  shape: Shape,
  belongs = 'an object',
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return wrong(belongs)(issue)
      return issue.keys
        .map((key) => {
          const near = suggest(key, known)
          const mend = near === undefined ? `Known: ${known.join(', ')}` : `Did you mean "${near}"?`
          return `has no setting ${JSON.stringify(key)}. ${mend}`
        })
        .join('; ')
    },
  })
}

/** A text that says something. */
export function text(belongs: string): z.ZodString {
  return z.string({ error: wrong(belongs) }).min(1, { error: wrong(belongs) })
}

/** A whole number, both ends included. */
export function whole(minimum: number, maximum: number): z.ZodNumber {
  const error = `must be a whole number from ${minimum} to ${maximum}`
  return z.number({ error }).int({ error }).min(minimum, { error }).max(maximum, { error })
}

/** One of a few words. */
export function choice<const Values extends readonly [string, ...string[]]>(
  values: Values,
): z.ZodType<Values[number], Values[number]> {
  const error = `must be one of ${values.map((value) => JSON.stringify(value)).join(', ')}`
  return z
    .custom<Values[number]>((value) => typeof value === 'string' && values.includes(value), {
      error,
    })
    .meta({ type: 'string', enum: [...values] })
}

export function list<Element extends z.ZodType>(
  element: Element,
  belongs: string,
): z.ZodArray<Element> {
  return z.array(element, { error: wrong(belongs) })
}

/** Scopes, one a value. */
export function scopes(): z.ZodArray<z.ZodString> {
  return list(
    text('a scope').refine((scope) => parseScope(scope)?.length === 1, {
      error: 'must be one scope, without spaces, quotes or backslashes',
    }),
    'a list of scopes, such as ["openid"]',
  )
}

/** Shown on pages where a person decides: it must not pretend to be something else. */
export const nameForPeople: z.ZodString = text('a name for people').refine(isCleanLabel, {
  error: 'must be one line of at most 200 characters, without characters that hide or reorder text',
})

/** What a value of the wrong kind is told: its kind (never its value), and what belongs there. */
export function wrong(belongs: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) =>
    input === undefined
      ? `is missing. Give ${belongs}`
      : `must not be ${kindOf(input)}. Give ${belongs}`
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (value === '') return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object of this form'
  return typeof value === 'string' ? 'this text' : `a ${typeof value}`
}
