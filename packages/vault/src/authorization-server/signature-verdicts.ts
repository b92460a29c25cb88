import type { Runtime } from '../ports/runtime.ts'
import type { Jwt } from './read-jwt.ts'

/** How long a good signature is believed again: as long as a withdrawn key can still count (R23). */
const LIFE_SECONDS = 60
const MAX_ENTRIES = 10_000

/** A token whose signature was good, with what it says. `Issuer` is the settings it was verified under, by identity. */
export interface SignatureVerdict<Issuer> {
  readonly jwt: Jwt
  readonly issuer: Issuer
}

export interface SignatureVerdicts<Issuer> {
  get(fingerprint: string): SignatureVerdict<Issuer> | undefined
  remember(fingerprint: string, verdict: SignatureVerdict<Issuer>): void
}

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
  // In the order of `until`, since every entry lives equally long.
  const entries = new Map<string, { verdict: SignatureVerdict<Issuer>; until: number }>()

  return {
    get(fingerprint) {
      const entry = entries.get(fingerprint)
      return entry !== undefined && runtime.now() < entry.until ? entry.verdict : undefined
    },
    remember(fingerprint, verdict) {
      const now = runtime.now()
      for (const [oldest, { until }] of entries) {
        if (until > now && entries.size < MAX_ENTRIES) break
        entries.delete(oldest)
      }
      entries.delete(fingerprint)
      entries.set(fingerprint, { verdict, until: now + LIFE_SECONDS })
    },
  }
}
