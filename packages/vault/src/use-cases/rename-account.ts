import type { Account } from '../domain/account.ts'
import type { ConnectRefusal } from '../domain/connect-refusal.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'
import { findOwnAccount } from './find-own-account.ts'
import { onceRecorded, type RecordAuditDependencies } from './record-audit.ts'

export interface RenameAccountRequest {
  readonly caller: MyAccountCaller
  readonly accountId: string
  /** Clean by `isCleanLabel`. */
  readonly label: string
  readonly requestId: string
}

export type RenameAccount = (
  request: RenameAccountRequest,
) => Promise<Result<Account, ConnectRefusal>>

export interface RenameAccountDependencies extends RecordAuditDependencies {
  readonly tenant: string
  readonly accounts: AccountStore
  readonly consents: ConsentStore
  readonly runtime: Runtime
}

/** Gives an account the name that its user wants to see. */
export function renameAccount(dependencies: RenameAccountDependencies): RenameAccount {
  const { tenant, accounts, runtime } = dependencies

  return async ({ caller, accountId, label, requestId }) => {
    const account = await findOwnAccount(dependencies, caller, accountId)
    if (account === undefined) return refuse({ reason: 'account_not_found' })

    const now = runtime.now()
    const { userId, connection } = account
    const key = { tenant, accountId }
    if (!(await accounts.relabel({ key, userId, label, now }))) {
      return refuse({ reason: 'account_not_found' })
    }
    return await onceRecorded(dependencies, {
      event: {
        tenant,
        at: now,
        type: 'account.relabelled',
        outcome: 'success',
        clientId: caller.client.id,
        userId,
        connection,
        accountId,
        requestId,
      },
      result: accept({ ...account, label, updatedAt: now }),
    })
  }
}
