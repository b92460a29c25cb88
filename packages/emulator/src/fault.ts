/** Where a fault strikes. `token` is every request at a token endpoint, `refresh` only refreshes. */
export type FaultPoint =
  | 'authorize'
  | 'token'
  | 'refresh'
  | 'revoke'
  | 'userinfo'
  | 'api'
  | 'jwks'
  | 'discovery'

/**
 * What goes wrong. `when` says whether before or after the provider has acted (rotated, revoked,
 * stored); default `before`. A fault without `when` changes the answer of a request that was acted on,
 * except for `rate_limited`, `redirect`, `error` and `error_in_200`, which come instead of acting.
 */
export type Fault =
  /** Real milliseconds. */
  | { readonly kind: 'delay'; readonly milliseconds: number; readonly when?: 'before' | 'after' }
  /** Waits until released. */
  | { readonly kind: 'hold'; readonly when?: 'before' | 'after' }
  /** The connection ends; `midway` is after acting, within the body. */
  | { readonly kind: 'reset'; readonly when?: 'before' | 'after' | 'midway' }
  /** Half of the body, as if it were all. */
  | { readonly kind: 'truncated_body' }
  /** An HTML page with status 200. */
  | { readonly kind: 'html'; readonly when?: 'before' | 'after' }
  /** 429. */
  | { readonly kind: 'rate_limited'; readonly retryAfterSeconds?: number }
  /** 5xx; default 503. */
  | { readonly kind: 'server_error'; readonly status?: number; readonly when?: 'before' | 'after' }
  /** The provider's own error shape, with any code. */
  | { readonly kind: 'error'; readonly error: string; readonly status?: number }
  /** 200 with `error`. */
  | { readonly kind: 'error_in_200'; readonly error: string }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'missing_expires_in' }
  | { readonly kind: 'missing_refresh_token' }
  /** Fewer scopes are granted than asked. */
  | { readonly kind: 'narrowed_scope'; readonly scopes: readonly string[] }
  /** Numbers become strings, and strings become arrays where nobody expects one. */
  | { readonly kind: 'odd_types' }
  /** CR, LF and a header-like text inside the access token of the answer. */
  | { readonly kind: 'control_characters' }
  /** The access token of the answer is that long. Default: 100,000. */
  | { readonly kind: 'huge_token'; readonly bytes?: number }
  /** The answer is padded to that length. Default: 5,000,000. */
  | { readonly kind: 'huge_body'; readonly bytes?: number }
  /** A member nested that deep. Default: 10,000. */
  | { readonly kind: 'deep_json'; readonly depth?: number }
  /** JSON, but `null`. */
  | { readonly kind: 'not_an_object' }
  /** JWTs are stamped that many seconds ahead (or, negative, behind). */
  | { readonly kind: 'clock_skew'; readonly seconds: number }

/** A fault, where it strikes, and how often. */
export interface FaultPlan {
  readonly at: FaultPoint
  readonly fault: Fault
  /** How many requests it strikes. Default: 1. */
  readonly times?: number | 'always' | undefined
}

/** Kinds of faults, and the fields of each with what they may be. */
const FIELDS: Readonly<Record<Fault['kind'], Readonly<Record<string, Check>>>> = {
  delay: { milliseconds: isCount, when: isBeforeOrAfter },
  hold: { when: isBeforeOrAfter },
  reset: { when: (value) => value === undefined || value === 'midway' || isBeforeOrAfter(value) },
  truncated_body: {},
  html: { when: isBeforeOrAfter },
  rate_limited: { retryAfterSeconds: optional(isCount) },
  server_error: {
    status: optional((value) => isCount(value) && value >= 500 && value <= 599),
    when: isBeforeOrAfter,
  },
  error: {
    error: isText,
    status: optional((value) => isCount(value) && value >= 200 && value <= 599),
  },
  error_in_200: { error: isText },
  redirect: { location: isText },
  missing_expires_in: {},
  missing_refresh_token: {},
  narrowed_scope: { scopes: (value) => Array.isArray(value) && value.every(isText) },
  odd_types: {},
  control_characters: {},
  huge_token: { bytes: optional(isCount) },
  huge_body: { bytes: optional(isCount) },
  deep_json: { depth: optional(isCount) },
  not_an_object: {},
  clock_skew: { seconds: (value) => typeof value === 'number' && Number.isFinite(value) },
}

const POINTS: readonly FaultPoint[] = [
  'authorize',
  'token',
  'refresh',
  'revoke',
  'userinfo',
  'api',
  'jwks',
  'discovery',
]

/**
 * A plan from data that may be anything, such as a request's body.
 *
 * @throws {TypeError} that names what is wrong
 */
export function parseFaultPlan(value: unknown): FaultPlan {
  if (!isFaultPlan(value)) throw new TypeError(faultPlanProblem(value))
  return value
}

function isFaultPlan(value: unknown): value is FaultPlan {
  return faultPlanProblem(value) === ''
}

function faultPlanProblem(value: unknown): string {
  if (!isRecord(value)) return 'A fault plan must be an object with "at" and "fault"'
  const { at, fault, times } = value
  if (!POINTS.some((point) => point === at)) return `"at" must be one of ${POINTS.join(', ')}`
  if (times !== undefined && times !== 'always' && !(isCount(times) && times > 0)) {
    return '"times" must be a positive number or "always"'
  }
  if (!isRecord(fault)) return '"fault" must be an object with "kind"'
  const kind = Object.keys(FIELDS).find((name) => name === fault['kind'])
  if (!isFaultKind(kind)) return `"fault.kind" must be one of ${Object.keys(FIELDS).join(', ')}`
  const fields = FIELDS[kind]
  for (const [name, isValid] of Object.entries(fields)) {
    if (!isValid(fault[name])) return `"fault.${name}" is not valid for ${kind}`
  }
  const unknown = Object.keys(fault).find((name) => name !== 'kind' && !Object.hasOwn(fields, name))
  return unknown === undefined ? '' : `${kind} has no field ${JSON.stringify(unknown)}`
}

type Check = (value: unknown) => boolean

function isFaultKind(value: string | undefined): value is Fault['kind'] {
  return value !== undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}

function isBeforeOrAfter(value: unknown): boolean {
  return value === undefined || value === 'before' || value === 'after'
}

function optional(check: Check): Check {
  return (value) => value === undefined || check(value)
}
