import type { Runtime } from '../../src/ports/runtime.ts'

/** Time that passes only when a test says so, and sleepers that can be waited for. */
export interface VirtualRuntime extends Runtime {
  /** Lets time pass and wakes who has slept enough. */
  readonly advance: (seconds: number) => void
  /** Resolves when somebody sleeps for at least this long, to the length. */
  readonly sleeperOf: (atLeastSeconds: number) => Promise<number>
  /** The same for somebody who sleeps for at most this long. */
  readonly sleeperUpTo: (atMostSeconds: number) => Promise<number>
}

interface Sleeper {
  readonly seconds: number
  readonly wakesAt: number
  readonly wake: () => void
}

/**
 * @param now where the seconds come from that `advance` is added to
 * @param shortSeconds sleeps up to this long end at once, on the next turn of the event loop
 */
export function createVirtualRuntime({
  now,
  shortSeconds = 0,
}: {
  readonly now: () => number
  readonly shortSeconds?: number
}): VirtualRuntime {
  let offset = 0
  const sleepers = new Set<Sleeper>()
  const watchers = new Set<() => void>()
  const current = (): number => now() + offset

  function sleeper(isMeant: (seconds: number) => boolean): Promise<number> {
    return new Promise((resolve) => {
      const check = (): void => {
        const found = [...sleepers].find(({ seconds }) => isMeant(seconds))
        if (found === undefined) return
        watchers.delete(check)
        resolve(found.seconds)
      }
      watchers.add(check)
      check()
    })
  }

  return {
    now: () => Math.floor(current()),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    sleep: async (seconds, signal) => {
      if (signal?.aborted === true) return
      if (seconds <= shortSeconds) {
        await new Promise((resolve) => setImmediate(resolve))
        return
      }
      await new Promise<void>((resolve) => {
        const sleeper: Sleeper = {
          seconds,
          wakesAt: current() + seconds,
          wake: () => {
            sleepers.delete(sleeper)
            resolve()
          },
        }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', sleeper.wake)
        for (const watch of watchers) watch()
      })
    },
    advance: (seconds) => {
      offset += seconds
      for (const sleeper of sleepers) if (sleeper.wakesAt <= current()) sleeper.wake()
    },
    sleeperOf: (atLeastSeconds) => sleeper((seconds) => seconds >= atLeastSeconds),
    sleeperUpTo: (atMostSeconds) => sleeper((seconds) => seconds <= atMostSeconds),
  }
}
