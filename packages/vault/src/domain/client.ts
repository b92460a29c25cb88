/** An app or agent backend registered at the vault. Only confidential clients get provider tokens (RV-21). */
export interface Client {
  readonly tenant: string
  readonly id: string
  readonly name: string
  readonly authentication: ClientAuthenticationMethod
  readonly redirectUris: readonly string[]
  /** Grant types this client may use. */
  readonly grants: readonly GrantType[]
  /** What the client may have of each connection; a connection that is not listed is refused (R5, R7). */
  readonly connections: Readonly<Record<string, ClientConnectionPolicy>>
  /** Trusted issuers whose tokens this client may present as subject (R1). Default none. */
  readonly subjects: readonly ClientSubjectPolicy[]
  /** R8. */
  readonly consent: 'implied' | 'ask'
  /** My Account scopes the client may get for `audience` = `{issuer}me/`. */
  readonly myAccountScopes: readonly string[]
}

export type ClientAuthenticationMethod =
  /** `client_secret_basic` and `client_secret_post` alike. SHA-256 of each live secret, at most two (RV-23). */
  | { readonly method: 'client_secret'; readonly secretHashes: readonly Uint8Array[] }
  /** Public keys as a JWK set (RFC 7523, RV-25). */
  | {
      readonly method: 'private_key_jwt'
      readonly keys: readonly Readonly<Record<string, unknown>>[]
    }

export type GrantType = 'token_exchange' | 'auth0_token_exchange'

export interface ClientConnectionPolicy {
  /** Provider scopes the client may ask for; also what an exchange without `scope` means. */
  readonly scopes: readonly string[]
  /** What happens when the provider's token can do more than the client may have and cannot be narrowed (R7). */
  readonly overScope: 'allow' | 'refuse'
  /** May this client force a refresh where that kills the live access token of others (R17). */
  readonly forcedRefresh: 'allow' | 'refuse'
}

export interface ClientSubjectPolicy {
  readonly issuer: string
  /** Accepted `azp` (or `client_id`) values; used instead of `aud` where an issuer's tokens carry none (R1). */
  readonly azp?: readonly string[] | undefined
}

/** The client's policy for a connection. An own property only: `__proto__` is nobody's connection. */
export function connectionPolicyOf(
  client: Client,
  connection: string,
): ClientConnectionPolicy | undefined {
  return Object.hasOwn(client.connections, connection) ? client.connections[connection] : undefined
}
