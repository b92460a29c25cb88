import { base64url } from '../domain/base64url.ts'
import { randomText } from '../domain/random-text.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SecretHasher } from '../ports/secret-hasher.ts'

/** Ties a form to the browser it was sent to, so that no other site can have it submitted (RV-71). */
export interface FormTokens {
  /** A new value for this browser's cookie. */
  readonly newSeed: () => string
  /** The token to hide in a form: of this browser and this subject only. */
  readonly tokenFor: (seed: string, subject: string) => string
  readonly isTokenFor: (token: string, seed: string, subject: string) => boolean
}

/** What {@link FormTokens.newSeed} makes; anything else in the cookie is not ours. */
export const FORM_SEED = /^[0-9A-Za-z]{32}$/

export function createFormTokens({
  hasher,
  runtime,
}: {
  readonly hasher: SecretHasher
  readonly runtime: Runtime
}): FormTokens {
  // A seed has one length, so that no other pair of seed and subject reads the same.
  const input = (seed: string, subject: string): string => `${seed}.${subject}`
  const tokenFor = (seed: string, subject: string): string =>
    base64url(hasher.hash(input(seed, subject)))
  return {
    newSeed: () => randomText(runtime.randomBytes, 32),
    tokenFor,
    // Compared as hashes of both: in constant time.
    isTokenFor: (token, seed, subject) =>
      FORM_SEED.test(seed) && hasher.matchesAny(token, [hasher.hash(tokenFor(seed, subject))]),
  }
}
