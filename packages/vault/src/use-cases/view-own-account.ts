import type { AccountStore } from '../ports/account-store.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import { findSignedIn, type FindSignedInDependencies } from './find-signed-in.ts'
import { findOwnAccount } from './find-own-account.ts'
import { type AccountEntry, toAccountEntry } from './view-account.ts'

export interface OwnAccountView {
  /** Names the session; forms are bound to it. */
  readonly sessionId: string
  readonly account: AccountEntry
}

export type ViewOwnAccount = (request: {
  /** Attacker-controlled. */
  readonly accountId: string
  /** The `Cookie` header. Attacker-controlled. */
  readonly cookies: string | undefined
}) => Promise<OwnAccountView | 'login_required' | undefined>

/** Shows one connected account to its own user. */
export function viewOwnAccount(
  dependencies: FindSignedInDependencies & {
    readonly accounts: AccountStore
    readonly connections: ConnectionStore
    readonly consents: ConsentStore
  },
): ViewOwnAccount {
  return async ({ accountId, cookies }) => {
    const session = await findSignedIn(dependencies, cookies)
    if (session === undefined) return 'login_required'
    const caller = { userId: session.userId, client: 'account_pages' } as const
    const account = await findOwnAccount(dependencies, caller, accountId)
    return (
      account && { sessionId: session.id, account: await toAccountEntry(dependencies, account) }
    )
  }
}
