import type { SigningAlgorithm } from '../domain/api.ts'
import type { Actor, Identity } from '../domain/identity.ts'

/** Issues and reads the vault's own access tokens (RFC 9068). */
export interface AccessTokens {
  /** `algorithm`: what its audience wants it signed with. Default: what the vault uses for itself. */
  sign(
    token: AccessToken,
    options?: { readonly algorithm?: SigningAlgorithm | undefined },
  ): Promise<string>
  /** What it says, when it is a live token of ours for this audience; `undefined` for everything else. */
  verify(token: string, audience: string): Promise<AccessToken | undefined>
}

/** What an access token of the vault says. */
export interface AccessToken {
  /** Its `jti`: unique, and no secret. */
  readonly id: string
  readonly audience: string
  readonly clientId: string
  /** In tokens for the My Account API it is provisional until the identity has connected or logged in once. */
  readonly userId: string
  /** For the vault's own users its issuer and the user's id. */
  readonly identity: Identity
  readonly scopes: readonly string[]
  /** Who acts for the user; absent in tokens that show the user alone. */
  readonly actor?: Actor | undefined
  /** The login that it came from. */
  readonly grantId?: string | undefined
  /** SHA-256 thumbprint of the key whose holder alone may use it (RFC 9449 section 6.1). */
  readonly keyThumbprint?: string | undefined
  readonly issuedAt: number
  readonly expiresAt: number
}

/** The public keys as a JWK set, ready to be served. */
export interface PublicKeys {
  jwks(): Promise<{ readonly keys: readonly Readonly<Record<string, unknown>>[] }>
}
