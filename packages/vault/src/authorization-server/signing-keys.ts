import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose'

import type { SigningAlgorithm } from '../domain/api.ts'
import { parseStrictJson } from '../domain/parse-strict-json.ts'
import type { PublicKeys } from '../ports/access-tokens.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SealContext, Sealer } from '../ports/sealer.ts'
import type { SigningKeyStore, StoredSigningKey } from '../ports/signing-key-store.ts'
import { isObject } from './read-jwt.ts'

export interface SigningKey {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  /** With its private members: for the authorization server alone. */
  readonly privateJwk: JWK
}

/** The vault's own signing keys, opened. */
export interface SigningKeys extends PublicKeys {
  /** The one that new tokens are signed with. */
  current(algorithm: SigningAlgorithm): Promise<SigningKey>
  /** The one that signed a token, if it was one of these. */
  find(kid: string): Promise<SigningKey | undefined>
  /** All of them, of each algorithm the current one first. */
  list(): Promise<readonly SigningKey[]>
}

export interface SigningKeysOptions {
  readonly tenant: string
  readonly signingKeys: SigningKeyStore
  readonly sealer: Sealer
  readonly runtime: Pick<Runtime, 'now'>
}

/** RS256 is what every client reads; ES256 is for those that ask (R27). */
const SIGNING_ALGORITHMS: readonly SigningAlgorithm[] = ['RS256', 'ES256']

interface Opened {
  readonly all: readonly SigningKey[]
  readonly byKeyId: ReadonlyMap<string, SigningKey>
  readonly published: readonly Readonly<Record<string, unknown>>[]
}

/**
 * Keeps one key for each algorithm, made at first use and sealed. Call `jwks()` at start-up to learn then, and not with
 * the first request, that one cannot be opened.
 */
export function createSigningKeys({
  tenant,
  signingKeys,
  sealer,
  runtime,
}: SigningKeysOptions): SigningKeys {
  let loading: Promise<Opened> | undefined

  function keys(): Promise<Opened> {
    loading ??= load().catch((error: unknown) => {
      // A store that was down for a moment must not end the vault's keys for good.
      loading = undefined
      throw error
    })
    return loading
  }

  async function load(): Promise<Opened> {
    let stored = await signingKeys.list({ tenant })
    for (const algorithm of SIGNING_ALGORITHMS) {
      if (stored.some((key) => key.algorithm === algorithm)) continue
      // Another process may be first: then its key is the one that counts.
      await signingKeys.insertFirst(await makeKey(algorithm))
      stored = await signingKeys.list({ tenant })
    }
    const all = await Promise.all(stored.map(open))
    return {
      all,
      byKeyId: new Map(all.map((key) => [key.kid, key])),
      published: stored.map((key) => key.publicKey),
    }
  }

  async function makeKey(algorithm: SigningAlgorithm): Promise<StoredSigningKey> {
    const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 })
    const bare = await exportJWK(pair.publicKey)
    const kid = await calculateJwkThumbprint(bare)
    const privateJwk = JSON.stringify(await exportJWK(pair.privateKey))
    return {
      tenant,
      kid,
      algorithm,
      publicKey: { ...bare, kid, use: 'sig', alg: algorithm },
      privateKey: await sealer.seal(privateJwk, sealContext(tenant, kid)),
      createdAt: runtime.now(),
    }
  }

  async function open(stored: StoredSigningKey): Promise<SigningKey> {
    const { kid, algorithm } = stored
    const bare = parseStrictJson(await sealer.open(stored.privateKey, sealContext(tenant, kid)))
    const [privateKey, publicKey] = await Promise.all([
      importKey(bare, algorithm),
      importKey(stored.publicKey, algorithm),
    ])
    const privateJwk = { ...requireJwk(bare), kid, use: 'sig', alg: algorithm }
    return { kid, algorithm, privateKey, publicKey, privateJwk }
  }

  return {
    async current(algorithm) {
      const current = (await keys()).all.find((key) => key.algorithm === algorithm)
      if (current === undefined) throw new Error(`The store keeps no ${algorithm} signing key`)
      return current
    },
    find: async (kid) => (await keys()).byKeyId.get(kid),
    list: async () => (await keys()).all,
    jwks: async () => ({ keys: (await keys()).published }),
  }
}

function sealContext(tenant: string, kid: string): SealContext {
  return {
    tenant,
    owner: 'signing_key',
    record: kid,
    column: 'private_key',
    generation: 0,
    bindings: [],
  }
}

async function importKey(jwk: unknown, algorithm: string): Promise<CryptoKey> {
  const key = await importJWK(requireJwk(jwk), algorithm)
  if (key instanceof Uint8Array) throw new TypeError('A stored signing key is symmetric')
  return key
}

function requireJwk(value: unknown): JWK {
  if (!isJwk(value)) throw new TypeError('A stored signing key is no JWK')
  return value
}

function isJwk(value: unknown): value is JWK {
  return isObject(value) && typeof value['kty'] === 'string'
}
