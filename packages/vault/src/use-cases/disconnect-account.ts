import type { Account } from '../domain/account.ts'
import { ACCOUNT_CLIENT_ID } from '../domain/account-client.ts'
import type { ConnectRefusal } from '../domain/connect-refusal.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { AccountStore, OutboxDraft } from '../ports/account-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { Logger } from '../ports/logger.ts'
import { type AccountsCaller, findOwnAccount } from './find-own-account.ts'
import { openAccountTokens } from './open-account-tokens.ts'
import {
  recordAudit,
  type RecordAuditDependencies,
  UNAVAILABLE_RETRY_SECONDS,
} from './record-audit.ts'
import { draftRevocation, type RevocationDependencies } from './revocation.ts'

export interface DisconnectAccountRequest {
  readonly caller: AccountsCaller
  readonly accountId: string
  readonly requestId: string
}

export type DisconnectAccount = (
  request: DisconnectAccountRequest,
) => Promise<Result<'disconnected', ConnectRefusal>>

export interface DisconnectAccountDependencies
  extends RevocationDependencies, RecordAuditDependencies {
  readonly accounts: AccountStore
  readonly consents: ConsentStore
  readonly logger: Logger
  /** Told when there is something to deliver to a provider. */
  readonly outboxChanged: () => void
}

/** A refresh may write the account while it is being removed; more often than this is not chance. */
const MAX_TURNS = 5

/**
 * Removes an account here first, and in the same batch promises its revocation at the provider (RV-75). From then on no
 * exchange finds it, whatever a refresh under way still brings home.
 */
export function disconnectAccount(dependencies: DisconnectAccountDependencies): DisconnectAccount {
  const { tenant, accounts, runtime, outboxChanged } = dependencies

  return async ({ caller, accountId, requestId }) => {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const account = await findOwnAccount(dependencies, caller, accountId)
      if (account === undefined) return refuse({ reason: 'account_not_found' })

      const { userId, connection, generation, scopes } = account
      const now = runtime.now()
      const removal = await accounts.remove({
        key: { tenant, accountId },
        userId,
        revocation: await revocationOf(dependencies, account),
        expectedGeneration: generation,
        now,
      })
      if (removal === 'not_found') return refuse({ reason: 'account_not_found' })
      if (removal === 'conflict') continue

      outboxChanged()
      const recorded = await recordAudit(dependencies, {
        tenant,
        at: now,
        type: 'account.disconnected',
        outcome: 'success',
        clientId: caller.client === 'account_pages' ? ACCOUNT_CLIENT_ID : caller.client.id,
        userId,
        connection,
        accountId,
        generation,
        scopes,
        requestId,
      })
      return recorded ? accept('disconnected') : unavailable()
    }
    return unavailable()
  }
}

async function revocationOf(
  dependencies: DisconnectAccountDependencies,
  account: Account,
): Promise<OutboxDraft | undefined> {
  const tokens = await openAccountTokens(dependencies, account)
  // Without readable tokens nothing can be ended at the provider, but it can and must be ended here.
  if (tokens === undefined) return undefined
  const { connection, providerAccountId, userId, id } = account
  return await draftRevocation(dependencies, {
    connection,
    providerAccountId,
    userId,
    accountId: id,
    ...tokens,
  })
}

function unavailable(): Result<never, ConnectRefusal> {
  return refuse({ reason: 'vault_unavailable', retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS })
}
