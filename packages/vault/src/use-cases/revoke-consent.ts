import type { ConnectRefusal } from '../domain/connect-refusal.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'
import { mayManage } from './list-consents.ts'
import { onceRecorded, type RecordAuditDependencies } from './record-audit.ts'

export interface RevokeConsentRequest {
  readonly caller: MyAccountCaller
  /** Whose consent, as sent. */
  readonly clientId: string
  /** Absent: on all connections. */
  readonly connection?: string | undefined
  readonly requestId: string
}

export type RevokeConsent = (
  request: RevokeConsentRequest,
) => Promise<Result<'revoked', ConnectRefusal>>

export interface RevokeConsentDependencies extends RecordAuditDependencies {
  readonly tenant: string
  readonly connections: ConnectionStore
  readonly consents: ConsentStore
  readonly runtime: Pick<Runtime, 'now'>
}

/** Takes back what a user allowed a client: its next exchange is refused, whatever tokens it was given before. */
export function revokeConsent(dependencies: RevokeConsentDependencies): RevokeConsent {
  const { tenant, connections, consents, runtime } = dependencies

  return async ({ caller, clientId, connection, requestId }) => {
    const { client, userId } = caller
    if (userId === undefined || !mayManage(client, clientId)) {
      return refuse({ reason: 'consent_not_found' })
    }
    const ended = await consents.revoke({ tenant, userId, clientId, connection })
    if (ended === 0) return refuse({ reason: 'consent_not_found' })

    const known = connection && (await connections.find({ tenant, name: connection }))
    return await onceRecorded(dependencies, {
      event: {
        tenant,
        at: runtime.now(),
        type: 'consent.revoked',
        outcome: 'success',
        clientId,
        userId,
        connection: known ? known.name : undefined,
        requestId,
        details: { records: ended, by_client: client.id },
      },
      result: accept('revoked'),
    })
  }
}
