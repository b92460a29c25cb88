import { destination } from 'pino'

import { createLogger } from '../logging/create-logger.ts'
import type { Logger } from '../ports/logger.ts'
import { systemRuntime } from '../runtime.ts'

export interface StderrLog {
  readonly logger: Logger
  /** Writes what is still in memory. */
  readonly flush: () => void
}

/** The log of a command, on standard error: standard output is for results. */
export function openStderrLog({ level }: { readonly level: 'info' | 'warn' | 'error' }): StderrLog {
  // Buffered, since one write a request would cost more than answering it; nothing waits longer than a second.
  const stream = destination({ fd: 2, sync: false, minLength: 4096, periodicFlush: 1000 })
  return {
    logger: createLogger({ write: (line) => stream.write(line), now: systemRuntime.now, level }),
    flush: () => stream.flushSync(),
  }
}
