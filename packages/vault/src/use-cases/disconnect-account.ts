import { ACCOUNT_CLIENT_ID } from '../domain/account-client.ts'
import type { ConnectRefusal } from '../domain/connect-refusal.ts'
import { accept, type Result } from '../domain/result.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import { type AccountsCaller, findOwnAccount } from './find-own-account.ts'
import { removeAccount, type RemoveAccountDependencies } from './remove-account.ts'

export interface DisconnectAccountRequest {
  readonly caller: AccountsCaller
  readonly accountId: string
  readonly requestId: string
}

export type DisconnectAccount = (
  request: DisconnectAccountRequest,
) => Promise<Result<'disconnected', ConnectRefusal>>

export interface DisconnectAccountDependencies extends RemoveAccountDependencies {
  readonly consents: ConsentStore
}

/** Ends an account of the caller's own, here and at the provider. */
export function disconnectAccount(dependencies: DisconnectAccountDependencies): DisconnectAccount {
  return async ({ caller, accountId, requestId }) => {
    const removed = await removeAccount(dependencies, {
      find: () => findOwnAccount(dependencies, caller, accountId),
      by: {
        clientId: caller.client === 'account_pages' ? ACCOUNT_CLIENT_ID : caller.client.id,
        requestId,
      },
    })
    return removed.ok ? accept('disconnected') : removed
  }
}
