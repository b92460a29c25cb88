import type { AccountSealColumn } from '../domain/account.ts'
import type { SealContext } from '../ports/sealer.ts'

/** What an account's sealed token is bound to: whose it is, which token, and of which generation. */
export function accountSealContext(
  account: { readonly tenant: string; readonly userId: string; readonly id: string },
  column: AccountSealColumn,
  generation: number,
): SealContext {
  const { tenant, userId, id } = account
  return { tenant, owner: userId, record: id, column, generation }
}

/** What an attempt's sealed values are bound to. */
export function attemptSealContext(
  attempt: { readonly tenant: string; readonly userId: string; readonly id: string },
  column: 'provider_secrets' | 'pending',
): SealContext {
  const { tenant, userId, id } = attempt
  return { tenant, owner: userId, record: id, column, generation: 0 }
}

/** What an outbox entry's payload is bound to. */
export function outboxSealContext(tenant: string, id: string): SealContext {
  return { tenant, owner: 'outbox', record: id, column: 'payload', generation: 0 }
}
