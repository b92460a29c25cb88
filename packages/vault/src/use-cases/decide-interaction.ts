import { accept, refuse, type Result } from '../domain/result.ts'
import type { AuthorizationServer } from '../ports/authorization-server.ts'
import type { ClientStore } from '../ports/client-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { BrowserRefusal } from './approve-connect.ts'
import { findInteraction, type InteractionRequest } from './open-interaction.ts'
import { recordAudit, type RecordAuditDependencies } from './record-audit.ts'

export interface DecideInteractionRequest extends InteractionRequest {
  readonly decision: 'approve' | 'deny'
  readonly requestId: string
}

export type DecideInteraction = (
  request: DecideInteractionRequest,
) => Promise<Result<{ readonly location: string }, BrowserRefusal>>

export interface DecideInteractionDependencies extends RecordAuditDependencies {
  readonly tenant: string
  readonly authorizationServer: AuthorizationServer
  readonly clients: ClientStore
  readonly runtime: Runtime
}

/** Takes a person's yes or no to what a client asks for; no also ends a login that nobody wants to make. */
export function decideInteraction(dependencies: DecideInteractionDependencies): DecideInteraction {
  const { tenant, authorizationServer, runtime } = dependencies
  return async ({ decision, requestId, ...request }) => {
    const open = await findInteraction(dependencies, request)
    if (open === undefined) return refuse({ reason: 'link_invalid' })
    const { interaction, client } = open
    if (decision === 'approve' && interaction.kind !== 'consent') {
      return refuse({ reason: 'link_invalid' })
    }
    const recorded = await recordAudit(dependencies, {
      tenant,
      at: runtime.now(),
      clientId: client.id,
      userId: interaction.userId,
      requestId,
      ...(decision === 'approve'
        ? { type: 'login.consented', outcome: 'success', scopes: interaction.missing.scopes }
        : { type: 'login.refused', outcome: 'refused', reason: 'user_denied' }),
    })
    if (!recorded) return refuse({ reason: 'vault_unavailable' })
    const next = await authorizationServer.finishInteraction({
      id: interaction.id,
      result:
        decision === 'approve' ? { kind: 'consent' } : { kind: 'error', error: 'access_denied' },
    })
    return next === undefined ? refuse({ reason: 'link_invalid' }) : accept(next)
  }
}
