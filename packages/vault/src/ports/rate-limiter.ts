/** Counts uses of a key in a window; in-process in a single node. */
export interface RateLimiter {
  /** `undefined` when the use is allowed, else how many seconds to wait. */
  take(key: string): Promise<number | undefined>
  /** Forgives a key (a success after failures). */
  reset(key: string): Promise<void>
}
