import type { Logger } from './ports/logger.ts'
import type { Runtime } from './ports/runtime.ts'

/** Work that repeats for the life of the process. */
export interface BackgroundLoop {
  /** For the log. */
  readonly name: string
  /** Pause between the end of one run and the start of the next. */
  readonly everySeconds: number
  /** The signal says that the process stops: begin nothing more. */
  readonly run: (signal: AbortSignal) => Promise<unknown>
}

export interface BackgroundLoops {
  /** Ends the pause of a loop; one that runs just then runs once more. */
  readonly wake: (name: string) => void
  /** Starts no other run, and waits for those under way. */
  readonly stop: () => Promise<void>
}

/** Starts loops that survive their own failures. */
export function startBackgroundLoops(
  loops: readonly BackgroundLoop[],
  { runtime, logger }: { readonly runtime: Pick<Runtime, 'sleep'>; readonly logger: Logger },
): BackgroundLoops {
  const stopping = new AbortController()
  const wakers = new Map(loops.map(({ name }) => [name, new AbortController()]))

  const running = loops.map(async ({ name, everySeconds, run }) => {
    for (;;) {
      const pause = AbortSignal.any([stopping.signal, wakerOf(name).signal])
      await runtime.sleep(everySeconds, pause)
      if (stopping.signal.aborted) return
      wakers.set(name, new AbortController())
      try {
        await run(stopping.signal)
      } catch (error) {
        logger.error('background work failed', { code: name, error })
      }
    }
  })

  function wakerOf(name: string): AbortController {
    const waker = wakers.get(name)
    if (waker === undefined) throw new Error(`there is no loop ${JSON.stringify(name)}`)
    return waker
  }

  return {
    wake: (name) => wakerOf(name).abort(),
    stop: async () => {
      stopping.abort()
      await Promise.all(running)
    },
  }
}
