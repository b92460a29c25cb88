import type { AuditEvent } from '../domain/audit-event.ts'
import type { ExchangeRefusal } from '../domain/refusal.ts'
import { refuse, type Result } from '../domain/result.ts'
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
    await audit.append(withBoundedScopes(event))
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

/** The result of what the event tells, once that is in the audit log; without a record nobody may have it. */
export async function onceRecorded<Value, Refusal>(
  dependencies: RecordAuditDependencies,
  { event, result }: { readonly event: AuditEvent; readonly result: Result<Value, Refusal> },
): Promise<Result<Value, Refusal | VaultUnavailable>> {
  return (await recordAudit(dependencies, event))
    ? result
    : refuse({ reason: 'vault_unavailable', retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS })
}

type VaultUnavailable = Extract<ExchangeRefusal, { readonly reason: 'vault_unavailable' }>

/** The longest list that may be asked for; what a provider grants can be longer. */
const MAX_SCOPES = 100
const MAX_SCOPE_LENGTH = 255

/** Scopes are the one member whose size others choose: what is too long for a record must not keep it from being written. */
function withBoundedScopes(event: AuditEvent): AuditEvent {
  const { scopes, details } = event
  if (scopes === undefined) return event
  const kept = scopes.filter(({ length }) => length <= MAX_SCOPE_LENGTH).slice(0, MAX_SCOPES)
  const left = scopes.length - kept.length
  return left === 0
    ? event
    : { ...event, scopes: kept, details: { ...details, scopes_left_out: left } }
}

/** How long a caller waits before it asks a vault again whose audit log or store is down. */
export const UNAVAILABLE_RETRY_SECONDS = 5
