import type { Client } from '../domain/client.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { Subject, SubjectRefusal } from '../domain/subject.ts'
import { isUserId } from '../domain/user-id.ts'
import { myAccountAudience } from '../domain/vault-urls.ts'
import type { GrantStatus } from '../ports/grant-status.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SubjectVerifier } from '../ports/subject-verifier.ts'
import {
  ACCESS_TOKEN_JWT_TYPE,
  checkOwnTimes,
  readAccessTokenClaims,
  readGrantId,
} from './access-token-claims.ts'
import { readParty } from './act-claim.ts'
import { isNumericDate } from './check-times.ts'
import { createOwnJwts } from './own-jwts.ts'
import type { Jwt } from './read-jwt.ts'
import type { SigningKeys } from './signing-keys.ts'
import { ACCESS_TOKEN_TYPE, ID_TOKEN_TYPE } from './token-types.ts'

export interface VaultTokenVerifierOptions {
  readonly vaultIssuer: string
  readonly tenant: string
  readonly keys: Pick<SigningKeys, 'find'>
  readonly grants: GrantStatus
  readonly runtime: Pick<Runtime, 'now'>
}

/**
 * Verifies tokens that the vault issued itself. An access token is a subject for the client that is the API it was made
 * for (RV-34, R3), an ID token for the client it was made for (RV-36); a token for the My Account API is neither. As
 * actor an access token names the client that it was issued to (RV-40). All of them end with the login they came from.
 */
export function createVaultTokenVerifier({
  vaultIssuer,
  tenant,
  keys,
  grants,
  runtime,
}: VaultTokenVerifierOptions): SubjectVerifier {
  const jwts = createOwnJwts({ issuer: vaultIssuer, keys })
  const myAccount = myAccountAudience(vaultIssuer)

  return {
    async verify({ client, token, tokenType, role = 'subject' }) {
      const jwt = await jwts.read(token)
      if (!jwt.ok) return jwt
      const isAccessToken = jwt.value.type === ACCESS_TOKEN_JWT_TYPE
      // Of one kind and declared as the other (RFC 8725 sections 3.11 and 3.12); `jwt` declares neither.
      const otherType = isAccessToken ? ID_TOKEN_TYPE : ACCESS_TOKEN_TYPE
      if (tokenType === otherType) return refuse({ reason: 'wrong_type' })

      const question = { client, role, vaultIssuer, myAccount, now: runtime.now() }
      const subject = isAccessToken
        ? readAccessToken(jwt.value, question)
        : readIdToken(jwt.value, question)
      if (!subject.ok) return subject
      const { grantId } = subject.value
      if (grantId !== undefined && !(await grants.isAlive({ tenant, grantId }))) {
        return refuse({ reason: 'revoked' })
      }
      return subject
    },
  }
}

interface Question {
  readonly client: Client
  readonly role: 'subject' | 'actor'
  readonly vaultIssuer: string
  readonly myAccount: string
  readonly now: number
}

function readAccessToken(
  jwt: Jwt,
  { client, role, vaultIssuer, myAccount, now }: Question,
): Result<Subject, SubjectRefusal> {
  const token = readAccessTokenClaims(jwt, { issuer: vaultIssuer, now })
  if (!token.ok) return token
  const { audience, clientId, userId, scopes, actor, grantId, keyThumbprint, expiresAt } =
    token.value
  if (audience === myAccount) return refuse({ reason: 'wrong_audience' })
  const isForCaller = audience === client.api
  const rest = {
    kind: 'vault_access_token',
    expiresAt,
    ...(grantId !== undefined && { grantId }),
    ...(keyThumbprint !== undefined && { confirmation: { jkt: keyThumbprint } }),
  } as const

  if (role === 'actor') {
    // Its own tokens are the caller's to show; those of others came to it as the API that they are for.
    if (clientId !== client.id && !isForCaller) return refuse({ reason: 'wrong_audience' })
    if (clientId !== client.id && !client.actors.includes(clientId)) {
      return refuse({ reason: 'actor_not_permitted' })
    }
    return accept({ ...rest, identity: { issuer: vaultIssuer, subject: clientId } })
  }

  if (!isForCaller) return refuse({ reason: 'wrong_audience' })
  if (!isUserId(userId) || userId === clientId) return refuse({ reason: 'not_a_user' })
  const permitted = readParty(jwt.claims['may_act'])
  if (permitted === 'malformed') return refuse({ reason: 'malformed' })
  return accept({
    ...rest,
    identity: { issuer: vaultIssuer, subject: userId },
    scopes,
    ...(permitted !== undefined && { mayAct: permitted }),
    ...(actor !== undefined && { actor }),
  })
}

/** OpenID Connect Core section 3.1.3.7. No nonce: it is the client's, and the client has checked it. */
function readIdToken(
  { type, claims }: Jwt,
  { client, role, vaultIssuer, now }: Question,
): Result<Subject, SubjectRefusal> {
  // An ID token names a person, which no actor is; what has another type, or events, is no login.
  if (role === 'actor' || (type !== undefined && type !== 'jwt')) {
    return refuse({ reason: 'wrong_type' })
  }
  if (Object.hasOwn(claims, 'events')) return refuse({ reason: 'wrong_type' })
  const untimely = checkOwnTimes(claims, { now })
  if (untimely !== undefined) return refuse(untimely)

  const { aud, azp, sub, exp } = claims
  if (aud !== client.id) return refuse({ reason: 'wrong_audience' })
  if (azp !== undefined && azp !== client.id) return refuse({ reason: 'wrong_authorized_party' })
  if (!isUserId(sub)) return refuse({ reason: 'not_a_user' })
  const grantId = readGrantId(claims)
  if (!grantId.ok || !isNumericDate(exp)) return refuse({ reason: 'malformed' })
  return accept({
    kind: 'vault_id_token',
    identity: { issuer: vaultIssuer, subject: sub },
    expiresAt: exp,
    ...(grantId.value !== undefined && { grantId: grantId.value }),
  })
}
