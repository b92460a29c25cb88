import type { AuditEvent } from '../domain/audit-event.ts'
import type { Identity } from '../domain/identity.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import { accountUri } from '../domain/vault-urls.ts'
import type { InteractionResult } from '../ports/authorization-server.ts'
import type { UserStore } from '../ports/user-store.ts'
import type { BrowserRefusal } from './approve-connect.ts'
import { recordAudit, type RecordAuditDependencies } from './record-audit.ts'

/** Why somebody has no new way to log in; each is a page of its own. */
export const NOT_ADDED = ['taken', 'stale', 'unavailable'] as const
export type NotAdded = (typeof NOT_ADDED)[number]

/** How long ago the login at the provider may be, for providers that can tell (OpenID Connect Core section 3.1.2.1). */
export const OTHER_LOGIN_SECONDS = 300
/** For the way back, and clocks that differ. */
const LEEWAY_SECONDS = 60

export interface AddIdentityDependencies extends RecordAuditDependencies {
  readonly tenant: string
  readonly issuer: string
  readonly users: UserStore
}

/**
 * Gives a user the identity that they have just logged in with; resolves to where the browser goes. One that leads to
 * another user stays there: users are never merged, and an e-mail address says nothing (RV-35).
 */
export async function addIdentity(
  dependencies: AddIdentityDependencies,
  {
    identity,
    authenticatedAt,
    userId,
    event,
  }: {
    readonly identity: Identity
    /** Where the provider says when the person logged in there. */
    readonly authenticatedAt: number | undefined
    readonly userId: string
    readonly event: Pick<AuditEvent, 'tenant' | 'at' | 'clientId' | 'connection' | 'requestId'>
  },
): Promise<Result<string, BrowserRefusal>> {
  const { tenant, issuer, users } = dependencies
  const isStale =
    authenticatedAt !== undefined &&
    event.at - authenticatedAt > OTHER_LOGIN_SECONDS + LEEWAY_SECONDS
  const outcome = isStale
    ? 'stale'
    : await users.addIdentity({ tenant, identity, userId, now: event.at })
  const refused = outcome === 'taken' || outcome === 'stale' ? outcome : undefined
  const recorded = await recordAudit(dependencies, {
    ...event,
    userId,
    details: { identity_issuer: identity.issuer },
    ...(refused === undefined
      ? { type: 'identity.added', outcome: 'success' }
      : { type: 'identity.refused', outcome: 'refused', reason: `identity_${refused}` }),
  })
  if (!recorded) return refuse({ reason: 'vault_unavailable' })
  return accept(refused === undefined ? accountUri(issuer) : notAdded(issuer, refused))
}

/** Where the browser goes when the other login did not come to its end: back, where the person wanted it so. */
export function notAddedUri(issuer: string, result: InteractionResult): string {
  return result.kind === 'error' && result.error === 'access_denied'
    ? accountUri(issuer)
    : notAdded(issuer, 'unavailable')
}

function notAdded(issuer: string, reason: NotAdded): string {
  return `${accountUri(issuer)}/not-added/${reason}`
}
