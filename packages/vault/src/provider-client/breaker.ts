/**
 * Keeps a wrong client secret from being tried once for every account: after the client was refused for a few different
 * accounts in a row, calls are held back, and one at a time is let through to see whether it was mended. Refusals of one
 * account alone say nothing of the client: some providers answer so for a grant that is gone. A value; every step gives
 * the next.
 */
export type Breaker =
  /** Accounts refused since the client was last let in, each once. */
  | { readonly status: 'closed'; readonly refused: readonly string[] }
  | (Held & { readonly status: 'open' })
  /** One call is out. Should it never come back, another may follow after `until`. */
  | (Held & { readonly status: 'probing' })

interface Held {
  readonly until: number
  readonly delaySeconds: number
  /** Refused last, which may be its own fault: others go first as probe. */
  readonly lastRefused: string
}

/** `refused`: our client was. `answered`: it was not, whatever the answer. `unknown`: no such thing can be said. */
export type BreakerOutcome =
  | { readonly kind: 'refused'; readonly accountId: string }
  | { readonly kind: 'answered' | 'unknown' }

export const CLOSED: Breaker = { status: 'closed', refused: [] }

const ACCOUNTS_TO_OPEN = 3
const FIRST_DELAY_SECONDS = 30
const MAX_DELAY_SECONDS = 300
/** Longer than any call may take. */
const PROBE_SECONDS = 15

/** Whether a call for an account may go out now. `waitSeconds` when it may not. */
export function admit(
  breaker: Breaker,
  accountId: string,
  now: number,
):
  | { readonly admitted: true; readonly next: Breaker }
  | { readonly admitted: false; readonly waitSeconds: number } {
  if (breaker.status === 'closed') return { admitted: true, next: breaker }
  const { delaySeconds, lastRefused } = breaker
  // In the end it goes, too: there may be no other.
  const until = accountId === lastRefused ? breaker.until + delaySeconds : breaker.until
  if (now < until) return { admitted: false, waitSeconds: until - now }
  return {
    admitted: true,
    next: { status: 'probing', until: now + PROBE_SECONDS, delaySeconds, lastRefused },
  }
}

/** What a call that was admitted makes of the breaker as it is now, which others may have changed meanwhile. */
export function settle(breaker: Breaker, outcome: BreakerOutcome, now: number): Breaker {
  switch (outcome.kind) {
    case 'answered':
      return CLOSED
    case 'unknown':
      // A probe that told nothing lets the next one go at once.
      return breaker.status === 'probing' ? { ...breaker, status: 'open', until: now } : breaker
    case 'refused':
      return afterRefusal(breaker, outcome.accountId, now)
  }
}

function afterRefusal(breaker: Breaker, accountId: string, now: number): Breaker {
  const open = (delaySeconds: number): Breaker => ({
    status: 'open',
    until: now + delaySeconds,
    delaySeconds,
    lastRefused: accountId,
  })
  switch (breaker.status) {
    case 'closed': {
      const refused = [...new Set([...breaker.refused, accountId])]
      return refused.length < ACCOUNTS_TO_OPEN
        ? { status: 'closed', refused }
        : open(FIRST_DELAY_SECONDS)
    }
    case 'probing':
      return open(Math.min(breaker.delaySeconds * 2, MAX_DELAY_SECONDS))
    case 'open':
      // A call from before it opened.
      return breaker
  }
}
