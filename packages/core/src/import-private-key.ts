import type { PrivateKey } from './client-authentication.ts'

/** WebCrypto's names of the JWS algorithms (RFC 7518 section 3.1, RFC 8037, RFC 9864). */
const algorithms: Readonly<
  Record<string, { readonly name: string; readonly hash?: string; readonly namedCurve?: string }>
> = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  RS384: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' },
  RS512: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  PS384: { name: 'RSA-PSS', hash: 'SHA-384' },
  PS512: { name: 'RSA-PSS', hash: 'SHA-512' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  ES384: { name: 'ECDSA', namedCurve: 'P-384' },
  ES512: { name: 'ECDSA', namedCurve: 'P-521' },
  EdDSA: { name: 'Ed25519' },
  Ed25519: { name: 'Ed25519' },
}

/** True for an algorithm that a client may sign its assertions by: asymmetric ones only. */
export function isSigningAlgorithm(name: string): boolean {
  return Object.hasOwn(algorithms, name)
}

/**
 * The key that signs the client's assertions. By WebCrypto alone: what a library adds to it would be
 * a quarter of this package.
 *
 * @throws TypeError or DOMException when it is no private key of its algorithm
 */
export async function importPrivateKey({ key, algorithm }: PrivateKey): Promise<CryptoKey> {
  if (key instanceof CryptoKey) return key
  const name = algorithm ?? (typeof key === 'string' ? undefined : key.alg)
  const parameters = name !== undefined && isSigningAlgorithm(name) ? algorithms[name] : undefined
  if (parameters === undefined) throw new TypeError('"privateKey.algorithm" is missing or unknown')
  if (typeof key === 'string') {
    return await crypto.subtle.importKey('pkcs8', pemBytes(key), parameters, false, ['sign'])
  }
  // "key_ops" and "use" of a JWK may be stricter than WebCrypto's reading of them.
  const { key_ops: _operations, use: _use, alg: _algorithm, ...jwk } = key
  return await crypto.subtle.importKey('jwk', jwk, parameters, false, ['sign'])
}

function pemBytes(pem: string): Uint8Array<ArrayBuffer> {
  const body = /-----BEGIN PRIVATE KEY-----([\s\S]+?)-----END PRIVATE KEY-----/.exec(pem)?.[1]
  if (body === undefined) throw new TypeError('"privateKey.key" must be a PKCS #8 PEM text')
  return Uint8Array.from(atob(body.replaceAll(/\s/g, '')), (character) => character.charCodeAt(0))
}
