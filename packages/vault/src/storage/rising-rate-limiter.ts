import type { RateLimiter } from '../ports/rate-limiter.ts'

export interface RisingRateLimiterOptions {
  /** Uses of one key that are allowed in a minute; a positive integer. */
  readonly pointsPerMinute: number
  /** Makes the limiter of one window. */
  readonly limiterOf: (window: {
    readonly points: number
    readonly durationSeconds: number
  }) => RateLimiter
}

const MINUTE_SECONDS = 60
/** In minutes. Each window allows twice as much as the one before and lasts eight times as long. */
const WINDOWS = [1, 8, 64] as const

/**
 * Tells those who do not stop to wait longer and longer, an hour at most (RV-26): several windows count the same uses,
 * and the longest wait of those that are full is the answer.
 */
export function createRisingRateLimiter({
  pointsPerMinute,
  limiterOf,
}: RisingRateLimiterOptions): RateLimiter {
  const limiters = WINDOWS.map((minutes, index) =>
    limiterOf({
      points: pointsPerMinute * 2 ** index,
      durationSeconds: minutes * MINUTE_SECONDS,
    }),
  )
  return {
    async take(key) {
      const waits = await Promise.all(limiters.map((limiter) => limiter.take(key)))
      const full = waits.filter((wait) => wait !== undefined)
      return full.length === 0 ? undefined : Math.max(...full)
    },
    async reset(key) {
      await Promise.all(limiters.map((limiter) => limiter.reset(key)))
    },
  }
}
