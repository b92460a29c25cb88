import type { StderrLog } from './stderr-log.ts'

/** Waits for SIGINT or SIGTERM, then closes. A second signal ends the process at once. */
export async function runUntilStopped({
  close,
  log: { logger, flush },
}: {
  readonly close: () => Promise<void>
  readonly log: StderrLog
}): Promise<void> {
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, resolve)
  })
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      logger.warn('stopped by a second signal', { code: name })
      flush()
      process.exit(1)
    })
  }
  logger.info('stopping', { code: signal })
  await close()
  logger.info('stopped')
  flush()
}
