import type { Account, AccountSealColumn } from '../domain/account.ts'
import type { ConnectAttempt } from '../domain/attempt.ts'
import type { SealContext } from '../ports/sealer.ts'

/** What an account's sealed token is bound to: whose it is, at which provider, which token, and of which generation. */
export function accountSealContext(
  account: Pick<Account, 'tenant' | 'userId' | 'id' | 'connection'>,
  column: AccountSealColumn,
  generation: number,
): SealContext {
  const { tenant, userId, id, connection } = account
  return { tenant, owner: userId, record: id, column, generation, bindings: [connection] }
}

/**
 * What an attempt's sealed values are bound to: who may finish it, through which client, where its answer goes, and what
 * the person said yes to, for whom.
 */
export function attemptSealContext(
  attempt: Pick<
    ConnectAttempt,
    | 'tenant'
    | 'userId'
    | 'id'
    | 'mode'
    | 'identity'
    | 'clientId'
    | 'connection'
    | 'actor'
    | 'scopes'
    | 'redirectUri'
  >,
  column: 'provider_secrets' | 'pending',
): SealContext {
  const { tenant, userId, id, mode, identity, clientId, connection, redirectUri } = attempt
  const { actor, scopes } = attempt
  return {
    tenant,
    owner: userId,
    record: id,
    column,
    generation: 0,
    bindings: [
      connection,
      clientId,
      redirectUri,
      mode,
      identity.issuer,
      identity.subject,
      JSON.stringify(scopes),
      ...(actor === undefined ? [] : [actor.issuer, actor.subject]),
    ],
  }
}

/** What an outbox entry's payload is bound to. */
export function outboxSealContext(tenant: string, id: string): SealContext {
  return { tenant, owner: 'outbox', record: id, column: 'payload', generation: 0, bindings: [] }
}
