/** What a provider's token endpoint gave, validated (RV-93) and in our terms. Plain text: seal before storing. */
export interface ProviderTokens {
  readonly accessToken: string
  /** Absent when the answer had none: the stored one stays (RFC 6749 section 6). */
  readonly refreshToken?: string | undefined
  /** NumericDate, counted from the start of the request; absent when the provider gives no expiry. */
  readonly accessExpiresAt?: number | undefined
  readonly refreshExpiresAt?: number | undefined
  /** Granted scopes as returned; absent when the provider says nothing, which means as asked (RFC 6749 section 3.3). */
  readonly scopes?: readonly string[] | undefined
  /** NumericDate of the request's start. */
  readonly issuedAt: number
}

/** Which account at the provider the tokens belong to. `label` is attacker-controlled text. */
export interface ProviderAccount {
  readonly providerAccountId: string
  readonly label: string
  /** What the provider says of the person, for logins (OpenID Connect Core section 5.1). Attacker-controlled text. */
  readonly profile?: ProviderProfile | undefined
}

export interface ProviderProfile {
  readonly name?: string | undefined
  readonly picture?: string | undefined
  readonly email?: string | undefined
  readonly isEmailVerified?: boolean | undefined
  /** NumericDate of the login at the provider, where it says so. */
  readonly authenticatedAt?: number | undefined
}

/**
 * Why a call to a provider failed, in the three classes that lead to different acts.
 * `permanent`: the grant is gone (`invalid_grant` and its kin): the user must reconnect.
 * `operator`: our client is refused: every account of the connection fails, no user can mend it.
 * `transient`: everything else.
 */
export interface ProviderFailure {
  readonly kind: 'permanent' | 'operator' | 'transient'
  /** Short code without provider text, e.g. `invalid_grant`, `timeout`, `http_503`, `not_json`, `connect_failed`. */
  readonly code: string
  /** False when it is proven that the refresh token was not spent (R15): never sent, 429, `invalid_client`. */
  readonly mayHaveBeenSpent: boolean
  readonly retryAfterSeconds?: number | undefined
}
