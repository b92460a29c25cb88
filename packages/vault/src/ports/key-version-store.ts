/** A tenant key as stored: wrapped by the key service. */
export interface KeyVersion {
  readonly tenant: string
  readonly version: number
  readonly wrapped: Uint8Array
  readonly keyServiceId: string
  readonly state: 'active' | 'decrypt_only' | 'disabled' | 'destroyed'
  readonly createdAt: number
}

export interface KeyVersionStore {
  list(query: { readonly tenant: string }): Promise<readonly KeyVersion[]>
  /**
   * False when the version exists already (two processes starting at once), and for the first version of a tenant that
   * has rows made with keys: those keys are gone, and a new one opens nothing. One atomic step.
   */
  insert(version: KeyVersion): Promise<boolean>
}
