import type { Account } from '../../domain/account.ts'
import type { Actor } from '../../domain/identity.ts'
import type { AccountEvent } from '../../ports/audit-log.ts'

/** What happened to an account, on the wire. */
export function eventBody(event: AccountEvent): Readonly<Record<string, unknown>> {
  return {
    at: isoTime(event.at),
    type: event.type,
    outcome: event.outcome,
    reason: event.reason,
    client_id: event.clientId,
    actor: event.actor && actorBody(event.actor),
    scopes: event.scopes,
  }
}

/** As an `act` claim (RFC 8693 section 4.1). */
function actorBody({ subject, issuer, actor }: Actor): Readonly<Record<string, unknown>> {
  return { sub: subject, iss: issuer, act: actor && actorBody(actor) }
}

/** An account on the wire. `provider_account_id`, `label` and `state` are additions of ours. */
export function accountBody(account: Account): Readonly<Record<string, unknown>> {
  const { refreshToken, refreshExpiresAt, accessExpiresAt } = account
  const expiresAt = refreshToken === undefined ? accessExpiresAt : refreshExpiresAt
  return {
    id: account.id,
    connection: account.connection,
    access_type: 'offline',
    scopes: account.scopes,
    created_at: isoTime(account.createdAt),
    expires_at: expiresAt === undefined ? undefined : isoTime(expiresAt),
    provider_account_id: account.providerAccountId,
    label: account.label,
    state: account.state,
  }
}

function isoTime(at: number): string {
  return new Date(at * 1000).toISOString()
}
