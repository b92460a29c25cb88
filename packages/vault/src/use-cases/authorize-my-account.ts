import type { Client } from '../domain/client.ts'
import { consentActorOf } from '../domain/consent.ts'
import type { ConnectRefusal } from '../domain/connect-refusal.ts'
import type { Identity } from '../domain/identity.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { AccessTokens } from '../ports/access-tokens.ts'
import type { ClientStore } from '../ports/client-store.ts'
import type { DpopVerifier } from '../ports/dpop-verifier.ts'
import type { GrantStatus } from '../ports/grant-status.ts'
import type { UserStore } from '../ports/user-store.ts'

/** Who calls the connected-accounts API: a user, through a client. */
export interface MyAccountCaller {
  readonly client: Client
  /** From the login system, as it was in the subject token. */
  readonly identity: Identity
  /** The agent that its token names; absent where the client itself acts. */
  readonly actor?: Identity | undefined
  /** Absent until the identity has connected something once. */
  readonly userId: string | undefined
  /** What the user will be called when one is made. */
  readonly provisionalUserId: string
}

export interface AuthorizeMyAccountRequest {
  /** The access token as received: attacker-controlled. */
  readonly token: string
  /** How it was presented: as `Bearer` or as `DPoP`, with the proof that came along. */
  readonly scheme:
    | { readonly name: 'bearer' }
    | {
        readonly name: 'dpop'
        readonly proof: string | undefined
        readonly method: string
        readonly url: string
      }
  /** The scope that the route needs. */
  readonly scope: string
}

export type AuthorizeMyAccount = (
  request: AuthorizeMyAccountRequest,
) => Promise<Result<MyAccountCaller, ConnectRefusal>>

export interface AuthorizeMyAccountDependencies {
  readonly tenant: string
  readonly vaultIssuer: string
  /** `{issuer}me/` */
  readonly audience: string
  readonly accessTokens: AccessTokens
  readonly dpop: DpopVerifier
  readonly clients: ClientStore
  readonly grants: GrantStatus
  readonly users: UserStore
}

/**
 * Decides who calls the connected-accounts API (RFC 6750, RFC 9068 section 4, RFC 9449 section 7). The token comes
 * before its proof, so that nobody without one can fill the replay store.
 */
export function authorizeMyAccount({
  tenant,
  vaultIssuer,
  audience,
  accessTokens,
  dpop,
  clients,
  grants,
  users,
}: AuthorizeMyAccountDependencies): AuthorizeMyAccount {
  return async ({ token, scheme, scope }) => {
    const claims = await accessTokens.verify(token, audience)
    const client = claims && (await clients.find({ tenant, clientId: claims.clientId }))
    if (claims === undefined || client === undefined) return refuse({ reason: 'invalid_token' })

    const { keyThumbprint: jkt } = claims
    // A bound token may not be used as if it were not, nor the other way round (RFC 9449 sections 7.1 and 7.2).
    if ((jkt === undefined) !== (scheme.name === 'bearer')) {
      return refuse({ reason: 'invalid_token' })
    }
    if (scheme.name === 'dpop' && jkt !== undefined) {
      const confirmation = { jkt }
      const holder = await dpop.verify({ ...scheme, accessToken: { token, confirmation } })
      if (!holder.ok) return holder
    }

    // Both: a policy that became narrower holds at once, not only when the token has expired.
    if (!claims.scopes.includes(scope) || !client.myAccountScopes.includes(scope)) {
      return refuse({ reason: 'insufficient_scope', scope })
    }

    const { identity, grantId, userId: provisionalUserId } = claims
    if (grantId !== undefined && !(await grants.isAlive({ tenant, grantId }))) {
      return refuse({ reason: 'invalid_token' })
    }
    const userId = await users.findByIdentity({ tenant, identity })
    // One of the vault's own that is not there has ended: connecting does not make it anew.
    if (userId === undefined && identity.issuer === vaultIssuer) {
      return refuse({ reason: 'invalid_token' })
    }
    const actor = claims.actor && consentActorOf(claims.actor, { clientId: client.id, vaultIssuer })
    return accept({ client, identity, actor, userId, provisionalUserId })
  }
}
