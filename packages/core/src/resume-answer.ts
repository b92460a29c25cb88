/** What a browser answers to a pause. It proves nothing: the vault is asked again. */
export interface ResumeAnswer {
  readonly type: 'valetkey.resume'
  readonly version: 1
  /** `done`: look again. `declined`: go on without. */
  readonly outcome: 'done' | 'declined'
}

/**
 * True for a user who will not do what the pause asks for. Whatever else a client sends means "look
 * again". Never throws.
 */
export function isDeclined(value: unknown): boolean {
  try {
    if (typeof value !== 'object' || value === null) return false
    const answer = new Map<string, unknown>(Object.entries(value))
    return (
      answer.size === 3 &&
      answer.get('type') === 'valetkey.resume' &&
      answer.get('version') === 1 &&
      answer.get('outcome') === 'declined'
    )
  } catch {
    return false
  }
}
