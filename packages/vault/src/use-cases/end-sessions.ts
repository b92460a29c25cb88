import { ACCOUNT_CLIENT_ID } from '../domain/account-client.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { AuthorizationServer, Session } from '../ports/authorization-server.ts'
import type { Runtime } from '../ports/runtime.ts'
import { recordAudit, type RecordAuditDependencies } from './record-audit.ts'

export interface EndSessionsRequest {
  readonly session: Session
  /** The id of one session, of this user or of nobody; or all but this one. */
  readonly which: 'others' | { readonly id: string }
  readonly requestId: string
}

export type EndSessions = (
  request: EndSessionsRequest,
) => Promise<Result<'ended', { readonly reason: 'vault_unavailable' }>>

export interface EndSessionsDependencies extends RecordAuditDependencies {
  readonly tenant: string
  readonly authorizationServer: Pick<AuthorizationServer, 'listSessions' | 'endSession'>
  readonly runtime: Pick<Runtime, 'now'>
}

/** Ends sessions of the user who asks, and no one else's; an id that is none of theirs ends nothing. */
export function endSessions(dependencies: EndSessionsDependencies): EndSessions {
  const { tenant, authorizationServer, runtime } = dependencies
  return async ({ session: { id: thisId, userId }, which, requestId }) => {
    const sessions = await authorizationServer.listSessions({ userId })
    const ended = sessions.filter(({ id }) =>
      which === 'others' ? id !== thisId : id === which.id,
    )
    for (const { id } of ended) await authorizationServer.endSession({ id, userId })
    if (ended.length === 0) return accept('ended')
    const recorded = await recordAudit(dependencies, {
      tenant,
      at: runtime.now(),
      type: 'session.ended',
      outcome: 'success',
      clientId: ACCOUNT_CLIENT_ID,
      userId,
      requestId,
      details: { sessions: ended.length },
    })
    return recorded ? accept('ended') : refuse({ reason: 'vault_unavailable' })
  }
}
