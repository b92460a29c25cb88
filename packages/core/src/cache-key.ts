import { isSigned, type Subject, type SubjectToken } from './subject-token.ts'
import type { CacheKey } from './token-cache.ts'

/** All that a token belongs to, but for the subject itself. */
export interface CacheKeyParts {
  readonly actor: SubjectToken | undefined
  /** What the token is for: the same parts in the same order for all tokens of one cache. */
  readonly target: readonly unknown[]
}

/** The key of one token: the whole tuple, so that nobody gets another's. */
export function cacheKey(subject: Subject, parts: CacheKeyParts): CacheKey {
  return { subject: subjectKey(subject), rest: restOfKey(subject, parts) }
}

/** The token, or the user's id: not the JWT signed for it, which is another at each request. */
export function subjectKey(subject: Subject): string {
  return isSigned(subject) ? subject.subject : subject.token
}

/** JSON keeps the parts apart: no two different tuples give the same text. */
export function restOfKey(subject: Subject, { actor, target }: CacheKeyParts): string {
  // An array is no text: an id can never be taken for a token of some type.
  const kind = isSigned(subject) ? [subject.auditContext ?? null] : subject.type
  return JSON.stringify([kind, actor?.token ?? null, actor?.type ?? null, ...target])
}
