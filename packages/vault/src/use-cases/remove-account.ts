import type { Account } from '../domain/account.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { AccountStore, OutboxDraft } from '../ports/account-store.ts'
import type { Logger } from '../ports/logger.ts'
import { openAccountTokens } from './open-account-tokens.ts'
import {
  recordAudit,
  type RecordAuditDependencies,
  UNAVAILABLE_RETRY_SECONDS,
} from './record-audit.ts'
import { draftRevocation, type RevocationDependencies } from './revocation.ts'

export interface RemoveAccountDependencies extends RevocationDependencies, RecordAuditDependencies {
  readonly accounts: AccountStore
  readonly logger: Logger
  /** Told when there is something to deliver to a provider. */
  readonly outboxChanged: () => void
}

export type RemoveAccountRefusal =
  | { readonly reason: 'account_not_found' }
  | { readonly reason: 'vault_unavailable'; readonly retryAfterSeconds: number }

export interface RemoveAccountRequest {
  /** Reads the account that is meant, again with each turn. */
  readonly find: () => Promise<Account | undefined>
  /** Who removes it, for the audit log. */
  readonly by: Pick<AuditEvent, 'clientId' | 'adminId' | 'requestId'>
}

/** A refresh may write the account while it is being removed; more often than this is not chance. */
const MAX_TURNS = 5

/**
 * Removes an account here first, and in the same batch promises its revocation at the provider (RV-75). From then on no
 * exchange finds it, whatever a refresh under way still brings home.
 */
export async function removeAccount(
  dependencies: RemoveAccountDependencies,
  { find, by }: RemoveAccountRequest,
): Promise<Result<Account, RemoveAccountRefusal>> {
  const { tenant, accounts, runtime, outboxChanged } = dependencies
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    const account = await find()
    if (account === undefined) return refuse({ reason: 'account_not_found' })

    const { id, userId, connection, generation, scopes } = account
    const now = runtime.now()
    const removal = await accounts.remove({
      key: { tenant, accountId: id },
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
      ...by,
      userId,
      connection,
      accountId: id,
      generation,
      scopes,
    })
    return recorded ? accept(account) : unavailable()
  }
  return unavailable()
}

async function revocationOf(
  dependencies: RemoveAccountDependencies,
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

function unavailable(): Result<never, RemoveAccountRefusal> {
  return refuse({ reason: 'vault_unavailable', retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS })
}
