import type { ImpliedScopes } from './scope.ts'

/** How a provider treats refresh tokens; decides what may be tried again (security: refresh correctness). */
export type RotationMode =
  /** The refresh token never changes. */
  | 'stable'
  /** The provider answers with the same refresh token, or may replace it while the old one stays valid. */
  | 'overlapping'
  /** The previous refresh token keeps working for `graceSeconds`. */
  | 'grace'
  /** Single use. A second presentation fails. The default for unknown providers. */
  | 'strict'

/** What the domain must know of a provider to decide; the composition root reads it off the catalog. */
export interface ProviderBehaviour {
  readonly rotation: RotationMode
  readonly graceSeconds?: number | undefined
  /** What revoking one token at the provider ends (R10). */
  readonly revocation: 'token' | 'grant' | 'unsupported'
  /** A refresh ends the access token that others are still using (GitHub App): forced refresh only by policy (R17). */
  readonly refreshKillsAccessToken: boolean
}

/** A configured provider with a client id, under a name. */
export interface Connection {
  readonly tenant: string
  /** Matches `[a-z0-9][a-z0-9-]*`; the `audience` of an exchange. */
  readonly name: string
  /** Catalog id, e.g. `google`. */
  readonly providerId: string
  /** Name for people, e.g. `Google`. */
  readonly displayName: string
  /** The vault's client id at the provider. */
  readonly clientId: string
  /** Absent: nobody can log in with it. */
  readonly login?: LoginFacts | undefined
  /** Provider scopes always asked for when connecting. */
  readonly scopes: readonly string[]
  /**
   * Asked for with every connect besides, since no ID token or refresh token would come without: `openid`,
   * `offline_access`. They are the vault's own concern, so that no policy and no consent has to name them. Absent: none.
   */
  readonly vaultScopes?: readonly string[] | undefined
  /** What its scopes cover beyond themselves: they are compared by that, never by name alone. Absent: nothing. */
  readonly impliedScopes?: ImpliedScopes | undefined
  /** What its scopes allow, for people; a scope without a text is shown by its name. Absent: none has one. */
  readonly scopeTexts?: ScopeTexts | undefined
  readonly behaviour: ProviderBehaviour
  /** Origins (with optional path prefix) that may receive this connection's tokens; told to SDKs as `api_origins`. */
  readonly apiOrigins: readonly string[]
  /** The provider answers 200 where it means 401 (Slack); told to SDKs as `api_errors`. */
  readonly apiErrors?: 'slack_ok_false' | undefined
  /** Origins a consent form may lead to (CSP `form-action`, R13). */
  readonly consentOrigins: readonly string[]
}

export type ScopeTexts = Readonly<Record<string, string>>

/** What a login with a connection needs. */
export interface LoginFacts {
  /** Whose names its users go by: `iss` of its ID tokens, else where its users log in. */
  readonly issuer: string
  /** Provider scopes without which it does not say who the user is. */
  readonly scopes: readonly string[]
}

export const CONNECTION_NAME = /^[a-z0-9][a-z0-9-]{0,127}$/
