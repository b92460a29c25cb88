export type KeyErrorCode =
  /** The file of the local key is missing, or is no regular file, or cannot be read. */
  | 'key_file_unusable'
  /** Others than the owner may read the file. */
  | 'key_file_exposed'
  /** The key has the wrong length, or does not look random. */
  | 'key_weak'
  /** The tenant key's version was disabled or destroyed. */
  | 'key_version_refused'
  /** The tenant has no key at all, and rows that were made with one. */
  | 'key_versions_missing'
  /** No key of the key service opens the stored tenant key. */
  | 'key_service_mismatch'

/** Keys cannot be used; the message says what to do. Never holds key material. */
export class KeyError extends Error {
  readonly code: KeyErrorCode

  constructor(code: KeyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'KeyError'
    this.code = code
  }
}
