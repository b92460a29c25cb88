/**
 * `active` until the provider says no. `uncertain`: a refresh may or may not have spent the refresh token.
 * `reauth_required`: only the user can mend it. `revoked`: ended by user, admin or provider.
 * (Before `complete`, tokens are held by the attempt, never by an account.)
 */
export type AccountState = 'active' | 'uncertain' | 'reauth_required' | 'revoked'

/** Why an account needs the user; `reason` of `reconnect_required` on the wire. */
export type ReconnectReason = 'revoked' | 'expired' | 'rotation_lost' | 'account_changed'

export interface AccountKey {
  readonly tenant: string
  /** `cac_…`, matches {@link ACCOUNT_ID}. */
  readonly accountId: string
}

/** A user's link to one provider account over one connection. Token columns are sealed; times are NumericDate seconds. */
export interface Account {
  readonly tenant: string
  readonly id: string
  /** `usr_…` */
  readonly userId: string
  readonly connection: string
  /** The provider's own stable id of the account (RV-69). */
  readonly providerAccountId: string
  /** What a person calls it, usually an e-mail. Attacker-controlled text. */
  readonly label: string
  readonly state: AccountState
  readonly reconnectReason?: ReconnectReason | undefined
  /** Provider scopes granted, without duplicates. */
  readonly scopes: readonly string[]
  /** Grows by one with each stored token; never restarts, not by reconnecting either (R17). */
  readonly generation: number
  /** Sealed under {@link AccountSealColumn} and {@link Account.generation}. */
  readonly accessToken: Uint8Array
  readonly refreshToken?: Uint8Array | undefined
  /** When the access token was asked for (request start, not response time). */
  readonly accessIssuedAt: number
  /** Absent when the provider gives no expiry. */
  readonly accessExpiresAt?: number | undefined
  readonly refreshExpiresAt?: number | undefined
  readonly refresh: RefreshBookkeeping
  readonly createdAt: number
  readonly updatedAt: number
}

/** Lease, intent and back-off of refreshing; meaning in the refresh algorithm (docs/concepts.md). */
export interface RefreshBookkeeping {
  readonly leaseId?: string | undefined
  readonly leaseUntil?: number | undefined
  /** Written before the provider is called: equal to `generation` means the refresh token may have been spent. */
  readonly attemptGeneration?: number | undefined
  readonly attemptStartedAt?: number | undefined
  readonly failCount: number
  readonly nextAttemptAt?: number | undefined
  readonly lastErrorCode?: string | undefined
}

export type AccountSealColumn = 'access_token' | 'refresh_token'

/** The wire's pattern for a connected account's id. */
export const ACCOUNT_ID = /^cac_[A-Za-z0-9]{1,64}$/
