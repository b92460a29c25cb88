import { connectionPolicyOf } from '../domain/client.ts'
import { unionScopes } from '../domain/scope.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'

export interface ListConnectionsRequest {
  readonly caller: MyAccountCaller
  /** The last name of the previous page. */
  readonly after?: string | undefined
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

export type ListConnections = (request: ListConnectionsRequest) => Promise<ConnectionsPage>

/** The connections of the client's policy, by name. */
export function listConnections({
  tenant,
  connections,
}: {
  readonly tenant: string
  readonly connections: ConnectionStore
}): ListConnections {
  return async ({ caller: { client }, after, limit }) => {
    const offered = (await connections.list({ tenant })).flatMap(
      ({ name, providerId, scopes }): OfferedConnection[] => {
        const policy = connectionPolicyOf(client, name)
        if (policy === undefined || (after !== undefined && name <= after)) return []
        return [{ name, providerId, scopes: unionScopes(scopes, policy.scopes) }]
      },
    )
    const page = offered.slice(0, limit)
    return { connections: page, next: offered.length > limit ? page.at(-1)?.name : undefined }
  }
}
