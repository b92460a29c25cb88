/** What login systems said of a user at the last login, for ID tokens and `/userinfo` (OpenID Connect Core section 5.1). */
export interface Profile {
  readonly name?: string | undefined
  readonly picture?: string | undefined
  readonly email?: string | undefined
  readonly isEmailVerified?: boolean | undefined
}

export interface ProfileStore {
  /** Empty for a user of whom nothing is known. */
  find(userId: string): Promise<Profile>
  replace(userId: string, profile: Profile): Promise<void>
}
