/**
 * Whether a sealed value will never be opened again: altered, moved, or its key destroyed. Everything else that opening
 * can fail with, such as a key service that is away, may pass.
 */
export function isUnreadable(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'decrypt_failed' || error.code === 'key_version_refused')
  )
}
