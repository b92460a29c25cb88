import type { AuthorizationServer, BackchannelRequest } from '../ports/authorization-server.ts'
import type { ClientStore } from '../ports/client-store.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'

/** What a client asks its user to allow. */
export interface Approval extends BackchannelRequest {
  readonly clientName: string
}

export type ListApprovals = (request: {
  readonly caller: MyAccountCaller
}) => Promise<readonly Approval[]>

export interface ListApprovalsDependencies {
  readonly tenant: string
  readonly authorizationServer: AuthorizationServer
  readonly clients: ClientStore
}

/** What waits for the caller's decision, whichever client asks: deciding is the user's, not the client's. */
export function listApprovals({
  tenant,
  authorizationServer,
  clients,
}: ListApprovalsDependencies): ListApprovals {
  return async ({ caller: { userId } }) => {
    if (userId === undefined) return []
    const waiting = await authorizationServer.listBackchannel({ userId })
    return await Promise.all(
      waiting.map(async (request) => {
        const client = await clients.find({ tenant, clientId: request.clientId })
        return { ...request, clientName: client?.name ?? request.clientId }
      }),
    )
  }
}
