import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'

/** Algorithms that every issuer of the emulator has a key for. */
export type SigningAlgorithm = 'ES256' | 'RS256'

/** A private key and its id. */
interface SigningKey {
  readonly kid: string
  readonly key: CryptoKey
}

/** The keys of all issuers; each issuer has its own, so that one cannot pass for another. */
export interface SigningKeys {
  readonly signer: (issuerId: string, algorithm: SigningAlgorithm) => Promise<SigningKey>
  /** Public keys as in a JWKS, RFC 7517 section 5. */
  readonly published: (issuerId: string) => Promise<readonly JWK[]>
  /** Adds new keys that sign from now on; old ones stay published unless `forgetOld`. */
  readonly rotate: (issuerId: string, forgetOld: boolean) => Promise<void>
}

/** Where keys outlast the process. */
export interface KeyStorage {
  readonly read: () => Record<string, JWK[]>
  readonly write: (keys: Record<string, JWK[]>) => void
}

/** Keys made when first needed, kept in `storage` if there is one. */
export function createSigningKeys(storage: KeyStorage | undefined): SigningKeys {
  const issuers = new Map<string, Promise<readonly JWK[]>>(
    Object.entries(storage?.read() ?? {}).map(([id, keys]) => [id, Promise.resolve(keys)]),
  )
  const imported = new Map<string, CryptoKey>()

  const save = async (): Promise<void> => {
    if (storage === undefined) return
    const all: Record<string, JWK[]> = {}
    for (const [id, keys] of issuers) all[id] = [...(await keys)]
    storage.write(all)
  }
  const keysOf = async (issuerId: string): Promise<readonly JWK[]> => {
    const existing = issuers.get(issuerId)
    if (existing !== undefined) return existing
    const made = generate()
    issuers.set(issuerId, made)
    const keys = await made
    await save()
    return keys
  }

  return {
    signer: async (issuerId, algorithm) => {
      // The newest key of an algorithm is first.
      const jwk = (await keysOf(issuerId)).find((key) => key.alg === algorithm)
      if (jwk?.kid === undefined) {
        throw new Error(`The issuer ${issuerId} has no key for ${algorithm}`)
      }
      const known = imported.get(jwk.kid)
      if (known !== undefined) return { kid: jwk.kid, key: known }
      const key = await importJWK(jwk, algorithm)
      if (!(key instanceof CryptoKey)) throw new Error('A signing key must be asymmetric')
      imported.set(jwk.kid, key)
      return { kid: jwk.kid, key }
    },
    published: async (issuerId) => (await keysOf(issuerId)).map(publicPart),
    rotate: async (issuerId, forgetOld) => {
      const old = await keysOf(issuerId)
      const fresh = await generate()
      issuers.set(issuerId, Promise.resolve(forgetOld ? fresh : [...fresh, ...old]))
      await save()
    },
  }
}

async function generate(): Promise<readonly JWK[]> {
  return Promise.all(
    (['ES256', 'RS256'] as const).map(async (alg) => {
      const { privateKey } = await generateKeyPair(alg, { extractable: true })
      const jwk = await exportJWK(privateKey)
      return { ...jwk, alg, use: 'sig', kid: await calculateJwkThumbprint(jwk) }
    }),
  )
}

/** By name, so that no private member can slip through. */
function publicPart({ kty, crv, x, y, n, e, alg, use, kid }: JWK): JWK {
  const all = { kty, crv, x, y, n, e, alg, use, kid }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}
