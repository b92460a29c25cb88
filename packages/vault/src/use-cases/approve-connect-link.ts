import { accept, refuse, type Result } from '../domain/result.ts'
import { connectDoneUri } from '../domain/vault-urls.ts'
import { DENIED } from '../domain/callback-answer.ts'
import { withAnswer } from '../domain/redirect-uri.ts'
import type { ApproveConnect, BrowserRefusal, ConnectRedirect } from './approve-connect.ts'
import {
  type ConnectLinkRefusal,
  type ConnectLinkRequest,
  findConnectLink,
  type OpenConnectLinkDependencies,
} from './open-connect-link.ts'
import { recordAudit } from './record-audit.ts'
import type { StartConnect } from './start-connect.ts'

export interface ApproveConnectLinkRequest extends ConnectLinkRequest {
  /** The session that the page was shown to. */
  readonly sessionId: string
  readonly decision: 'approve' | 'deny'
}

export type ApproveConnectLink = (
  request: ApproveConnectLinkRequest,
) => Promise<Result<ConnectRedirect, ConnectLinkRefusal | BrowserRefusal>>

export interface ApproveConnectLinkDependencies extends OpenConnectLinkDependencies {
  readonly startConnect: StartConnect
  readonly approveConnect: ApproveConnect
}

/**
 * Takes the person's yes or no to a link. Only a yes makes an attempt (R12): it is the connect flow that an app would
 * have begun, with a ticket that nobody else ever sees.
 */
export function approveConnectLink(
  dependencies: ApproveConnectLinkDependencies,
): ApproveConnectLink {
  const { tenant, issuer, runtime, startConnect, approveConnect } = dependencies
  return async (request) => {
    const opened = await findConnectLink(dependencies, request)
    if (!opened.ok) return opened
    const { link, session, client } = opened.value
    const { decision, requestId } = request
    if (session.id !== request.sessionId) return refuse({ reason: 'link_invalid' })

    if (decision === 'deny') {
      const recorded = await recordAudit(dependencies, {
        tenant,
        at: runtime.now(),
        type: 'connect.refused',
        outcome: 'refused',
        reason: 'user_denied',
        clientId: client.id,
        userId: session.userId,
        connection: link.connection,
        requestId,
      })
      return recorded
        ? accept({ location: withAnswer(connectDoneUri(issuer), { error: DENIED.error }) })
        : refuse({ reason: 'vault_unavailable' })
    }

    const started = await startConnect({
      caller: {
        client,
        identity: link.identity,
        actor: link.actor,
        userId: session.userId,
        provisionalUserId: session.userId,
      },
      connection: link.connection,
      mode: 'link',
      redirectUri: connectDoneUri(issuer),
      scopes: link.scopes,
      scopesMode: 'accumulate',
      authorizationParams: link.accountId === undefined ? {} : { login_hint: link.accountId },
      requestId,
    })
    return started.ok
      ? await approveConnect({ ticket: started.value.ticket, decision, requestId })
      : refuse({ reason: 'vault_unavailable' })
  }
}
