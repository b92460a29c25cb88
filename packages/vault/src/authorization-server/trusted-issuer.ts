/** A login system whose JWTs say who the user is: pinned by configuration, never found through a token (RV-35). */
export interface TrustedIssuer {
  /** Exactly as in its tokens' `iss`. */
  readonly issuer: string
  readonly jwksUri: string
  /**
   * Accepted `aud`: one of them must be there. Without a list, the vault's own issuer is what `aud` must hold, and a
   * token without `aud` is judged by the `azp` list that the client then has to have (R1).
   */
  readonly audience?: readonly string[] | undefined
  /** Default: RS256, PS256, ES256, EdDSA. Never a symmetric one. */
  readonly algorithms?: readonly string[] | undefined
  /** Accepted `typ` headers. Default: `JWT`, `at+jwt`, or none. */
  readonly types?: readonly string[] | undefined
  /** Refuses tokens issued longer ago than this. Default: their `exp` alone decides. */
  readonly maxAgeSeconds?: number | undefined
  /** How far the issuer's clock may be off: at most 60, default 30. */
  readonly clockSkewSeconds?: number | undefined
  /** Whether an ID token, meant for the app alone, counts as subject. Default: `refuse`. */
  readonly idTokens?: 'refuse' | 'accept' | undefined
}
