import type { Account } from '../domain/account.ts'
import { connectionPolicyOf } from '../domain/client.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'
import { visibleAccounts } from './visible-accounts.ts'

export interface ListAccountsRequest {
  readonly caller: MyAccountCaller
  readonly connection?: string | undefined
  /** The last account id of the previous page. */
  readonly after?: string | undefined
  readonly limit: number
}

export interface AccountsPage {
  readonly accounts: readonly Account[]
  /** Where the next page begins; absent on the last one. */
  readonly next?: string | undefined
}

export type ListAccounts = (request: ListAccountsRequest) => Promise<AccountsPage>

/** Those of the caller's accounts that its client may know of, by id. */
export function listAccounts(dependencies: {
  readonly tenant: string
  readonly accounts: AccountStore
  readonly consents: ConsentStore
}): ListAccounts {
  const { tenant, accounts } = dependencies
  return async ({ caller: { client, userId }, connection, after, limit }) => {
    if (userId === undefined) return { accounts: [] }
    if (connection !== undefined && connectionPolicyOf(client, connection) === undefined) {
      return { accounts: [] }
    }

    const isVisible = await visibleAccounts(dependencies, { client, userId })
    // One more than asked tells whether a next page has anything on it.
    const wanted = limit + 1
    const found: Account[] = []
    let cursor = after
    let isLast = false
    while (found.length < wanted && !isLast) {
      const rows = await accounts.list({
        tenant,
        userId,
        connection,
        after: cursor,
        limit: wanted,
      })
      found.push(...rows.filter(isVisible))
      cursor = rows.at(-1)?.id
      isLast = rows.length < wanted
    }
    const page = found.slice(0, limit)
    return { accounts: page, next: found.length > limit ? page.at(-1)?.id : undefined }
  }
}
