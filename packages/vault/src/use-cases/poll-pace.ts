import { base64url } from '../domain/base64url.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SecretHasher } from '../ports/secret-hasher.ts'

/** Holds clients that ask for a decision to the pace they were told (RFC 8628 section 3.5, CIBA section 11, RV-85). */
export interface PollPace {
  /** `undefined` when it may ask now; else the interval, in seconds, that it has to keep from here on. */
  take(poll: { readonly clientId: string; readonly id: string }): number | undefined
}

/** What clients are told at the start, and what each impatience adds, for this poll and all later ones. */
const INTERVAL_SECONDS = 5
/** Clocks are read in whole seconds, and networks are not even: a poll this much early is on time. */
const TOLERANCE_SECONDS = 1
/** Of this process. Beyond it the longest known are forgotten, which makes their next poll free. */
const MAX_POLLS = 10_000

/** Counted by client and hash of the id: a stranger's polls slow down nobody else. */
export function createPollPace({
  hasher,
  runtime,
}: {
  readonly hasher: SecretHasher
  readonly runtime: Pick<Runtime, 'now'>
}): PollPace {
  const polls = new Map<string, { readonly nextAt: number; readonly interval: number }>()

  return {
    take({ clientId, id }) {
      const key = JSON.stringify([clientId, base64url(hasher.hash(id))])
      const now = runtime.now()
      const known = polls.get(key)
      const isEarly = known !== undefined && now < known.nextAt - TOLERANCE_SECONDS
      const interval = (known?.interval ?? INTERVAL_SECONDS) + (isEarly ? INTERVAL_SECONDS : 0)
      polls.delete(key)
      polls.set(key, { interval, nextAt: now + interval })
      const [longest] = polls.keys()
      if (polls.size > MAX_POLLS && longest !== undefined) polls.delete(longest)
      return isEarly ? interval : undefined
    },
  }
}
