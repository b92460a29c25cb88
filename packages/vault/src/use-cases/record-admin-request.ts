import type { AdminOperation } from '../domain/admin.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { Runtime } from '../ports/runtime.ts'
import { recordAudit, type RecordAuditDependencies } from './record-audit.ts'

export interface RecordAdminRequestDependencies extends RecordAuditDependencies {
  readonly tenant: string
  readonly runtime: Pick<Runtime, 'now'>
}

export interface AdminRequestRecord {
  readonly operation: AdminOperation
  readonly adminId: string
  readonly requestId: string
  /** Absent: it was done. A code of ours. */
  readonly reason?: string | undefined
  /** What it was about, as far as that is known here: never the caller's text. */
  readonly about?: AdminRequestSubject | undefined
}

export type AdminRequestSubject = Pick<
  AuditEvent,
  'clientId' | 'connection' | 'userId' | 'accountId' | 'details'
>

/**
 * Records what was asked of the admin API, done or refused (RV-112). False when the audit log is down: the answer must
 * then be that the vault is unavailable.
 */
export async function recordAdminRequest(
  dependencies: RecordAdminRequestDependencies,
  { operation, reason, about, ...known }: AdminRequestRecord,
): Promise<boolean> {
  const { tenant, runtime } = dependencies
  return await recordAudit(dependencies, {
    tenant,
    at: runtime.now(),
    type: `admin.${operation}`,
    outcome: reason === undefined ? 'success' : 'refused',
    reason,
    ...known,
    ...about,
  })
}
