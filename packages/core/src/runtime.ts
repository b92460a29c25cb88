/** Everything of the outside world that can differ between a test and production. */
export interface Runtime {
  /** Seconds since the epoch, as in a JWT's `exp` (RFC 7519 section 2). */
  readonly now: () => number
  /** Milliseconds on a clock that never goes back; only differences mean anything. */
  readonly monotonicMilliseconds: () => number
  readonly fetch: typeof globalThis.fetch
  readonly randomBytes: (length: number) => Uint8Array<ArrayBuffer>
  /** Resolves after that time; rejects with the signal's reason as soon as the signal aborts. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

/** The real clock, network and randomness. */
export const systemRuntime: Runtime = {
  now: () => Math.floor(Date.now() / 1000),
  monotonicMilliseconds: () => performance.now(),
  // Looked up per call, so that a fetch patched after start-up (msw, tracing) is honoured.
  fetch: (input, init) => globalThis.fetch(input, init),
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  wait: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason)
        return
      }
      const onAbort = (): void => {
        clearTimeout(timer)
        reject(signal.reason)
      }
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }, milliseconds)
      signal.addEventListener('abort', onAbort, { once: true })
    }),
}
