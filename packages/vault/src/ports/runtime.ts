/** Clock and randomness: everything that differs between test and production and is not a store or a network. */
export interface Runtime {
  /** Seconds since the epoch, as in a JWT's `exp` (RFC 7519 section 2). */
  readonly now: () => number
  readonly randomBytes: (length: number) => Uint8Array
  /** Resolves after the given seconds; earlier, without error, when `signal` aborts. */
  readonly sleep: (seconds: number, signal?: AbortSignal) => Promise<void>
}
