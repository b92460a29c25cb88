/** Authenticated encryption for storage. What a value belongs to is authenticated with it, so that no sealed value can be moved. */
export interface Sealer {
  seal(plaintext: string, context: SealContext): Promise<Uint8Array>
  /** @throws {DecryptError} one error for a wrong key, a wrong context and a damaged blob alike. */
  open(sealed: Uint8Array, context: SealContext): Promise<string>
  /** For a value that was opened before: @throws what {@link Sealer.open} would for the key of the value alone. */
  checkKey(sealed: Uint8Array): Promise<void>
}

/** Authenticated as associated data, together with tenant and key version. */
export interface SealContext {
  readonly tenant: string
  /** Which record: user and account of an account's token, or the record's kind and id elsewhere. */
  readonly owner: string
  readonly record: string
  readonly column: string
  readonly generation: number
  /** Further columns of the row under which the value would mean something else, in an order of the column's own. */
  readonly bindings: readonly string[]
}
