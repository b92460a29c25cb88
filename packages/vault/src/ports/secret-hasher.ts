/** Hashes of bearer values, compared in constant time (RV-23, RV-24). High-entropy input only: no slow hash. */
export interface SecretHasher {
  /** SHA-256. */
  hash(secret: string): Uint8Array
  /** Compares with every candidate, and with a dummy when there is none, in time that does not tell which matched. */
  matchesAny(secret: string, hashes: readonly Uint8Array[]): boolean
}
