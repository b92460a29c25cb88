import type { SubjectRefusal } from '../domain/subject.ts'
import type { Jwt } from './read-jwt.ts'

export interface TimeExpectations {
  readonly now: number
  /** How far the issuer's clock may be off. */
  readonly clockSkewSeconds: number
  /** Refuses tokens issued longer ago than this. Absent: `exp` alone decides. */
  readonly maxAgeSeconds?: number | undefined
}

/** When a token counts: from `iat` and `nbf` to `exp`, and not too long (RFC 7519 section 4.1). */
export function checkTimes(
  { exp, iat, nbf }: Jwt['claims'],
  { now, clockSkewSeconds: skew, maxAgeSeconds }: TimeExpectations,
): SubjectRefusal | undefined {
  if (!isNumericDate(exp)) return { reason: 'missing_claim', claim: 'exp' }
  if (!isNumericDate(iat)) return { reason: 'missing_claim', claim: 'iat' }
  if (nbf !== undefined && !isNumericDate(nbf)) return { reason: 'malformed' }
  if (exp + skew <= now) return { reason: 'expired', expiredAt: exp }
  if (iat - skew > now) return { reason: 'not_yet_valid' }
  if (nbf !== undefined && nbf - skew > now) return { reason: 'not_yet_valid' }
  if (maxAgeSeconds !== undefined && now - iat - skew > maxAgeSeconds) return { reason: 'too_old' }
  return undefined
}

/** RFC 7519 section 2. Beyond safe integers, arithmetic on time would not mean anything. */
export function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}
