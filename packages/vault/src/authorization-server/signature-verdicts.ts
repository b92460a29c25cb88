import type { Runtime } from '../ports/runtime.ts'
import type { Jwt } from './read-jwt.ts'
import { createRecentEntries, type RecentEntries } from './recent-entries.ts'

/** How long a good signature is believed again: as long as a withdrawn key can still count (R23). */
const LIFE_SECONDS = 60

/** A token whose signature was good, with what it says. `Issuer` is the settings it was verified under, by identity. */
export interface SignatureVerdict<Issuer> {
  readonly jwt: Jwt
  readonly issuer: Issuer
}

/** By the fingerprint of the token. */
export type SignatureVerdicts<Issuer> = RecentEntries<SignatureVerdict<Issuer>>

/**
 * Remembers which tokens had a good signature, by the SHA-256 of the whole token, so that verifying one again is a
 * look-up (P4). Nothing that can change is in it: expiry, audience, client and `azp` are checked each time. Bad
 * signatures are not remembered. The claims are those of the hashed bytes; the token itself is not kept.
 */
export function createSignatureVerdicts<Issuer>({
  runtime,
}: {
  readonly runtime: Pick<Runtime, 'now'>
}): SignatureVerdicts<Issuer> {
  return createRecentEntries({ runtime, lifeSeconds: LIFE_SECONDS })
}
