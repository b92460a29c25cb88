import type { ConnectRefusal } from '../domain/connect-refusal.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { AccountEvent, AuditTrail } from '../ports/audit-log.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'
import { findOwnAccount } from './find-own-account.ts'
import type { PageCursors } from './page-cursors.ts'

export interface ListActivityRequest {
  readonly caller: MyAccountCaller
  readonly accountId: string
  /** `next` of the previous page. Attacker-controlled. */
  readonly cursor?: string | undefined
  readonly limit: number
}

export interface ActivityPage {
  /** Latest first. */
  readonly events: readonly AccountEvent[]
  /** Where the next page begins; absent on the last one. */
  readonly next?: string | undefined
}

export type ListActivity = (
  request: ListActivityRequest,
) => Promise<Result<ActivityPage, ConnectRefusal>>

/** What happened to one of the caller's accounts, whichever client did it: it is the user's to know. */
export function listActivity(dependencies: {
  readonly tenant: string
  readonly accounts: AccountStore
  readonly consents: ConsentStore
  readonly auditTrail: AuditTrail
  readonly cursors: PageCursors
}): ListActivity {
  const { auditTrail, cursors } = dependencies
  return async ({ caller, accountId, cursor, limit }) => {
    const account = await findOwnAccount(dependencies, caller, accountId)
    if (account === undefined) return refuse({ reason: 'account_not_found' })
    const of = { caller, list: `activity of ${account.id}` }
    const start = await cursors.open(cursor, of)
    if (!start.ok) return start

    // One more than asked tells whether a next page has anything on it.
    const found = await auditTrail.ofAccount({
      accountId: account.id,
      before: start.value,
      limit: limit + 1,
    })
    const events = found.slice(0, limit)
    const last = found.length > limit ? events.at(-1) : undefined
    return accept({ events, next: last && (await cursors.seal(last.position, of)) })
  }
}
