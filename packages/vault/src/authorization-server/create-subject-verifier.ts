import { refuse } from '../domain/result.ts'
import type { SubjectVerifier } from '../ports/subject-verifier.ts'
import { JWT_TOKEN_TYPES, REFRESH_TOKEN_TYPE } from './token-types.ts'

export interface SubjectVerifierOptions {
  /** Each says `unknown_issuer` of a token that does not claim to be of its issuers. */
  readonly jwts: readonly SubjectVerifier[]
  /** For the vault's own refresh tokens (RV-33). Default: none is taken. */
  readonly refreshTokens?: SubjectVerifier | undefined
}

/**
 * Sends a token to whoever can judge it: by its declared type (RFC 8693 section 3), and a JWT then by the issuer that it
 * claims. What one of them refuses, no other is asked about.
 */
export function createSubjectVerifier({
  jwts,
  refreshTokens,
}: SubjectVerifierOptions): SubjectVerifier {
  return {
    async verify(request) {
      const { tokenType, role = 'subject' } = request
      // It is a login that goes on, and names nobody who acts.
      if (tokenType === REFRESH_TOKEN_TYPE && role === 'subject' && refreshTokens !== undefined) {
        return await refreshTokens.verify(request)
      }
      if (!JWT_TOKEN_TYPES.includes(tokenType)) return refuse({ reason: 'unsupported_token_type' })
      for (const verifier of jwts) {
        const verdict = await verifier.verify(request)
        if (verdict.ok || verdict.refusal.reason !== 'unknown_issuer') return verdict
      }
      return refuse({ reason: 'unknown_issuer' })
    },
  }
}
