import type { StderrLog } from './stderr-log.ts'

/**
 * Resolves with the first SIGINT or SIGTERM; a second one ends the process at once. Called before anything starts, so
 * that no signal finds the process unprepared: one that comes during the start stops it right afterwards.
 */
export function stopSignal({ logger, flush }: StderrLog): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.on(name, () => {
        if (isStopping) {
          logger.warn('stopped by a second signal', { code: name })
          flush()
          process.exit(1)
        }
        isStopping = true
        logger.info('stopping', { code: name })
        flush()
        resolve()
      })
    }
  })
}
