import type { ProviderDefinition } from '@valetkey/providers'

/**
 * What a vault is made of. Secrets are references in files: `env:NAME` (an environment variable) or `file:PATH`
 * (relative to the configuration file). Code may also give them literally.
 */
export interface VaultConfig {
  /**
   * The vault's public address, exactly as in every `iss`: `https://host/` with the slash at the end. `http:` on
   * loopback only. May be absent only for `startVault` on loopback, which then takes the address it listens on.
   */
  readonly issuer?: string | undefined
  readonly storage: StorageConfig
  readonly keys: KeysConfig
  /** Default: none. */
  readonly connections?: readonly ConnectionConfig[] | undefined
  /** Default: none. */
  readonly clients?: readonly ClientConfig[] | undefined
  /** Your own APIs, for which the vault issues access tokens on behalf of users. Default: none. */
  readonly apis?: readonly ApiConfig[] | undefined
  /** How people log in at the vault itself. */
  readonly login?: LoginConfig | undefined
  /** Login systems whose JWTs say who the user is. Default: none. */
  readonly trustedIssuers?: readonly TrustedIssuerConfig[] | undefined
  /** Default: the peer's own address is the caller's, and `X-Forwarded-For` is ignored. */
  readonly proxy?: ProxyConfig | undefined
  readonly audit?: AuditConfig | undefined
  /** Who may administer the running vault. Default: nobody, and there is no admin API. */
  readonly admin?: AdminConfig | undefined
  readonly limits?: LimitsConfig | undefined
  readonly outbound?: OutboundConfig | undefined
  readonly development?: DevelopmentConfig | undefined
}

export interface StorageConfig {
  /** File of the SQLite database, relative to the configuration file. Made when it does not exist. */
  readonly sqlite: string
}

export interface KeysConfig {
  /** The root key, 32 bytes: `file:PATH` (readable by its owner only), `env:NAME` (base64url or hex), or the bytes themselves from code. */
  readonly local: string | Uint8Array
}

/** A provider with the client id and secret that the vault has there, under a name. */
export interface ConnectionConfig {
  /** Lower-case letters, digits and hyphens, up to 128: the `audience` of an exchange. */
  readonly name: string
  /** Id in the catalog (`google`, `github`, …), or a definition made by `customOAuth2` or `customOidc`. */
  readonly provider: string | ProviderDefinition
  /** Name for people. Default: the provider's. */
  readonly displayName?: string | undefined
  readonly clientId: string
  readonly clientSecret: string
  /** Provider scopes asked for with every connect. Default: none. */
  readonly scopes?: readonly string[] | undefined
}

/** One of your own APIs: what an exchange with its identifier as `audience` gives a token for (RFC 8693, RFC 9068). */
export interface ApiConfig {
  /** An absolute URI without a fragment, exactly as in `aud`. */
  readonly identifier: string
  /** Name for people. Default: the identifier. */
  readonly name?: string | undefined
  /** Every scope there is at this API. */
  readonly scopes: readonly string[]
  /** From 60 to 86,400. Default: 600. A token never outlives the subject token it was made from. */
  readonly tokenLifetimeSeconds?: number | undefined
  /** What its tokens are signed with. Default: `RS256`. */
  readonly algorithm?: 'RS256' | 'ES256' | undefined
}

export interface LoginConfig {
  /**
   * Connections that people may log in with, by name; a login system of your own is a connection made with `customOidc`.
   * Default: all.
   */
  readonly connections?: readonly string[] | undefined
  /** A login is remembered for so long after its last use, from 60 to 31,536,000. Default: 86,400, a day. */
  readonly sessionSeconds?: number | undefined
}

/** An app or agent backend. Confidential ones have a secret, or keys; only they get provider tokens. */
export interface ClientConfig {
  readonly id: string
  /** Name for people, shown on the consent page. Default: the id. */
  readonly name?: string | undefined
  /** `public`: an app on the user's own device, without a secret. It may log users in and nothing else. Default: `confidential`. */
  readonly type?: 'confidential' | 'public' | undefined
  /** At least 32 characters. Two while one replaces the other. Give this or `jwks`. */
  readonly secret?: string | readonly string[] | undefined
  /** Public keys for `private_key_jwt` (RFC 7523). Give this or `secret`. */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] } | undefined
  /** Where logging in and connecting may return to; compared exactly. Default: none. */
  readonly redirectUris?: readonly string[] | undefined
  /** Where the browser may return to after a logout; compared exactly. Default: none. */
  readonly postLogoutRedirectUris?: readonly string[] | undefined
  /** Origins whose scripts may call the vault, such as `https://app.example.com`; for public clients. Default: none. */
  readonly origins?: readonly string[] | undefined
  /**
   * What it may ask the token endpoint for. Default: `token_exchange` and `auth0_token_exchange`; for a public client
   * `authorization_code` and `refresh_token`.
   */
  readonly grants?: readonly GrantName[] | undefined
  /** What the client may have of each connection, by its name; others are refused. Default: none. */
  readonly connections?: Readonly<Record<string, ClientConnectionConfig>> | undefined
  /** What the client may have of each of your own APIs, by its identifier; others are refused. Default: none. */
  readonly apis?: Readonly<Record<string, ClientApiConfig>> | undefined
  /** The identifier of the API that this client is: it may exchange the access tokens that callers bring it. Default: none. */
  readonly api?: string | undefined
  /** Trusted issuers whose tokens the client may present, as issuer or with the accepted `azp`. Default: none. */
  readonly subjects?: readonly (string | ClientSubjectConfig)[] | undefined
  /**
   * Lets a client with `jwks` name the user itself, by a JWT that it signs (`typ: token-vault-req+jwt`): for apps whose
   * login system has no token that others can read. Default: not allowed.
   */
  readonly signedSubjects?: ClientSignedSubjectConfig | undefined
  /** Ids of other clients whose tokens it may present as actor, besides its own. Default: none. */
  readonly actors?: readonly string[] | undefined
  /** Whether it may have tokens for APIs without `act`, which show the user alone. Default: `refuse`. */
  readonly impersonation?: 'refuse' | 'allow' | undefined
  /**
   * `implied` for apps of your own; with `ask`, the client gets tokens only of accounts that the user allowed it to use,
   * on a page of the vault's. Default: `implied`.
   */
  readonly consent?: 'implied' | 'ask' | undefined
  /** What its tokens for the connected-accounts API may do. Default: everything. */
  readonly myAccountScopes?: readonly string[] | undefined
  readonly refreshTokens?: RefreshTokenConfig | undefined
  /** What its ID tokens are signed with. Default: `RS256`. */
  readonly idTokenAlgorithm?: 'RS256' | 'ES256' | undefined
  /** `required` refuses requests without a proof of possession (RFC 9449). Default: `optional`. */
  readonly dpop?: 'optional' | 'required' | undefined
  /** Where the vault tells it that a session has ended (OpenID Connect Back-Channel Logout). Default: nowhere. */
  readonly backchannelLogoutUri?: string | undefined
}

export type GrantName =
  | 'authorization_code'
  | 'refresh_token'
  | 'device_code'
  | 'ciba'
  | 'token_exchange'
  | 'auth0_token_exchange'

export interface ClientApiConfig {
  /** Scopes of the API that the client may ask for; also what a request without `scope` gets. */
  readonly scopes: readonly string[]
}

export interface ClientSignedSubjectConfig {
  /** The issuer under which the names stand that the client signs, such as the app's own address. */
  readonly issuer: string
  /** Connections that such a subject is good for, by name. */
  readonly connections: readonly string[]
}

/** How long a login lasts for a client. */
export interface RefreshTokenConfig {
  /**
   * `always` gives a new refresh token with each use and refuses the old one. Default: `never` for a confidential client,
   * whose refresh tokens are of use to nobody else and may be exchanged by many processes; `always` for a public one.
   */
  readonly rotation?: 'always' | 'never' | undefined
  /** How long a used one is answered with the same successor, 0 to 300. Default: 30. */
  readonly graceSeconds?: number | undefined
  /** Default: 1,209,600, two weeks. */
  readonly idleSeconds?: number | undefined
  /** Default: 31,536,000, a year. */
  readonly absoluteSeconds?: number | undefined
}

export interface ClientConnectionConfig {
  /** Provider scopes the client may ask for; also what an exchange without `scope` gets. */
  readonly scopes: readonly string[]
  /** When the provider's token can do more than these scopes and cannot be narrowed. Default: `allow`, and `refuse` where `consent` is `ask`. */
  readonly overScope?: 'allow' | 'refuse' | undefined
  /** May it force a refresh that ends the access token others use (GitHub App). Default: `refuse`. */
  readonly forcedRefresh?: 'allow' | 'refuse' | undefined
}

export interface ClientSubjectConfig {
  readonly issuer: string
  /** Accepted `azp` values, or `client_id` in tokens without `azp`; needed where the issuer's tokens carry no `aud`. */
  readonly azp?: readonly string[] | undefined
}

/** A login system, known by its pinned keys. */
export interface TrustedIssuerConfig {
  /** Exactly as in its tokens' `iss`. */
  readonly issuer: string
  /** Accepted `aud`. Default: the vault's own issuer; tokens without `aud` then need a client that lists their `azp`. */
  readonly audience?: string | readonly string[] | undefined
  readonly jwksUri: string
  /** Default: RS256, PS256, ES256, EdDSA. */
  readonly algorithms?: readonly string[] | undefined
  /** Accepted `typ` headers. Default: any of `JWT`, `at+jwt`, or none. */
  readonly types?: readonly string[] | undefined
  /** Refuses tokens issued longer ago than this. Default: their `exp` alone decides. */
  readonly maxAgeSeconds?: number | undefined
  /** How far its clock may be off, at most 60. Default: 30. */
  readonly clockSkewSeconds?: number | undefined
  /** Whether an ID token, which is meant for the app alone, says who the user is. Default: `refuse`. */
  readonly idTokens?: 'refuse' | 'accept' | undefined
}

export interface ProxyConfig {
  /** How many proxies in front of the vault append to `X-Forwarded-For`. */
  readonly trustedHops: number
}

export interface AdminConfig {
  readonly clients: readonly AdminClientConfig[]
  /** Address to listen on, with `port`. Default: `127.0.0.1`. */
  readonly host?: string | undefined
  /** A port of its own for the admin API, which then answers nowhere else. Default: where everything else answers. */
  readonly port?: number | undefined
}

/** A tool or person of the operator's. Its credential is of no use anywhere else. */
export interface AdminClientConfig {
  readonly id: string
  /** At least 32 characters, and no app's. Two while one replaces the other. Give this or `jwks`. */
  readonly secret?: string | readonly string[] | undefined
  /** Public keys, for a signed JWT with each request. Give this or `secret`. */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] } | undefined
  /** `vault:read` looks, `vault:write` changes. */
  readonly scopes: readonly ('vault:read' | 'vault:write')[]
}

export interface AuditConfig {
  /** Where signed heads of the audit log are appended, relative to the configuration file. Keep it off the database's disk. */
  readonly headFile?: string | undefined
}

export interface LimitsConfig {
  /** Failed client authentications a minute from one address before it has to wait. Default: 30. */
  readonly failedAuthenticationsPerMinute?: number | undefined
  /** Connect pages and callbacks that lead nowhere, a minute from one address, before it is told to wait. Default: 120. */
  readonly connectPagesPerMinute?: number | undefined
  /** Connect flows that one user may start within ten minutes without completing any. Default: 20. */
  readonly pendingConnectsPerUser?: number | undefined
  /** Calls of the connected-accounts API a minute, for one user through one client. Default: 300. */
  readonly accountCallsPerMinute?: number | undefined
}

export interface OutboundConfig {
  /**
   * `host:port` of providers and login systems in your own network, such as `idp.internal:8443`. Compared exactly, https
   * only. Default: none; the vault calls public addresses on port 443 and nothing else.
   */
  readonly allowedHosts?: readonly string[] | undefined
}

export interface DevelopmentConfig {
  /**
   * Lets providers and trusted issuers be `http:` on 127.0.0.1, [::1] and localhost, and lets the vault call them there.
   * Refused where the vault's own issuer is anywhere else.
   *
   * @deprecated for local development only
   */
  readonly dangerouslyAllowLoopbackHttp?: boolean | undefined
}
