import type { Client } from '../domain/client.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { Subject, SubjectRefusal } from '../domain/subject.ts'
import type { ReplayStore } from '../ports/replay-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SubjectVerifier } from '../ports/subject-verifier.ts'
import { isSubject, readParty } from './act-claim.ts'
import { checkTimes, isNumericDate } from './check-times.ts'
import { createClientSignatures } from './client-signatures.ts'
import { type Jwt, readJwt } from './read-jwt.ts'
import { JWT_TYPE } from './token-types.ts'

/** What Auth0 calls such a token, whose clients make them already. */
const TYPE = 'token-vault-req+jwt'
/** How old it may be, whatever its `exp` says (R2). */
const MAX_AGE_SECONDS = 60
/** How far the client's clock may be ahead. */
const CLOCK_SKEW_SECONDS = 30
const MAX_JTI_LENGTH = 256
const MAX_AUDIT_CONTEXT_LENGTH = 256

export interface ClientSignedVerifierOptions {
  readonly vaultIssuer: string
  readonly tenant: string
  readonly replays: ReplayStore
  readonly runtime: Pick<Runtime, 'now'>
}

/**
 * Verifies JWTs that the authenticated client signs with its own key: as subject one that names a user, where the
 * client's policy lets it (R2), as actor one that names the client itself (RV-40). Each is good once.
 */
export function createClientSignedVerifier({
  vaultIssuer,
  tenant,
  replays,
  runtime,
}: ClientSignedVerifierOptions): SubjectVerifier {
  const signatures = createClientSignatures()
  return {
    async verify({ client, token, tokenType, role = 'subject' }) {
      const jwt = readJwt(token)
      if (jwt === undefined) return refuse({ reason: 'malformed' })
      if (jwt.claims['iss'] !== client.id) return refuse({ reason: 'unknown_issuer' })
      if (jwt.type !== TYPE || tokenType !== JWT_TYPE) return refuse({ reason: 'wrong_type' })
      const issuer = role === 'actor' ? vaultIssuer : client.signedSubjects?.issuer
      if (issuer === undefined || (role === 'subject' && issuer === vaultIssuer)) {
        return refuse({ reason: 'issuer_not_allowed_for_client' })
      }
      if (!(await signatures.isSignedByClient(client, { jwt, token }))) {
        return refuse({ reason: 'bad_signature' })
      }

      const now = runtime.now()
      const signed = readClaims(jwt.claims, { client, role, issuer, vaultIssuer, now })
      if (!signed.ok) return signed
      const { subject, jti, issuedAt } = signed.value
      // Last, so that only tokens of the client itself can fill the store.
      const isFirstUse = await replays.remember({
        tenant,
        scope: `signed:${client.id}`,
        jti,
        expiresAt: issuedAt + MAX_AGE_SECONDS + 1,
        now,
      })
      return isFirstUse ? accept(subject) : refuse({ reason: 'replayed' })
    },
  }
}

interface Question {
  readonly client: Client
  readonly role: 'subject' | 'actor'
  /** Under which the name stands. */
  readonly issuer: string
  readonly vaultIssuer: string
  readonly now: number
}

interface SignedSubject {
  readonly subject: Subject
  readonly jti: string
  readonly issuedAt: number
}

function readClaims(
  claims: Jwt['claims'],
  { client, role, issuer, vaultIssuer, now }: Question,
): Result<SignedSubject, SubjectRefusal> {
  const { aud, sub, jti, iat, audit_context: auditContext } = claims
  // One string: a list would make the token good elsewhere, too (RV-25 for assertions).
  if (aud !== vaultIssuer) return refuse({ reason: 'wrong_audience' })
  if (!isNumericDate(iat)) return refuse({ reason: 'missing_claim', claim: 'iat' })
  const { exp = iat + MAX_AGE_SECONDS } = claims
  const untimely = checkTimes({ ...claims, exp }, { now, clockSkewSeconds: CLOCK_SKEW_SECONDS })
  if (untimely !== undefined) return refuse(untimely)
  if (now - iat > MAX_AGE_SECONDS) return refuse({ reason: 'too_old' })
  if (!isNumericDate(exp)) return refuse({ reason: 'malformed' })

  if (jti === undefined) return refuse({ reason: 'missing_claim', claim: 'jti' })
  if (!isSubject(jti) || jti.length > MAX_JTI_LENGTH) return refuse({ reason: 'malformed' })
  if (sub === undefined) return refuse({ reason: 'missing_claim', claim: 'sub' })
  if (!isSubject(sub)) return refuse({ reason: 'malformed' })
  // An actor names itself, a subject never does: the one must not pass for the other.
  const isOwnName = sub === client.id
  if (role === 'subject' && isOwnName) return refuse({ reason: 'not_a_user' })
  if (role === 'actor' && !isOwnName) return refuse({ reason: 'actor_not_permitted' })
  // Who acted before is for the vault to say, which has seen it, and for nobody else (RV-41).
  if (Object.hasOwn(claims, 'act')) return refuse({ reason: 'malformed' })
  const permitted = readParty(claims['may_act'])
  if (permitted === 'malformed' || !isAuditContext(auditContext)) {
    return refuse({ reason: 'malformed' })
  }
  const subject: Subject = {
    kind: 'client_signed',
    identity: { issuer, subject: sub },
    expiresAt: Math.floor(exp),
    ...(auditContext !== undefined && { auditContext }),
    ...(permitted !== undefined && { mayAct: permitted }),
  }
  return accept({ subject, jti, issuedAt: Math.floor(iat) })
}

function isAuditContext(value: unknown): value is string | undefined {
  if (value === undefined) return true
  return typeof value === 'string' && value !== '' && value.length <= MAX_AUDIT_CONTEXT_LENGTH
}
