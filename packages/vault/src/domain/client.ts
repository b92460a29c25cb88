import type { SigningAlgorithm } from './api.ts'

/**
 * An app or agent backend registered at the vault. A public one (`none`) may log users in, and nothing else: provider
 * tokens go to confidential clients only (RV-21).
 */
export interface Client {
  readonly tenant: string
  readonly id: string
  readonly name: string
  readonly authentication: ClientAuthenticationMethod
  readonly redirectUris: readonly string[]
  /** Where the browser may end after a logout. */
  readonly postLogoutRedirectUris: readonly string[]
  /** Origins whose scripts may call the vault; public clients alone have any (R26). */
  readonly origins: readonly string[]
  /** Grant types this client may use. */
  readonly grants: readonly GrantType[]
  /** What the client may have of each connection; a connection that is not listed is refused (R5, R7). */
  readonly connections: Readonly<Record<string, ClientConnectionPolicy>>
  /** What the client may have of the deployment's own APIs, by identifier; an API that is not listed is refused. */
  readonly apis: Readonly<Record<string, ClientApiPolicy>>
  /** The API that this client is: tokens made for it are subjects that it may present (R3). */
  readonly api?: string | undefined
  /** Trusted issuers whose tokens this client may present as subject (R1). Default none. */
  readonly subjects: readonly ClientSubjectPolicy[]
  /** May it name the user itself, by a JWT that it signs, and for what (R2). Default: not at all. */
  readonly signedSubjects?: ClientSignedSubjectPolicy | undefined
  /** Other clients whose tokens it may present as actor, besides its own (RV-40). */
  readonly actors: readonly string[]
  /** Whether tokens for APIs may come without `act` (R5). */
  readonly impersonation: 'refuse' | 'allow'
  /** R8. */
  readonly consent: 'implied' | 'ask'
  /** My Account scopes the client may get for `audience` = `{issuer}me/`. */
  readonly myAccountScopes: readonly string[]
  readonly refreshTokens: RefreshTokenPolicy
  /** What its ID tokens are signed with (R27). */
  readonly idTokenAlgorithm: SigningAlgorithm
  /** Whether its tokens are bound to a key of its own (RFC 9449). */
  readonly dpop: 'optional' | 'required'
  /** Where the vault tells that a session has ended (OpenID Connect Back-Channel Logout). */
  readonly backchannelLogoutUri?: string | undefined
}

export type ClientAuthenticationMethod =
  /** `client_secret_basic` and `client_secret_post` alike. SHA-256 of each live secret, at most two (RV-23). */
  | { readonly method: 'client_secret'; readonly secretHashes: readonly Uint8Array[] }
  /** Public keys as a JWK set (RFC 7523, RV-25). */
  | {
      readonly method: 'private_key_jwt'
      readonly keys: readonly Readonly<Record<string, unknown>>[]
    }
  /** A public client: an app on the user's own device. */
  | { readonly method: 'none' }

export const GRANT_TYPES = [
  'authorization_code',
  'refresh_token',
  'device_code',
  'ciba',
  'token_exchange',
  'auth0_token_exchange',
] as const
export type GrantType = (typeof GRANT_TYPES)[number]

export interface ClientConnectionPolicy {
  /** Provider scopes the client may ask for; also what an exchange without `scope` means. */
  readonly scopes: readonly string[]
  /** What happens when the provider's token can do more than the client may have and cannot be narrowed (R7). */
  readonly overScope: 'allow' | 'refuse'
  /** May this client force a refresh where that kills the live access token of others (R17). */
  readonly forcedRefresh: 'allow' | 'refuse'
}

export interface ClientApiPolicy {
  /** Scopes of the API that the client may ask for; also what a request without `scope` means. */
  readonly scopes: readonly string[]
}

export interface ClientSubjectPolicy {
  readonly issuer: string
  /** Accepted `azp` (or `client_id`) values; used instead of `aud` where an issuer's tokens carry none (R1). */
  readonly azp?: readonly string[] | undefined
}

export interface ClientSignedSubjectPolicy {
  /** Under which issuer the names stand that the client signs; with the name it is the user's identity. */
  readonly issuer: string
  /** The connections that such a subject is good for (R2). */
  readonly connections: readonly string[]
}

export interface RefreshTokenPolicy {
  /** `always` gives a new one with each use, and refuses the old one (RFC 9700 section 4.14.2). */
  readonly rotation: 'always' | 'never'
  /** How long the old one is answered with the same successor (RV-51). */
  readonly graceSeconds: number
  /** It ends when it is not used for so long (RV-54). */
  readonly idleSeconds: number
  /** It ends so long after the login, used or not (RV-54). */
  readonly absoluteSeconds: number
}

/** The client's policy for a connection. An own property only: `__proto__` is nobody's connection. */
export function connectionPolicyOf(
  client: Client,
  connection: string,
): ClientConnectionPolicy | undefined {
  return Object.hasOwn(client.connections, connection) ? client.connections[connection] : undefined
}

/** The client's policy for an API, by its identifier. */
export function apiPolicyOf(client: Client, identifier: string): ClientApiPolicy | undefined {
  return Object.hasOwn(client.apis, identifier) ? client.apis[identifier] : undefined
}

/** Whether a user that the client names itself is good for this connection (R2). */
export function maySignFor({ signedSubjects }: Client, connection: string): boolean {
  return signedSubjects?.connections.includes(connection) === true
}

/** Grants by which providers' tokens, or a user's attention, are had: for confidential clients alone (RV-21). */
export const CONFIDENTIAL_GRANTS: readonly GrantType[] = [
  'token_exchange',
  'auth0_token_exchange',
  'ciba',
]

/** Whether the client may use the grant (RFC 6749 section 5.2: `unauthorized_client`), whatever it was registered with. */
export function mayUseGrant(client: Client, grant: GrantType): boolean {
  return (
    client.grants.includes(grant) &&
    (isConfidential(client) || !CONFIDENTIAL_GRANTS.includes(grant))
  )
}

/** Whether only the holder of a secret can speak for it (RFC 6749 section 2.1). */
export function isConfidential({ authentication }: Client): boolean {
  return authentication.method !== 'none'
}
