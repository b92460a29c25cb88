/** A provider that says "come back in a year" does not decide when the vault asks again. */
const MAX_SECONDS = 3600

/**
 * Seconds to wait according to `Retry-After` (RFC 9110 section 10.2.3): seconds or an HTTP date, between 1 and 3600.
 * `undefined` when there is none, or none that can be read.
 */
export function readRetryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? ''
  const seconds = /^\d{1,15}$/.test(value) ? Number(value) : secondsUntil(value, now)
  if (seconds === undefined) return undefined
  return Math.min(Math.max(seconds, 1), MAX_SECONDS)
}

/** HTTP dates begin with the day's name; without that test, Date.parse reads almost anything. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .{10,40}$/

function secondsUntil(date: string, now: number): number | undefined {
  if (!HTTP_DATE.test(date)) return undefined
  const at = Date.parse(date)
  return Number.isNaN(at) ? undefined : Math.ceil(at / 1000) - now
}
