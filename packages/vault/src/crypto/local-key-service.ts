import {
  createHash,
  createSecretKey,
  randomBytes as systemRandomBytes,
  type KeyObject,
} from 'node:crypto'

import { lengthPrefixed } from '../domain/length-prefixed.ts'
import type { KeyService, WrapContext } from '../ports/key-service.ts'
import { DecryptError } from './decrypt-error.ts'
import { checkLocalKey, parseLocalKey, readLocalKeyFile } from './local-key-file.ts'
import { openBox, sealBox } from './sealed-box.ts'

const MAGIC = 0x6b
const FORMAT = 1
const KEY_ID_BYTES = 8
const HEADER_BYTES = 2 + KEY_ID_BYTES
const LABEL = 'vkw1'

export type LocalKeyServiceOptions = (
  | {
      /** A file as {@link createLocalKeyFile} makes it; only its owner may have access to it. */
      readonly path: string
      /** The user that the process runs as, who must own the file if root does not. `undefined` where there are no such users (Windows). */
      readonly ownerId: number | undefined
    }
  | {
      /** 32 bytes, or their base64url or hex. */
      readonly key: Uint8Array | string
      /** Keys of earlier times, to open what they wrapped. */
      readonly oldKeys?: readonly (Uint8Array | string)[] | undefined
    }
) & {
  /** Default: the operating system's. */
  readonly randomBytes?: ((length: number) => Uint8Array) | undefined
}

/**
 * The root key in a local file: for development and small installations. Wraps with AES-256-GCM under a key derived
 * for that one wrap, so that no number of wraps wears the root key out; tenant, purpose and version are authenticated
 * with it. A wrapped key names the root key it was wrapped with.
 * @throws {KeyError} at once, when a key is missing, weak, somebody else's or readable by others.
 */
export function createLocalKeyService(options: LocalKeyServiceOptions): KeyService {
  const randomBytes = options.randomBytes ?? systemRandomBytes
  const [current, ...old] = readKeys(options).map(toRootKey)
  if (current === undefined) throw new TypeError('A local key service needs a key')
  const keys = [current, ...old]

  return {
    id: `local:${Buffer.from(current.id).toString('hex')}`,

    async wrap(plaintext, context) {
      const header = Uint8Array.of(MAGIC, FORMAT, ...current.id)
      return sealBox(
        { key: current.key, label: LABEL, associatedData: associatedDataOf(context) },
        { header, plaintext, randomBytes },
      )
    },

    async unwrap(wrapped, context) {
      if (wrapped[0] !== MAGIC || wrapped[1] !== FORMAT) throw new DecryptError()
      const id = Buffer.from(wrapped.subarray(2, HEADER_BYTES))
      const root = keys.find((candidate) => id.equals(candidate.id))
      if (root === undefined) throw new DecryptError()
      return openBox(
        { key: root.key, label: LABEL, associatedData: associatedDataOf(context) },
        wrapped.subarray(HEADER_BYTES),
      )
    },

    // Everything was checked when the service was made.
    async check() {},
  }
}

interface RootKey {
  readonly id: Uint8Array
  readonly key: KeyObject
}

function readKeys(options: LocalKeyServiceOptions): readonly Uint8Array[] {
  if ('path' in options) return readLocalKeyFile(options.path, options)
  return [options.key, ...(options.oldKeys ?? [])].map((key, index) => {
    const where = index === 0 ? 'The local key' : `The old local key ${index}`
    return typeof key === 'string' ? parseLocalKey(key.trim(), where) : checkLocalKey(key, where)
  })
}

/** The id is a hash of 256 random bits: it tells keys apart and nothing about them. */
function toRootKey(bytes: Uint8Array): RootKey {
  const id = createHash('sha256').update('valetkey local key id 1').update(bytes).digest()
  const key = createSecretKey(bytes)
  bytes.fill(0)
  return { id: id.subarray(0, KEY_ID_BYTES), key }
}

function associatedDataOf({ tenant, purpose, version }: WrapContext): Uint8Array {
  return lengthPrefixed([FORMAT, tenant, purpose, version])
}
