import type { ConnectRefusal } from '../domain/connect-refusal.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { AuthorizationServer } from '../ports/authorization-server.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'
import {
  recordAudit,
  type RecordAuditDependencies,
  UNAVAILABLE_RETRY_SECONDS,
} from './record-audit.ts'

export interface DecideApprovalRequest {
  readonly caller: MyAccountCaller
  /** Attacker-controlled. */
  readonly id: string
  readonly decision: 'approve' | 'deny'
  readonly requestId: string
}

export type DecideApproval = (
  request: DecideApprovalRequest,
) => Promise<Result<undefined, ConnectRefusal>>

export interface DecideApprovalDependencies extends RecordAuditDependencies {
  readonly tenant: string
  readonly authorizationServer: AuthorizationServer
  readonly runtime: Pick<Runtime, 'now'>
}

/**
 * Takes the user's yes or no to what a client asked for (CIBA). It is written down before it counts: a yes that nobody
 * could find again would be worse than one to be given twice. Another user's request is as unknown as one that never was.
 */
export function decideApproval(dependencies: DecideApprovalDependencies): DecideApproval {
  const { tenant, authorizationServer, runtime } = dependencies
  return async ({ caller: { client, userId }, id, decision, requestId }) => {
    if (userId === undefined) return refuse({ reason: 'approval_not_found' })
    const waiting = await authorizationServer.listBackchannel({ userId })
    // A client that could answer its own question would have nobody to ask.
    const approval = waiting.find((request) => request.id === id && request.clientId !== client.id)
    if (approval === undefined) return refuse({ reason: 'approval_not_found' })
    const recorded = await recordAudit(dependencies, {
      tenant,
      at: runtime.now(),
      type: 'approval.decided',
      outcome: decision === 'approve' ? 'success' : 'refused',
      clientId: approval.clientId,
      userId,
      scopes: approval.scopes,
      requestId,
      details: { decision, decided_through: client.id },
    })
    if (!recorded) {
      return refuse({ reason: 'vault_unavailable', retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS })
    }
    const isDecided = await authorizationServer.decideBackchannel({ id, userId, decision })
    return isDecided ? accept(undefined) : refuse({ reason: 'approval_not_found' })
  }
}
