import type { Account } from '../domain/account.ts'
import { connectionPolicyOf } from '../domain/client.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'

/**
 * Which of the user's accounts a client may know of: those on the connections of its policy, and where it has to ask,
 * those of them that the user allowed it to use.
 */
export async function visibleAccounts(
  { tenant, consents }: { readonly tenant: string; readonly consents: ConsentStore },
  { client, userId }: Pick<MyAccountCaller, 'client'> & { readonly userId: string },
): Promise<(account: Account) => boolean> {
  const isOfPolicy = ({ connection }: Account): boolean =>
    connectionPolicyOf(client, connection) !== undefined
  if (client.consent === 'implied') return isOfPolicy
  const allowed = new Set(
    (await consents.listOfUser({ tenant, userId }))
      .filter(({ clientId }) => clientId === client.id)
      .map(({ accountId }) => accountId),
  )
  return (account) => isOfPolicy(account) && allowed.has(account.id)
}
