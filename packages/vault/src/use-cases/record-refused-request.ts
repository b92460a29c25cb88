import type { Runtime } from '../ports/runtime.ts'
import { recordAudit, type RecordAuditDependencies } from './record-audit.ts'

export interface RecordRefusedRequestDependencies extends RecordAuditDependencies {
  readonly tenant: string
  readonly runtime: Pick<Runtime, 'now'>
}

/**
 * Records that a known client's token request was refused for what it is, before any use case. False when the audit log
 * is down: the answer must then be that the vault is unavailable.
 */
export async function recordRefusedRequest(
  dependencies: RecordRefusedRequestDependencies,
  refused: {
    readonly clientId: string
    /** A code of ours, never the caller's text. */
    readonly reason: string
    readonly requestId: string
  },
): Promise<boolean> {
  const { tenant, runtime } = dependencies
  return await recordAudit(dependencies, {
    tenant,
    at: runtime.now(),
    type: 'token.exchange_refused',
    outcome: 'refused',
    ...refused,
  })
}
