import { type CryptoKey, importJWK } from 'jose'

import type { SigningAlgorithm } from '../domain/api.ts'
import { type TestKey } from './forge-jwt.fixture.ts'
import type { SigningKey, SigningKeys } from './signing-keys.ts'

/** A vault's signing keys that a test forges with, too: the first of each algorithm is the current one. */
export function signingKeysOf(keys: readonly TestKey[]): SigningKeys {
  const opened = Promise.all(keys.map(open))
  return {
    current: async (algorithm) => {
      const key = (await opened).find((candidate) => candidate.algorithm === algorithm)
      if (key === undefined) throw new Error(`No ${algorithm} key`)
      return key
    },
    find: async (kid) => (await opened).find((key) => key.kid === kid),
    list: async () => await opened,
    rotate: async () => [],
    jwks: async () => ({ keys: keys.map(({ jwk }) => ({ ...jwk })) }),
  }
}

async function open({ kid, privateKey, jwk }: TestKey): Promise<SigningKey> {
  const algorithm: SigningAlgorithm = jwk.kty === 'RSA' ? 'RS256' : 'ES256'
  const privateJwk = { ...privateKey.export({ format: 'jwk' }), kid }
  return {
    kid,
    algorithm,
    privateKey: await importKey(privateJwk, algorithm),
    publicKey: await importKey({ ...jwk }, algorithm),
    privateJwk: { ...privateJwk, kty: jwk.kty ?? '' },
  }
}

async function importKey(
  jwk: Parameters<typeof importJWK>[0],
  algorithm: SigningAlgorithm,
): Promise<CryptoKey> {
  const key = await importJWK(jwk, algorithm)
  if (key instanceof Uint8Array) throw new TypeError('No public key')
  return key
}
