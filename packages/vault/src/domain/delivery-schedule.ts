/** After this the vault gives up: the provider has refused or been away for a week. */
export const DELIVERY_GIVES_UP_AFTER_SECONDS = 7 * 24 * 60 * 60

const FIRST_WAIT_SECONDS = 10
const LONGEST_WAIT_SECONDS = 6 * 60 * 60

/**
 * When to try again after `attempts` failures: 10 s, doubled each time up to 6 h, or what the provider asked for if that
 * is longer, plus up to a quarter of it (`random` in [0, 1)) so that many do not come back together. `undefined` when
 * the week is over.
 */
export function nextDeliveryAt(delivery: {
  readonly createdAt: number
  readonly attempts: number
  readonly now: number
  readonly random: number
  readonly retryAfterSeconds?: number | undefined
}): number | undefined {
  const { createdAt, attempts, now, random, retryAfterSeconds = 0 } = delivery
  if (now >= createdAt + DELIVERY_GIVES_UP_AFTER_SECONDS) return undefined
  const backOff = Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (attempts - 1))
  const wait = Math.max(backOff, Math.min(retryAfterSeconds, LONGEST_WAIT_SECONDS))
  return now + Math.ceil(wait * (1 + random / 4))
}
