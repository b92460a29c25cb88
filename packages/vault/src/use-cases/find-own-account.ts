import { type Account, ACCOUNT_ID } from '../domain/account.ts'
import { connectionPolicyOf } from '../domain/client.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'

/**
 * The account with this id, if it is the caller's and on a connection its client may use. Someone else's account, an
 * unknown one and a malformed id look the same.
 */
export async function findOwnAccount(
  { tenant, accounts }: { readonly tenant: string; readonly accounts: AccountStore },
  { client, userId }: MyAccountCaller,
  accountId: string,
): Promise<Account | undefined> {
  if (userId === undefined || !ACCOUNT_ID.test(accountId)) return undefined
  const account = await accounts.find({ tenant, accountId })
  return account?.userId === userId && connectionPolicyOf(client, account.connection) !== undefined
    ? account
    : undefined
}
