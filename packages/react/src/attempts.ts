import { browserRuntime } from './runtime.ts'

/** A way out of the page that the user took for one call, and may come back from. */
export interface Attempt {
  /** Chosen at random; the `popup` of a connect link. */
  readonly id: string
  /** The {@link ResumableInterrupt.id} of the call. */
  readonly call: string
  readonly by: 'popup' | 'redirect'
}

const storageKey = 'valetkey.attempts'
const maxAttempts = 20
const maxCallLength = 2_048
const maxTextLength = 65_536

/** An attempt that nobody could have guessed. */
export function newAttempt(call: string, by: Attempt['by']): Attempt {
  const id = btoa(String.fromCharCode(...browserRuntime.randomBytes(18)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
  return { id, call, by }
}

/** Kept for this tab, so that a page that is loaded again still knows what it waits for. */
export function rememberAttempt(attempt: Attempt): void {
  write([...allAttempts(), attempt].slice(-maxAttempts))
}

/** Those of one call, the latest last. */
export function attemptsOf(call: string): readonly Attempt[] {
  return allAttempts().filter((attempt) => attempt.call === call)
}

/** The call is done with. */
export function forgetAttemptsOf(call: string): void {
  const attempts = allAttempts()
  const others = attempts.filter((attempt) => attempt.call !== call)
  if (others.length < attempts.length) write(others)
}

/** All of this tab, the latest last. */
export function allAttempts(): readonly Attempt[] {
  try {
    return parseAttempts(sessionStorage.getItem(storageKey))
  } catch {
    return [] // no storage here, or none that can be read: nothing is remembered
  }
}

function write(attempts: readonly Attempt[]): void {
  try {
    sessionStorage.setItem(storageKey, JSON.stringify(attempts))
  } catch {
    // Full, or not allowed. The open page goes on by itself; only one that is loaded again forgets.
  }
}

/** Any script of the app's origin can write there: strict, and all or nothing. */
export function parseAttempts(text: string | null): readonly Attempt[] {
  if (text === null || text.length > maxTextLength) return []
  const value: unknown = JSON.parse(text)
  return Array.isArray(value) && value.length <= maxAttempts && value.every(isAttempt) ? value : []
}

function isAttempt(value: unknown): value is Attempt {
  if (typeof value !== 'object' || value === null) return false
  const fields = new Map<string, unknown>(Object.entries(value))
  const id = fields.get('id')
  const call = fields.get('call')
  const by = fields.get('by')
  return (
    fields.size === 3 &&
    typeof id === 'string' &&
    /^[A-Za-z0-9_-]{24}$/.test(id) &&
    typeof call === 'string' &&
    call.length <= maxCallLength &&
    (by === 'popup' || by === 'redirect')
  )
}
