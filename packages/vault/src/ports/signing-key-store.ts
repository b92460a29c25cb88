/** The vault's own signing keys; the private half is sealed. */
export interface StoredSigningKey {
  readonly tenant: string
  readonly kid: string
  readonly algorithm: 'RS256' | 'ES256'
  /** Public JWK, as published. */
  readonly publicKey: Readonly<Record<string, unknown>>
  readonly privateKey: Uint8Array
  readonly createdAt: number
}

export interface SigningKeyStore {
  list(query: { readonly tenant: string }): Promise<readonly StoredSigningKey[]>
  /** False when a key of this tenant and algorithm exists already. */
  insertFirst(key: StoredSigningKey): Promise<boolean>
}
