import { ACCOUNT_CLIENT_ID } from '../domain/account-client.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { Session } from '../ports/authorization-server.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { SecretHasher } from '../ports/secret-hasher.ts'
import type { UserStore } from '../ports/user-store.ts'
import { endSessions, type EndSessionsDependencies } from './end-sessions.ts'
import { isFresh } from './find-signed-in.ts'
import { loginIssuersOf } from './open-interaction.ts'
import { recordAudit } from './record-audit.ts'
import { identityKey } from './view-account.ts'

export type RemoveIdentity = (request: {
  readonly session: Session
  /** As the page names it. Attacker-controlled. */
  readonly key: string
  readonly requestId: string
}) => Promise<
  Result<
    'removed',
    {
      readonly reason: 'login_too_old' | 'identity_unknown' | 'last_identity' | 'vault_unavailable'
    }
  >
>

export interface RemoveIdentityDependencies extends EndSessionsDependencies {
  readonly connections: ConnectionStore
  readonly users: UserStore
  readonly hasher: SecretHasher
  readonly loginConnections?: readonly string[] | undefined
}

/**
 * Takes a way to log in from its user, never the last one. Sessions do not say by which identity they began, so all but
 * this one end: whoever had that identity is out.
 */
export function removeIdentity(dependencies: RemoveIdentityDependencies): RemoveIdentity {
  const { tenant, users, hasher, runtime } = dependencies
  return async ({ session, key, requestId }) => {
    const { userId } = session
    if (!isFresh(session, runtime.now())) return refuse({ reason: 'login_too_old' })
    const identities = await users.listIdentities({ tenant, userId })
    const identity = identities.find((one) => identityKey(hasher, one) === key)
    if (identity === undefined) return refuse({ reason: 'identity_unknown' })
    const keepOneOf = await loginIssuersOf(dependencies)
    const outcome = await users.removeIdentity({ tenant, identity, userId, keepOneOf })
    if (outcome === 'not_found') return refuse({ reason: 'identity_unknown' })
    if (outcome === 'last') return refuse({ reason: 'last_identity' })
    const recorded = await recordAudit(dependencies, {
      tenant,
      at: runtime.now(),
      type: 'identity.removed',
      outcome: 'success',
      clientId: ACCOUNT_CLIENT_ID,
      userId,
      requestId,
      details: { identity_issuer: identity.issuer },
    })
    const ended = await endSessions(dependencies)({ session, which: 'others', requestId })
    return recorded && ended.ok ? accept('removed') : refuse({ reason: 'vault_unavailable' })
  }
}
