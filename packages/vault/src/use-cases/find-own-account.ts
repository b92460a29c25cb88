import { type Account, ACCOUNT_ID } from '../domain/account.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'
import { visibleAccounts } from './visible-accounts.ts'

/**
 * The account with this id, if it is the caller's and its client may know of it. Someone else's account, an unknown one
 * and a malformed id look the same.
 */
export async function findOwnAccount(
  dependencies: {
    readonly tenant: string
    readonly accounts: AccountStore
    readonly consents: ConsentStore
  },
  { client, userId }: MyAccountCaller,
  accountId: string,
): Promise<Account | undefined> {
  if (userId === undefined || !ACCOUNT_ID.test(accountId)) return undefined
  const { tenant, accounts } = dependencies
  const account = await accounts.find({ tenant, accountId })
  if (account?.userId !== userId) return undefined
  const isVisible = await visibleAccounts(dependencies, { client, userId })
  return isVisible(account) ? account : undefined
}
