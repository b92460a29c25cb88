import type { Actor } from '../domain/identity.ts'
import { isObject } from './read-jwt.ts'

const MAX_ACTORS = 5
const MAX_SUBJECT_LENGTH = 1_024

/** A chain of `act` claims, outermost first. Only identities are kept: nothing else in it may count (RV-41). */
export function readActor(act: unknown, depth = 1): Actor | undefined | 'malformed' {
  if (act === undefined) return undefined
  const party = readParty(act)
  if (party === undefined || party === 'malformed' || depth > MAX_ACTORS) return 'malformed'
  const inner = isObject(act) ? readActor(act['act'], depth + 1) : undefined
  if (inner === 'malformed') return 'malformed'
  return inner === undefined ? party : { ...party, actor: inner }
}

/** What `act` and `may_act` name a party by (RFC 8693 section 4.1). */
export function readParty(
  claim: unknown,
): { readonly subject: string; readonly issuer?: string } | undefined | 'malformed' {
  if (claim === undefined) return undefined
  if (!isObject(claim)) return 'malformed'
  const { sub, iss } = claim
  if (!isSubject(sub) || (iss !== undefined && !isSubject(iss))) return 'malformed'
  return iss === undefined ? { subject: sub } : { subject: sub, issuer: iss }
}

/** The chain as a claim: who, and nothing of `exp`, `nbf` or `aud` (RV-41). */
export function toActClaim({ subject, issuer, actor }: Actor): Readonly<Record<string, unknown>> {
  return {
    sub: subject,
    ...(issuer !== undefined && { iss: issuer }),
    ...(actor !== undefined && { act: toActClaim(actor) }),
  }
}

/** A name as `sub` and `iss` carry it. */
export function isSubject(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_SUBJECT_LENGTH
}
