/**
 * A sealed value could not be opened. Deliberately one error for a wrong key, a wrong context and a damaged value:
 * a difference would be an oracle.
 */
export class DecryptError extends Error {
  readonly code = 'decrypt_failed'

  constructor() {
    super(
      'A sealed value could not be opened: it was altered, moved from another record, or sealed with another key. ' +
        'Restore the row and the key from the same backup.',
    )
    this.name = 'DecryptError'
  }
}
