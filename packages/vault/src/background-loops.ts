import type { Logger } from './ports/logger.ts'
import type { Runtime } from './ports/runtime.ts'

/** Work that repeats for the life of the process. */
export interface BackgroundLoop {
  /** For the log. */
  readonly name: string
  /** Pause between the end of one run and the start of the next. */
  readonly everySeconds: number
  readonly run: () => Promise<unknown>
}

/** Starts loops that survive their own failures. `stop` waits for the runs that are under way. */
export function startBackgroundLoops(
  loops: readonly BackgroundLoop[],
  { runtime, logger }: { readonly runtime: Pick<Runtime, 'sleep'>; readonly logger: Logger },
): { readonly stop: () => Promise<void> } {
  const stopping = new AbortController()
  const running = loops.map(async ({ name, everySeconds, run }) => {
    for (;;) {
      await runtime.sleep(everySeconds, stopping.signal)
      if (stopping.signal.aborted) return
      try {
        await run()
      } catch (error) {
        logger.error('background work failed', { code: name, error })
      }
    }
  })
  return {
    stop: async () => {
      stopping.abort()
      await Promise.all(running)
    },
  }
}
