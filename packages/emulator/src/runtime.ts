/** Everything that can differ between a test and a real run. */
export interface Runtime {
  /** Seconds since the epoch. */
  readonly now: () => number
  readonly randomBytes: (length: number) => Uint8Array
  readonly fetch: typeof globalThis.fetch
  /** Resolves after real milliseconds. */
  readonly delay: (milliseconds: number) => Promise<void>
}

/** The machine's clock, randomness and network. */
export const systemRuntime: Runtime = {
  now: () => Math.floor(Date.now() / 1_000),
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  // Looked up per call, so that a fetch patched after start-up (msw, tracing) is honoured.
  fetch: (input, init) => globalThis.fetch(input, init),
  delay: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}
