export type StorageErrorCode =
  /** The file or its folder cannot be used. */
  | 'storage_unusable'
  /** The schema was made by a newer version, which says this one is too old for it. */
  | 'schema_too_new'

/** The store cannot be opened; the message says what to do. */
export class StorageError extends Error {
  readonly code: StorageErrorCode

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StorageError'
    this.code = code
  }
}
