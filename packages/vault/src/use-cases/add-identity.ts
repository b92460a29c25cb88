import type { AuditEvent } from '../domain/audit-event.ts'
import type { Identity } from '../domain/identity.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import { accountUri } from '../domain/vault-urls.ts'
import type { InteractionResult } from '../ports/authorization-server.ts'
import type { UserStore } from '../ports/user-store.ts'
import type { BrowserRefusal } from './approve-connect.ts'
import { recordAudit, type RecordAuditDependencies } from './record-audit.ts'

/** Why somebody has no new way to log in; each is a page of its own. */
export const NOT_ADDED = ['taken', 'unavailable'] as const
export type NotAdded = (typeof NOT_ADDED)[number]

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
    userId,
    event,
  }: {
    readonly identity: Identity
    readonly userId: string
    readonly event: Pick<AuditEvent, 'tenant' | 'at' | 'clientId' | 'connection' | 'requestId'>
  },
): Promise<Result<string, BrowserRefusal>> {
  const { tenant, issuer, users } = dependencies
  const outcome = await users.addIdentity({ tenant, identity, userId, now: event.at })
  const recorded = await recordAudit(dependencies, {
    ...event,
    userId,
    details: { identity_issuer: identity.issuer },
    ...(outcome === 'taken'
      ? { type: 'identity.refused', outcome: 'refused', reason: 'identity_taken' }
      : { type: 'identity.added', outcome: 'success' }),
  })
  if (!recorded) return refuse({ reason: 'vault_unavailable' })
  return accept(outcome === 'taken' ? notAdded(issuer, 'taken') : accountUri(issuer))
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
