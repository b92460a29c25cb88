/** What this package takes from the browser besides its pages. Called in handlers and effects only. */
export const browserRuntime = {
  // Looked up per call, so that a fetch patched after start-up (msw, tracing) is honoured.
  fetch: (input: string, init?: RequestInit): Promise<Response> => globalThis.fetch(input, init),
  randomBytes: (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length)),
}
