import { Buffer } from 'node:buffer'

import { compactVerify, type CryptoKey, errors, importJWK, type JWK } from 'jose'

import { isObject } from './read-jwt.ts'

/** Signature algorithms that a verifier may allow: asymmetric only, so that no public key is ever used as an HMAC secret. */
export const SIGNATURE_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const

/** RV-38. */
export const DEFAULT_SIGNATURE_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const

const MIN_RSA_BITS = 2048

/** Which key a signature asks for. `keyId` is only ever compared, never used to find a file, a row or an address. */
export interface KeyQuery {
  readonly algorithm: string
  readonly keyId?: string | undefined
}

/**
 * The keys of a JWK set that may verify this: right kind for the algorithm, for signatures (not `use: enc`), strong
 * enough, and with this `kid` if one was named. Members of private keys are dropped.
 */
export function suitableKeys(keys: readonly unknown[], query: KeyQuery): readonly JWK[] {
  return keys.flatMap((key) => {
    if (!isObject(key)) return []
    if (query.keyId !== undefined && key['kid'] !== query.keyId) return []
    if (!isForSignatures(key) || !isForAlgorithm(key, query.algorithm)) return []
    const publicKey = toPublicKey(key, query.algorithm)
    return publicKey === undefined ? [] : [publicKey]
  })
}

/** Imports a key that {@link suitableKeys} gave; `undefined` when its numbers make no key. */
export async function importVerificationKey(
  key: JWK,
  algorithm: string,
): Promise<CryptoKey | undefined> {
  try {
    const imported = await importJWK(key, algorithm)
    return imported instanceof Uint8Array ? undefined : imported
  } catch {
    // The set is the issuer's: a key that cannot be read is one that cannot verify.
    return undefined
  }
}

/** Whether the key made this signature. */
export async function isSignedBy(
  token: string,
  key: CryptoKey,
  algorithm: string,
): Promise<boolean> {
  try {
    await compactVerify(token, key, { algorithms: [algorithm] })
    return true
  } catch (error) {
    if (error instanceof errors.JOSEError) return false
    throw error
  }
}

function isForSignatures(key: Readonly<Record<string, unknown>>): boolean {
  const { use, key_ops: operations } = key
  if (use !== undefined && use !== 'sig') return false
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'))
}

function isForAlgorithm(key: Readonly<Record<string, unknown>>, algorithm: string): boolean {
  const { alg } = key
  return alg === undefined || alg === algorithm || (isEdwards(alg) && isEdwards(algorithm))
}

/** RFC 9864 gave EdDSA over Ed25519 a name of its own. */
function isEdwards(algorithm: unknown): boolean {
  return algorithm === 'EdDSA' || algorithm === 'Ed25519'
}

function toPublicKey(key: Readonly<Record<string, unknown>>, algorithm: string): JWK | undefined {
  const { kty, crv, n, e, x, y } = key
  if (/^[RP]S\d{3}$/.test(algorithm)) {
    if (kty !== 'RSA' || typeof n !== 'string' || typeof e !== 'string') return undefined
    return bitLength(n) >= MIN_RSA_BITS ? { kty, n, e } : undefined
  }
  if (typeof x !== 'string') return undefined
  if (isEdwards(algorithm)) {
    return kty === 'OKP' && crv === 'Ed25519' ? { kty, crv, x } : undefined
  }
  const curve = CURVES.get(algorithm)
  return kty === 'EC' && curve !== undefined && crv === curve && typeof y === 'string'
    ? { kty, crv: curve, x, y }
    : undefined
}

const CURVES: ReadonlyMap<string, string> = new Map([
  ['ES256', 'P-256'],
  ['ES384', 'P-384'],
  ['ES512', 'P-521'],
])

function bitLength(base64urlNumber: string): number {
  const bytes = Buffer.from(base64urlNumber, 'base64url')
  const first = bytes.findIndex((byte) => byte !== 0)
  const leading = bytes[first]
  return leading === undefined ? 0 : (bytes.length - first) * 8 - Math.clz32(leading) + 24
}
