import type { ClientSubjectPolicy } from '../domain/client.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { Subject, SubjectRefusal } from '../domain/subject.ts'
import { isSubject, readActor, readParty } from './act-claim.ts'
import { checkTimes, isNumericDate } from './check-times.ts'
import { readConfirmation } from './read-confirmation.ts'
import { type Jwt, normalizeType } from './read-jwt.ts'
import { ID_TOKEN_TYPE, JWT_TYPE } from './token-types.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

const DEFAULT_CLOCK_SKEW_SECONDS = 30
const DEFAULT_TYPES: readonly string[] = ['jwt', 'at+jwt']

/** What the claims of a verified token are held against. */
export interface SubjectExpectations {
  readonly issuer: TrustedIssuer
  readonly policy: ClientSubjectPolicy
  readonly vaultIssuer: string
  /** Token type URI as declared by the caller. */
  readonly tokenType: string
  readonly role: 'subject' | 'actor'
  readonly now: number
}

/**
 * Everything about a token but its signature and issuer: kind, audience, authorized party, times, who it names (RV-35,
 * RV-36, RV-38). Asked anew at each presentation, also when the signature's verdict is remembered (R23).
 */
export function checkSubjectClaims(
  jwt: Jwt,
  expectations: SubjectExpectations,
): Result<Subject, SubjectRefusal> {
  const refusal =
    checkKind(jwt, expectations) ??
    checkTimes(jwt.claims, {
      now: expectations.now,
      clockSkewSeconds: expectations.issuer.clockSkewSeconds ?? DEFAULT_CLOCK_SKEW_SECONDS,
      maxAgeSeconds: expectations.issuer.maxAgeSeconds,
    }) ??
    checkParties(jwt.claims, expectations)
  return refusal === undefined ? readSubject(jwt.claims, expectations) : refuse(refusal)
}

/** A token of one kind must not pass for another (RFC 8725 sections 3.11 and 3.12). */
function checkKind(
  { type, claims }: Jwt,
  { issuer, tokenType }: SubjectExpectations,
): SubjectRefusal | undefined {
  const accepted = issuer.types?.map(normalizeType)
  const isAccepted =
    accepted === undefined
      ? type === undefined || DEFAULT_TYPES.includes(type)
      : type !== undefined && accepted.includes(type)
  // A message about somebody, such as a back-channel logout token, is no login (RFC 8417 section 2.2).
  if (!isAccepted || Object.hasOwn(claims, 'events')) return { reason: 'wrong_type' }
  if (tokenType === ID_TOKEN_TYPE) {
    const mayBeIdToken = issuer.idTokens === 'accept' && type !== 'at+jwt'
    return mayBeIdToken ? undefined : { reason: 'wrong_type' }
  }
  if (!isIdToken(claims)) return undefined
  // `jwt` declares no kind, so an accepted ID token may come under it; as access token it never may.
  return tokenType === JWT_TYPE && issuer.idTokens === 'accept'
    ? undefined
    : { reason: 'wrong_type' }
}

/** What only ID tokens carry: OpenID Connect Core section 3.3.2.11, Keycloak's `typ`, Cognito's `token_use`. */
function isIdToken(claims: Jwt['claims']): boolean {
  return (
    ['at_hash', 'c_hash', 's_hash', 'nonce'].some((name) => Object.hasOwn(claims, name)) ||
    claims['typ'] === 'ID' ||
    claims['token_use'] === 'id'
  )
}

function checkParties(
  claims: Jwt['claims'],
  { issuer, policy, vaultIssuer }: SubjectExpectations,
): SubjectRefusal | undefined {
  const { aud, azp, client_id: clientId } = claims
  if (aud !== undefined) {
    const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
    const expected = issuer.audience ?? [vaultIssuer]
    if (!audiences.every((value) => typeof value === 'string' && value !== '')) {
      return { reason: 'wrong_audience' }
    }
    if (!expected.some((value) => audiences.includes(value))) return { reason: 'wrong_audience' }
  } else if (issuer.audience !== undefined || policy.azp === undefined) {
    return { reason: 'missing_claim', claim: 'aud' }
  }
  if (policy.azp === undefined) return undefined
  // RFC 9068 section 2.2 has no `azp`: there the client that the token was issued to is `client_id`.
  const party = azp === undefined ? clientId : azp
  if (party === undefined) return { reason: 'missing_claim', claim: 'azp' }
  return typeof party === 'string' && policy.azp.includes(party)
    ? undefined
    : { reason: 'wrong_authorized_party' }
}

function readSubject(
  claims: Jwt['claims'],
  { issuer, role }: SubjectExpectations,
): Result<Subject, SubjectRefusal> {
  const { sub, exp, act, may_act: mayAct, cnf } = claims
  if (sub === undefined) return refuse({ reason: 'missing_claim', claim: 'sub' })
  if (!isSubject(sub) || !isNumericDate(exp)) return refuse({ reason: 'malformed' })
  if (role === 'subject' && isMachine(claims)) return refuse({ reason: 'not_a_user' })
  const actor = readActor(act)
  if (actor === 'malformed') return refuse({ reason: 'malformed' })
  const permitted = readParty(mayAct)
  if (permitted === 'malformed') return refuse({ reason: 'malformed' })
  const confirmation = readConfirmation(cnf)
  if (confirmation === 'malformed') return refuse({ reason: 'malformed' })
  return accept({
    kind: 'trusted_issuer',
    identity: { issuer: issuer.issuer, subject: sub },
    expiresAt: Math.floor(exp),
    ...(permitted !== undefined && { mayAct: permitted }),
    ...(actor !== undefined && { actor }),
    ...(confirmation !== undefined && { confirmation }),
  })
}

/** A token that a machine got for itself names the machine: RFC 9068 section 5, Auth0's `gty`, Entra's `idtyp`. */
function isMachine({ sub, azp, client_id: clientId, gty, idtyp }: Jwt['claims']): boolean {
  return sub === clientId || sub === azp || gty === 'client-credentials' || idtyp === 'app'
}
