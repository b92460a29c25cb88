import { createHash, timingSafeEqual } from 'node:crypto'

import type { SecretHasher } from '../ports/secret-hasher.ts'

/** No SHA-256 of anything known, so that an unknown client costs the comparison a known one costs (RV-24). */
const DUMMY = new Uint8Array(32)

/** SHA-256 hashes of bearer values, compared in constant time. */
export function createSecretHasher(): SecretHasher {
  return { hash, matchesAny }
}

function hash(secret: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(secret, 'utf8').digest())
}

function matchesAny(secret: string, hashes: readonly Uint8Array[]): boolean {
  const presented = hash(secret)
  let matched = false
  // No early exit: the time tells neither which one matched nor whether one did.
  for (const candidate of hashes.length === 0 ? [DUMMY] : hashes) {
    const wellFormed = candidate.length === presented.length
    const equal = timingSafeEqual(presented, wellFormed ? candidate : DUMMY)
    matched = (equal && wellFormed && hashes.length > 0) || matched
  }
  return matched
}
