import type { Identity } from '../domain/identity.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import { parseScope } from '../domain/scope.ts'
import type { SubjectRefusal } from '../domain/subject.ts'
import type { AccessToken } from '../ports/access-tokens.ts'
import { isSubject, readActor, toActClaim } from './act-claim.ts'
import { checkTimes, isNumericDate } from './check-times.ts'
import { isObject, type Jwt } from './read-jwt.ts'

/** RFC 9068 section 2.1. */
export const ACCESS_TOKEN_JWT_TYPE = 'at+jwt'

/** The claim that keeps who the login system says the user is, where `sub` is the vault's own id for that. */
const IDENTITY_CLAIM = 'valetkey_identity'
/** The claim that names the login which the token came from. */
const GRANT_CLAIM = 'valetkey_grant'

const CLOCK_SKEW_SECONDS = 30

export interface OwnTokenExpectations {
  /** The vault's issuer. */
  readonly issuer: string
  readonly now: number
}

/** An access token's claims (RFC 9068 section 2.2), without those that every JWT of the vault has. */
export function toAccessTokenClaims(
  token: AccessToken,
  issuer: string,
): Readonly<Record<string, unknown>> {
  const { identity, actor, grantId, keyThumbprint } = token
  const isOwnUser = identity.issuer === issuer && identity.subject === token.userId
  return {
    client_id: token.clientId,
    scope: token.scopes.join(' '),
    ...(!isOwnUser && { [IDENTITY_CLAIM]: { iss: identity.issuer, sub: identity.subject } }),
    ...(actor !== undefined && { act: toActClaim(actor) }),
    ...(grantId !== undefined && toGrantClaims(grantId)),
    ...(keyThumbprint !== undefined && { cnf: { jkt: keyThumbprint } }),
  }
}

/** Reads an access token of the vault whose signature and issuer are right. Its audience is for the caller to judge. */
export function readAccessTokenClaims(
  { type, claims }: Jwt,
  expectations: OwnTokenExpectations,
): Result<AccessToken, SubjectRefusal> {
  if (type !== ACCESS_TOKEN_JWT_TYPE) return refuse({ reason: 'wrong_type' })
  const untimely = checkOwnTimes(claims, expectations)
  if (untimely !== undefined) return refuse(untimely)

  const { aud, sub, jti, client_id: clientId, iat, exp } = claims
  if (!isSubject(aud) || !isSubject(jti)) return refuse({ reason: 'malformed' })
  if (!isSubject(sub) || !isSubject(clientId)) return refuse({ reason: 'malformed' })
  if (!isNumericDate(iat) || !isNumericDate(exp)) return refuse({ reason: 'malformed' })
  // A server that grants no scope leaves the claim out.
  const { scope = '' } = claims
  const scopes = typeof scope === 'string' ? parseScope(scope) : undefined
  const identity = readIdentity(claims, { issuer: expectations.issuer, subject: sub })
  const actor = readActor(claims['act'])
  const grantId = readGrantId(claims)
  const keyThumbprint = readThumbprint(claims['cnf'])
  if (scopes === undefined || identity === undefined || actor === 'malformed') {
    return refuse({ reason: 'malformed' })
  }
  if (!grantId.ok || !keyThumbprint.ok) return refuse({ reason: 'malformed' })
  return accept({
    id: jti,
    audience: aud,
    clientId,
    userId: sub,
    identity,
    scopes,
    issuedAt: iat,
    expiresAt: exp,
    ...(actor !== undefined && { actor }),
    ...(grantId.value !== undefined && { grantId: grantId.value }),
    ...(keyThumbprint.value !== undefined && { keyThumbprint: keyThumbprint.value }),
  })
}

/** The vault's own clocks may differ a little; its tokens still end when they say. */
export function checkOwnTimes(
  claims: Jwt['claims'],
  { now }: Pick<OwnTokenExpectations, 'now'>,
): SubjectRefusal | undefined {
  const { exp } = claims
  if (isNumericDate(exp) && exp <= now) return { reason: 'expired', expiredAt: exp }
  return checkTimes(claims, { now, clockSkewSeconds: CLOCK_SKEW_SECONDS })
}

/** Names the login that a token of the vault came from, for whoever checks later whether it still lasts. */
export function toGrantClaims(grantId: string): Readonly<Record<string, string>> {
  return { [GRANT_CLAIM]: grantId }
}

/** The login that a token of the vault came from, if it names one. */
export function readGrantId(claims: Jwt['claims']): Result<string | undefined, 'malformed'> {
  const { [GRANT_CLAIM]: grantId } = claims
  return grantId === undefined || isSubject(grantId) ? accept(grantId) : refuse('malformed')
}

function readIdentity(claims: Jwt['claims'], ownUser: Identity): Identity | undefined {
  const { [IDENTITY_CLAIM]: identity } = claims
  if (identity === undefined) return ownUser
  if (!isObject(identity)) return undefined
  const { iss, sub } = identity
  return isSubject(iss) && isSubject(sub) ? { issuer: iss, subject: sub } : undefined
}

/** RFC 9449 section 6.1. A confirmation of another kind is one that nobody here could check. */
function readThumbprint(confirmation: unknown): Result<string | undefined, 'malformed'> {
  if (confirmation === undefined) return accept(undefined)
  const thumbprint = isObject(confirmation) ? confirmation['jkt'] : undefined
  return isSubject(thumbprint) ? accept(thumbprint) : refuse('malformed')
}
