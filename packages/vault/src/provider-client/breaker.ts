/**
 * Keeps a wrong client secret from being tried once for every account: after a few refusals of the client in a row,
 * calls are held back, and one at a time is let through to see whether it was mended. A value; every step gives the next.
 */
export type Breaker =
  | { readonly status: 'closed'; readonly refusals: number }
  | { readonly status: 'open'; readonly until: number; readonly delaySeconds: number }
  /** One call is out. Should it never come back, another may follow after `until`. */
  | { readonly status: 'probing'; readonly until: number; readonly delaySeconds: number }

/** `refused`: our client was. `answered`: it was not, whatever the answer. `unknown`: no such thing can be said. */
export type BreakerOutcome = 'refused' | 'answered' | 'unknown'

export const CLOSED: Breaker = { status: 'closed', refusals: 0 }

const REFUSALS_TO_OPEN = 3
const FIRST_DELAY_SECONDS = 30
const MAX_DELAY_SECONDS = 300
/** Longer than any call may take. */
const PROBE_SECONDS = 15

/** Whether a call may go out now. `waitSeconds` when it may not. */
export function admit(
  breaker: Breaker,
  now: number,
):
  | { readonly admitted: true; readonly next: Breaker }
  | { readonly admitted: false; readonly waitSeconds: number } {
  if (breaker.status === 'closed') return { admitted: true, next: breaker }
  if (now < breaker.until) return { admitted: false, waitSeconds: breaker.until - now }
  const { delaySeconds } = breaker
  return { admitted: true, next: { status: 'probing', until: now + PROBE_SECONDS, delaySeconds } }
}

/** What a call that was admitted makes of the breaker as it is now, which others may have changed meanwhile. */
export function settle(breaker: Breaker, outcome: BreakerOutcome, now: number): Breaker {
  switch (outcome) {
    case 'answered':
      return CLOSED
    case 'unknown':
      // A probe that told nothing lets the next one go at once.
      return breaker.status === 'probing' ? { ...breaker, status: 'open', until: now } : breaker
    case 'refused':
      return afterRefusal(breaker, now)
  }
}

function afterRefusal(breaker: Breaker, now: number): Breaker {
  switch (breaker.status) {
    case 'closed': {
      const refusals = breaker.refusals + 1
      return refusals < REFUSALS_TO_OPEN
        ? { status: 'closed', refusals }
        : { status: 'open', until: now + FIRST_DELAY_SECONDS, delaySeconds: FIRST_DELAY_SECONDS }
    }
    case 'probing': {
      const delaySeconds = Math.min(breaker.delaySeconds * 2, MAX_DELAY_SECONDS)
      return { status: 'open', until: now + delaySeconds, delaySeconds }
    }
    case 'open':
      // A call from before it opened.
      return breaker
  }
}
