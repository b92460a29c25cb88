import type { Secret } from './secret.ts'

/** A token for one of your own APIs, on behalf of the user. */
export interface ApiToken {
  readonly token: string
  /** `DPoP`: it is good only with proofs by the key of the `dpop` option (RFC 9449 section 7). */
  readonly tokenType: 'Bearer' | 'DPoP'
  /** Epoch seconds; `undefined` when the vault does not say. */
  readonly expiresAt: number | undefined
  readonly scopes: readonly string[]
}

/** The same, as it is kept. */
export interface KeptApiToken extends Omit<ApiToken, 'token'> {
  readonly token: Secret
}
