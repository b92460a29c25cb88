/** One of the deployment's own APIs: what a token of the vault can be made for, on behalf of a user (RFC 8707, RFC 9068). */
export interface Api {
  readonly tenant: string
  /** An absolute URI without a fragment: the `aud` of its tokens, compared exactly. */
  readonly identifier: string
  /** Name for people. */
  readonly name: string
  /** Every scope there is at this API. */
  readonly scopes: readonly string[]
  readonly tokenLifetimeSeconds: number
  /** What its tokens are signed with (R27). */
  readonly algorithm: SigningAlgorithm
}

export type SigningAlgorithm = 'RS256' | 'ES256'
