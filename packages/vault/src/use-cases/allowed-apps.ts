import { ACCOUNT_CLIENT_ID } from '../domain/account-client.ts'
import type { ScopeTexts } from '../domain/connection.ts'
import type { Consent } from '../domain/consent.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import { unionScopes } from '../domain/scope.ts'
import type { ClientStore } from '../ports/client-store.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import { recordAudit, type RecordAuditDependencies } from './record-audit.ts'

/** An app that a user allowed to act, and that has to be allowed (R8). All texts are to be escaped. */
export interface AllowedApp {
  readonly clientId: string
  readonly name: string
  readonly connections: readonly {
    readonly displayName: string
    readonly scopes: readonly string[]
    readonly scopeTexts?: ScopeTexts | undefined
  }[]
}

export interface AllowedAppsDependencies {
  readonly tenant: string
  readonly clients: ClientStore
  readonly connections: ConnectionStore
  readonly consents: ConsentStore
}

/** The apps that a user can end. Clients that need not ask are the deployment's own, and are not among them. */
export async function allowedAppsOf(
  { tenant, clients, connections, consents }: AllowedAppsDependencies,
  userId: string,
): Promise<readonly AllowedApp[]> {
  const all = await consents.listOfUser({ tenant, userId })
  const clientIds = [...new Set(all.map(({ clientId }) => clientId))]
  const apps = await Promise.all(
    clientIds.map(async (clientId) => {
      const client = await clients.find({ tenant, clientId })
      if (client?.consent === 'implied') return []
      const allowed = all.filter((consent) => consent.clientId === clientId)
      const names = [...new Set(allowed.map(({ connection }) => connection))]
      return [
        {
          clientId,
          name: client?.name ?? clientId,
          connections: await Promise.all(
            names.map(async (name) => {
              const connection = await connections.find({ tenant, name })
              return {
                displayName: connection?.displayName ?? name,
                scopes: scopesOf(allowed.filter((consent) => consent.connection === name)),
                scopeTexts: connection?.scopeTexts,
              }
            }),
          ),
        },
      ]
    }),
  )
  return apps.flat()
}

function scopesOf(records: readonly Consent[]): readonly string[] {
  return records.reduce<readonly string[]>((all, { scopes }) => unionScopes(all, scopes), [])
}

/** Ends what a user allowed an app. */
export type EndAllowedApp = (request: {
  readonly userId: string
  /** As the page names it. Attacker-controlled. */
  readonly clientId: string
  readonly requestId: string
}) => Promise<Result<'ended', { readonly reason: 'vault_unavailable' }>>

/** Takes all back that a user allowed an app; one that was allowed nothing is no reason to complain. */
export function endAllowedApp(
  dependencies: Pick<AllowedAppsDependencies, 'tenant' | 'consents'> &
    RecordAuditDependencies & { readonly runtime: Pick<Runtime, 'now'> },
): EndAllowedApp {
  const { tenant, consents, runtime } = dependencies
  return async ({ userId, clientId, requestId }) => {
    const records = await consents.revoke({ tenant, userId, clientId })
    if (records === 0) return accept('ended')
    const recorded = await recordAudit(dependencies, {
      tenant,
      at: runtime.now(),
      type: 'consent.revoked',
      outcome: 'success',
      clientId,
      userId,
      requestId,
      details: { records, by_client: ACCOUNT_CLIENT_ID },
    })
    return recorded ? accept('ended') : refuse({ reason: 'vault_unavailable' })
  }
}
