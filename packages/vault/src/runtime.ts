import { setTimeout as wait } from 'node:timers/promises'

import type { Runtime } from './ports/runtime.ts'

/** The machine's clock and randomness. */
export const systemRuntime: Runtime = {
  now: () => Math.floor(Date.now() / 1000),
  // From the system at each call: a pool of random bytes is one slip away from handing out the same ones twice.
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  sleep: async (seconds, signal) => {
    try {
      await wait(seconds * 1000, undefined, signal === undefined ? {} : { signal })
    } catch (error) {
      // The only way this wait fails is the signal, and being woken is no failure.
      if (signal?.aborted !== true) throw error
    }
  },
}

/** The user that this process acts as; `undefined` where the system does not number its users (Windows). */
export function processUserId(): number | undefined {
  return process.geteuid?.()
}

/** Seconds with fractions since the process began. For durations: it never goes back. */
export function monotonicNow(): number {
  return performance.now() / 1000
}
