import type { AuditEvent } from '../domain/audit-event.ts'
import type { AuditLog } from '../ports/audit-log.ts'
import type { Logger } from '../ports/logger.ts'

export interface RecordAuditDependencies {
  readonly audit: AuditLog
  readonly logger: Logger
}

/**
 * Writes an event before its cause is answered. False, with a log line, when the audit log is down: the answer must
 * then be that the vault is unavailable.
 */
export async function recordAudit(
  { audit, logger }: RecordAuditDependencies,
  event: AuditEvent,
): Promise<boolean> {
  try {
    await audit.append(event)
    return true
  } catch (error) {
    logger.error('The audit log could not be written', {
      code: 'audit_unavailable',
      requestId: event.requestId,
      clientId: event.clientId,
      error,
    })
    return false
  }
}

/** How long a caller waits before it asks a vault again whose audit log or store is down. */
export const UNAVAILABLE_RETRY_SECONDS = 5
