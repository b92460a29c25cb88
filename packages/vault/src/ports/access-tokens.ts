import type { Identity } from '../domain/identity.ts'

/** Issues and reads the vault's own access tokens (RFC 9068). */
export interface AccessTokens {
  sign(token: MyAccountToken): Promise<string>
  /** The claims, when it is a live token of ours for this audience; `undefined` for everything else. */
  verify(token: string, audience: string): Promise<MyAccountToken | undefined>
}

/** What a token for the My Account API says. `userId` is provisional until the identity has connected or logged in once. */
export interface MyAccountToken {
  readonly audience: string
  readonly clientId: string
  readonly userId: string
  readonly identity: Identity
  readonly scopes: readonly string[]
  readonly issuedAt: number
  readonly expiresAt: number
}

/** The public keys as a JWK set, ready to be served. */
export interface PublicKeys {
  jwks(): Promise<{ readonly keys: readonly Readonly<Record<string, unknown>>[] }>
}
