import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

import type { Quota, QuotaUse } from '../ports/rate-limiter.ts'

export interface MemoryRateLimiterOptions {
  /** Uses of one key that are allowed in a window; a positive integer. */
  readonly points: number
  /** How long a window lasts, from the first use of the key; a positive integer. */
  readonly durationSeconds: number
  /** Keys counted one by one. Default 50,000. */
  readonly maxKeys?: number | undefined
  /** What keys without room of their own have in common when they share a counter. Default: nothing, the key itself. */
  readonly overflowKeyOf?: ((key: string) => string) | undefined
}

/** Shared by all the keys that find no room of their own. */
const OVERFLOW_SLOTS = 256

/**
 * Counts in this process. Memory is bounded: once `maxKeys` keys are being counted, further ones share 256 counters
 * until windows end, so that a flood of made-up keys makes the limit stricter and never looser. (Dropping the oldest
 * key instead would let a flood forgive an attacker.)
 */
export function createMemoryRateLimiter({
  points,
  durationSeconds,
  maxKeys = 50_000,
  overflowKeyOf = (key) => key,
}: MemoryRateLimiterOptions): Quota {
  assertPositive('points', points)
  assertPositive('durationSeconds', durationSeconds)
  assertPositive('maxKeys', maxKeys)
  const limiter = new RateLimiterMemory({ points, duration: durationSeconds, keyPrefix: '' })
  // In the order in which their windows began, which is the order in which they end.
  const counted = new Set<string>()

  async function counterOf(key: string): Promise<string> {
    const own = `key:${key}`
    if (counted.has(own)) {
      if ((await limiter.get(own)) !== null) return own
      // Its window ended: it starts anew, at the end of the line.
      counted.delete(own)
    }
    for (const oldest of counted) {
      if (counted.size < maxKeys || (await limiter.get(oldest)) !== null) break
      counted.delete(oldest)
    }
    if (counted.size >= maxKeys) return `overflow:${slotOf(overflowKeyOf(key))}`
    counted.add(own)
    return own
  }

  async function use(key: string): Promise<QuotaUse> {
    const { isAllowed, result } = await consume(await counterOf(key))
    return {
      isAllowed,
      limit: points,
      remaining: Math.max(0, result.remainingPoints),
      resetSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
    }
  }

  async function consume(
    counter: string,
  ): Promise<{ readonly isAllowed: boolean; readonly result: RateLimiterRes }> {
    try {
      return { isAllowed: true, result: await limiter.consume(counter) }
    } catch (reason) {
      if (!(reason instanceof RateLimiterRes)) throw reason
      return { isAllowed: false, result: reason }
    }
  }

  return {
    use,

    async take(key) {
      const { isAllowed, resetSeconds } = await use(key)
      return isAllowed ? undefined : resetSeconds
    },

    async reset(key) {
      const own = `key:${key}`
      // A shared counter is nobody's to forgive.
      if (counted.delete(own)) await limiter.delete(own)
    },
  }
}

/** FNV-1a, to spread keys over the slots; not a defence. */
function slotOf(key: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193) >>> 0
  }
  return hash % OVERFLOW_SLOTS
}

function assertPositive(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new TypeError(`"${name}" must be a positive integer`)
  }
}
