import { pino } from 'pino'

import type { LogFields, Logger } from '../ports/logger.ts'
import { describeError } from './describe-error.ts'
import { scrub } from './scrub.ts'

export interface CreateLoggerOptions {
  /** Takes whole lines, each a JSON object with a newline. */
  readonly write: (line: string) => void
  /** Seconds since the epoch. */
  readonly now: () => number
  /** Least severe level that is written. Default: `info`. */
  readonly level?: 'info' | 'warn' | 'error' | 'silent' | undefined
}

/**
 * A log of JSON lines that cannot carry a token: only the fields of {@link LogFields} are written (RV-101), errors as
 * name, code and stack frames without their message, and each line is scrubbed of what looks like a credential.
 */
export function createLogger({ write, now, level = 'info' }: CreateLoggerOptions): Logger {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":${now()}`,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: scrub },
    },
    { write },
  )
  const log =
    (severity: 'info' | 'warn' | 'error') =>
    (message: string, fields?: LogFields): void => {
      // Nothing is gathered for a line that is not written: this runs with every request.
      if (logger.isLevelEnabled(severity)) logger[severity](allowed(fields), message)
    }
  return { info: log('info'), warn: log('warn'), error: log('error') }
}

/** Fields by name: whatever else a caller's object holds stays out. */
function allowed(fields: LogFields = {}): Record<string, unknown> {
  const { requestId, clientId, claimedClientId, connection, accountId, code, method, path } = fields
  const { issuer, cause, generation, status, durationSeconds, count, parameters, error } = fields
  return {
    ...texts({
      requestId,
      clientId,
      claimedClientId,
      connection,
      issuer,
      accountId,
      code,
      cause,
      method,
    }),
    // Queries hold codes and states.
    ...texts({ path: typeof path === 'string' ? path.split('?', 1)[0] : undefined }),
    ...numbers({ generation, status, durationSeconds, count }),
    ...(parameters !== undefined && { parameters: parameters.slice(0, 20).map(shortened) }),
    ...(error !== undefined && { error: describeError(error) }),
  }
}

function texts(fields: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, shortened(value)]] : [],
    ),
  )
}

function numbers(fields: Record<string, unknown>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      typeof value === 'number' ? [[name, value]] : [],
    ),
  )
}

/** Callers choose some of these values: a log line is no place for a kilobyte of them. */
function shortened(value: string): string {
  return value.length > 200 ? `${value.slice(0, 200)}…` : value
}
