import type { Account } from '../domain/account.ts'
import { connectionPolicyOf } from '../domain/client.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'

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

/** The caller's accounts on the connections that its client may use, by id. */
export function listAccounts({
  tenant,
  accounts,
}: {
  readonly tenant: string
  readonly accounts: AccountStore
}): ListAccounts {
  return async ({ caller: { client, userId }, connection, after, limit }) => {
    if (userId === undefined) return { accounts: [] }
    if (connection !== undefined && connectionPolicyOf(client, connection) === undefined) {
      return { accounts: [] }
    }

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
      found.push(
        ...rows.filter((account) => connectionPolicyOf(client, account.connection) !== undefined),
      )
      cursor = rows.at(-1)?.id
      isLast = rows.length < wanted
    }
    const page = found.slice(0, limit)
    return { accounts: page, next: found.length > limit ? page.at(-1)?.id : undefined }
  }
}
