import type { Account } from '../domain/account.ts'
import { connectionPolicyOf } from '../domain/client.ts'
import type { ConnectRefusal } from '../domain/connect-refusal.ts'
import { accept, type Result } from '../domain/result.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'
import type { PageCursors } from './page-cursors.ts'
import { visibleAccounts } from './visible-accounts.ts'

export interface ListAccountsRequest {
  readonly caller: MyAccountCaller
  readonly connection?: string | undefined
  /** `next` of the previous page. Attacker-controlled. */
  readonly cursor?: string | undefined
  readonly limit: number
}

export interface AccountsPage {
  readonly accounts: readonly Account[]
  /** Where the next page begins; absent on the last one. */
  readonly next?: string | undefined
}

export type ListAccounts = (
  request: ListAccountsRequest,
) => Promise<Result<AccountsPage, ConnectRefusal>>

/** Those of the caller's accounts that its client may know of, by id. */
export function listAccounts(dependencies: {
  readonly tenant: string
  readonly cursors: PageCursors
  readonly accounts: AccountStore
  readonly consents: ConsentStore
}): ListAccounts {
  const { tenant, accounts, cursors } = dependencies
  return async ({ caller, connection, cursor, limit }) => {
    const { client, userId } = caller
    const of = { caller, list: 'accounts' }
    const start = await cursors.open(cursor, of)
    if (!start.ok) return start
    if (userId === undefined) return accept({ accounts: [] })
    if (connection !== undefined && connectionPolicyOf(client, connection) === undefined) {
      return accept({ accounts: [] })
    }

    const isVisible = await visibleAccounts(dependencies, { client, userId })
    // One more than asked tells whether a next page has anything on it.
    const wanted = limit + 1
    const found: Account[] = []
    let after = start.value
    let isLast = false
    while (found.length < wanted && !isLast) {
      const rows = await accounts.list({
        tenant,
        userId,
        connection,
        after,
        limit: wanted,
      })
      found.push(...rows.filter(isVisible))
      after = rows.at(-1)?.id
      isLast = rows.length < wanted
    }
    const page = found.slice(0, limit)
    const last = found.length > limit ? page.at(-1) : undefined
    return accept({ accounts: page, next: last && (await cursors.seal(last.id, of)) })
  }
}
