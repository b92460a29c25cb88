/** Counts uses of a key in a window; in-process in a single node. */
export interface RateLimiter {
  /** `undefined` when the use is allowed, else how many seconds to wait. */
  take(key: string): Promise<number | undefined>
  /** Forgives a key (a success after failures). */
  reset(key: string): Promise<void>
}

/** A limiter that also tells what is left. */
export interface Quota extends RateLimiter {
  use(key: string): Promise<QuotaUse>
}

export interface QuotaUse {
  readonly isAllowed: boolean
  /** Uses that a window has. */
  readonly limit: number
  readonly remaining: number
  /** Until the window ends, at least 1. */
  readonly resetSeconds: number
}
