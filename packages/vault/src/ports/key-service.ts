/** Holds the root key and never gives it out; wraps the tenant's keys (32 bytes). A KMS, or a local file. */
export interface KeyService {
  /** Names the root key in use, for `key_versions` rows and for people. */
  readonly id: string
  wrap(plaintext: Uint8Array, context: WrapContext): Promise<Uint8Array>
  /** @throws when the blob was not wrapped by this service's keys for this context. */
  unwrap(wrapped: Uint8Array, context: WrapContext): Promise<Uint8Array>
  /** Resolves when keys can be used; throws with the mend in the message otherwise. */
  check(): Promise<void>
}

export interface WrapContext {
  readonly tenant: string
  readonly purpose: string
  readonly version: number
}
