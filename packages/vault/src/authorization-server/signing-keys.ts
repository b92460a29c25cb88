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
import { scheduleKeys } from '../domain/signing-key-schedule.ts'
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
  /** All that are published, of each algorithm the current one first; the same list until they change. */
  list(): Promise<readonly SigningKey[]>
  /**
   * Makes the next key of each algorithm whose newest has served its time, and forgets those that no token can need any
   * more. Resolves to the ids of the new ones: published at once, and signed with once everybody can know them.
   */
  rotate(): Promise<readonly string[]>
}

export interface SigningKeysOptions {
  readonly tenant: string
  readonly signingKeys: SigningKeyStore
  readonly sealer: Sealer
  readonly runtime: Pick<Runtime, 'now'>
}

/** RS256 is what every client reads; ES256 is for those that ask (R27). */
const SIGNING_ALGORITHMS: readonly SigningAlgorithm[] = ['RS256', 'ES256']

/** How long a process believes what it read; far less than a new key is published before it is used. */
const RELOAD_SECONDS = 300

interface Opened {
  readonly loadedAt: number
  readonly keys: readonly OpenedKey[]
}

interface OpenedKey extends SigningKey {
  readonly published: StoredSigningKey['publicKey']
  readonly position: number
  readonly createdAt: number
}

interface Arranged {
  readonly live: readonly OpenedKey[]
  readonly byKeyId: ReadonlyMap<string, SigningKey>
}

/**
 * Keeps the keys of each algorithm, sealed: the first is made at first use, the next ones by {@link SigningKeys.rotate}.
 * Call `jwks()` at start-up to learn then, and not with the first request, that one cannot be opened.
 */
export function createSigningKeys({
  tenant,
  signingKeys,
  sealer,
  runtime,
}: SigningKeysOptions): SigningKeys {
  let opened: Opened | undefined
  let reading: Promise<Opened> | undefined
  let arranged: Arranged | undefined

  async function keys(): Promise<Arranged> {
    const { keys: all } = await load()
    const live = SIGNING_ALGORITHMS.flatMap(
      (algorithm) => scheduleKeys(keysOf(all, algorithm), runtime.now()).live,
    )
    // The same list as long as it holds the same keys: who is built from it need not be built anew.
    const isSame =
      arranged?.live.length === live.length &&
      live.every((key, index) => key.kid === arranged?.live[index]?.kid)
    if (arranged === undefined || !isSame) {
      arranged = { live, byKeyId: new Map(live.map((key) => [key.kid, key])) }
    }
    return arranged
  }

  async function load(): Promise<Opened> {
    const known = opened
    if (known !== undefined && known.loadedAt + RELOAD_SECONDS > runtime.now()) return known
    try {
      return await (reading ??= reread())
    } catch (error) {
      // A store that is down for a moment must not end the vault's keys: those that are known are still good.
      if (known === undefined) throw error
      return known
    }
  }

  async function reread(): Promise<Opened> {
    try {
      opened = await read()
      return opened
    } finally {
      reading = undefined
    }
  }

  async function read(): Promise<Opened> {
    let stored = await signingKeys.list({ tenant })
    for (const algorithm of SIGNING_ALGORITHMS) {
      if (stored.some((key) => key.algorithm === algorithm)) continue
      // Another process may be first: then its key is the one that counts.
      await signingKeys.insert(await makeKey(algorithm, 1))
      stored = await signingKeys.list({ tenant })
    }
    return { loadedAt: runtime.now(), keys: await Promise.all(stored.map(open)) }
  }

  async function makeKey(algorithm: SigningAlgorithm, position: number): Promise<StoredSigningKey> {
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
      position,
    }
  }

  async function open(stored: StoredSigningKey): Promise<OpenedKey> {
    const { kid, algorithm, position, createdAt } = stored
    const bare = parseStrictJson(await sealer.open(stored.privateKey, sealContext(tenant, kid)))
    const [privateKey, publicKey] = await Promise.all([
      importKey(bare, algorithm),
      importKey(stored.publicKey, algorithm),
    ])
    const privateJwk = { ...requireJwk(bare), kid, use: 'sig', alg: algorithm }
    const pair = { privateKey, publicKey, privateJwk }
    return { kid, algorithm, position, createdAt, published: stored.publicKey, ...pair }
  }

  return {
    async current(algorithm) {
      const current = (await keys()).live.find((key) => key.algorithm === algorithm)
      if (current === undefined) throw new Error(`The store keeps no ${algorithm} signing key`)
      return current
    },
    find: async (kid) => (await keys()).byKeyId.get(kid),
    list: async () => (await keys()).live,
    jwks: async () => ({ keys: (await keys()).live.map(({ published }) => published) }),

    async rotate() {
      const stored = (await read()).keys
      const made: string[] = []
      for (const algorithm of SIGNING_ALGORITHMS) {
        const known = keysOf(stored, algorithm)
        const { retired, isDue } = scheduleKeys(known, runtime.now())
        for (const { kid } of retired) await signingKeys.remove({ tenant, kid })
        if (!isDue) continue
        const position = (known.at(-1)?.position ?? 0) + 1
        const next = await makeKey(algorithm, position)
        if (await signingKeys.insert(next)) made.push(next.kid)
      }
      if (made.length > 0) await reread()
      return made
    },
  }
}

/** In the order in which they were made. */
function keysOf(
  keys: readonly OpenedKey[],
  algorithm: SigningAlgorithm,
): readonly [OpenedKey, ...OpenedKey[]] {
  const [first, ...others] = keys.filter((key) => key.algorithm === algorithm)
  if (first === undefined) throw new Error(`The store keeps no ${algorithm} signing key`)
  return [first, ...others]
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
