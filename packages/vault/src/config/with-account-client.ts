import { ACCOUNT_CLIENT_ID, accountClient } from '../domain/account-client.ts'
import type { ClientStore } from '../ports/client-store.ts'

/** Adds the vault's own client; whatever else has its name is not looked at. */
export function withAccountClient(
  clients: ClientStore,
  owner: { readonly tenant: string; readonly issuer: string },
): ClientStore {
  const own = accountClient(owner)
  return {
    ...clients,
    find: async (query) =>
      query.clientId === ACCOUNT_CLIENT_ID
        ? query.tenant === owner.tenant
          ? own
          : undefined
        : await clients.find(query),
  }
}
