/** The vault's own signing keys; the private half is sealed. */
export interface StoredSigningKey {
  readonly tenant: string
  readonly kid: string
  readonly algorithm: 'RS256' | 'ES256'
  /** Public JWK, as published. */
  readonly publicKey: Readonly<Record<string, unknown>>
  readonly privateKey: Uint8Array
  readonly createdAt: number
  /** Counts from 1 among the keys of its algorithm. */
  readonly position: number
}

export interface SigningKeyStore {
  /** By algorithm, then by position. */
  list(query: { readonly tenant: string }): Promise<readonly StoredSigningKey[]>
  /** False when a key of this tenant and algorithm has the position already: another process made it. */
  insert(key: StoredSigningKey): Promise<boolean>
  /** Idempotent. */
  remove(key: { readonly tenant: string; readonly kid: string }): Promise<void>
}
