import type { StderrLog } from './stderr-log.ts'

/**
 * Settings of a process that holds secrets (RV-106): prototypes cannot be reached by name, a crash report holds no
 * environment, and what nobody caught is logged by name and place, not by Node with its message and the source line.
 */
export function secureProcess({ logger, flush }: StderrLog): void {
  Reflect.deleteProperty(Object.prototype, '__proto__')
  process.report.excludeEnv = true
  process.report.reportOnUncaughtException = false
  process.report.reportOnFatalError = false
  process.on('uncaughtException', (error) => {
    logger.error('uncaught error, the process ends', { error })
    flush()
    process.exit(70)
  })
}
