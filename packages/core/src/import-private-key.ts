import { importJWK, importPKCS8 } from 'jose'
import type { PrivateKey } from './client-authentication.ts'

/**
 * The key that signs the client's assertions.
 *
 * @throws TypeError (or jose's error) when it is no private key, or its algorithm is not named
 */
export async function importPrivateKey({ key, algorithm }: PrivateKey): Promise<CryptoKey> {
  if (key instanceof CryptoKey) return key
  const name = algorithm ?? (typeof key === 'string' ? undefined : key.alg)
  if (name === undefined) throw new TypeError('"privateKey.algorithm" is missing')
  if (typeof key === 'string') return await importPKCS8(key, name)
  const imported = await importJWK({ ...key, kty: key.kty ?? '' }, name)
  if (imported instanceof Uint8Array) throw new TypeError('"privateKey.key" is no private key')
  return imported
}
