import { type Account, ACCOUNT_ID } from '../domain/account.ts'
import type { Client } from '../domain/client.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import { visibleAccounts } from './visible-accounts.ts'

/** Whose accounts, and who wants to see them: a client sees those that it may know of, their user sees all. */
export interface AccountsCaller {
  readonly userId: string | undefined
  readonly client: Client | 'account_pages'
}

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
  { client, userId }: AccountsCaller,
  accountId: string,
): Promise<Account | undefined> {
  if (userId === undefined || !ACCOUNT_ID.test(accountId)) return undefined
  const { tenant, accounts } = dependencies
  const account = await accounts.find({ tenant, accountId })
  if (account?.userId !== userId) return undefined
  if (client === 'account_pages') return account
  const isVisible = await visibleAccounts(dependencies, { client, userId })
  return isVisible(account) ? account : undefined
}
