import { connectionPolicyOf } from '../domain/client.ts'
import type { ConnectRefusal } from '../domain/connect-refusal.ts'
import { accept, type Result } from '../domain/result.ts'
import { unionScopes } from '../domain/scope.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'
import type { PageCursors } from './page-cursors.ts'

export interface ListConnectionsRequest {
  readonly caller: MyAccountCaller
  /** `next` of the previous page. Attacker-controlled. */
  readonly cursor?: string | undefined
  readonly limit: number
}

/** A connection that the client may offer to its user. */
export interface OfferedConnection {
  readonly name: string
  readonly providerId: string
  /** What will be asked for, unless the client asks for less. */
  readonly scopes: readonly string[]
}

export interface ConnectionsPage {
  readonly connections: readonly OfferedConnection[]
  /** Where the next page begins; absent on the last one. */
  readonly next?: string | undefined
}

export type ListConnections = (
  request: ListConnectionsRequest,
) => Promise<Result<ConnectionsPage, ConnectRefusal>>

/** The connections of the client's policy, by name. */
export function listConnections({
  tenant,
  connections,
  cursors,
}: {
  readonly tenant: string
  readonly cursors: PageCursors
  readonly connections: ConnectionStore
}): ListConnections {
  return async ({ caller, cursor, limit }) => {
    const of = { caller, list: 'connections' }
    const start = await cursors.open(cursor, of)
    if (!start.ok) return start
    const after = start.value
    const offered = (await connections.list({ tenant })).flatMap(
      ({ name, providerId, scopes }): OfferedConnection[] => {
        const policy = connectionPolicyOf(caller.client, name)
        if (policy === undefined || (after !== undefined && name <= after)) return []
        return [{ name, providerId, scopes: unionScopes(scopes, policy.scopes) }]
      },
    )
    const page = offered.slice(0, limit)
    const last = offered.length > limit ? page.at(-1) : undefined
    return accept({ connections: page, next: last && (await cursors.seal(last.name, of)) })
  }
}
