import { isWellFormedText, lengthPrefixed } from '../domain/length-prefixed.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SealContext, Sealer } from '../ports/sealer.ts'
import { DecryptError } from './decrypt-error.ts'
import type { KeyRing, VersionedKey } from './key-ring.ts'
import { openBox, sealBox, SEALED_BOX_OVERHEAD_BYTES } from './sealed-box.ts'

const MAGIC = 0x76
const FORMAT = 1
const HEADER_BYTES = 6
const LABEL = 'vk1'

/** A token has at most 16 KiB; what an attempt holds is a handful of them. */
const MAX_PLAINTEXT_BYTES = 256 * 1024

/** What sealing adds to a value: `magic(1) | format(1) | key version(4) | salt(32) | nonce(12) | commitment(32) | … | tag(16)`. */
export const SEAL_OVERHEAD_BYTES = HEADER_BYTES + SEALED_BOX_OVERHEAD_BYTES

export interface SealerOptions {
  /** The tenant's keys; contexts of other tenants are refused. */
  readonly keyRing: Pick<KeyRing, 'tenant' | 'active' | 'byVersion'>
  readonly runtime: Pick<Runtime, 'randomBytes'>
}

/** Seals under the tenant's active key, opens under any version that may still decrypt. */
export function createSealer({ keyRing, runtime }: SealerOptions): Sealer {
  async function keyOf(sealed: Uint8Array): Promise<VersionedKey> {
    const version = readHeader(sealed)
    if (version === undefined) throw new DecryptError()
    const key = await keyRing.byVersion(version)
    if (key === undefined) throw new DecryptError()
    return { version, key }
  }

  return {
    async seal(plaintext, context) {
      if (context.tenant !== keyRing.tenant) {
        throw new TypeError(
          `A value of tenant ${JSON.stringify(context.tenant)} cannot be sealed with the keys of ${JSON.stringify(keyRing.tenant)}`,
        )
      }
      if (!isWellFormedText(plaintext)) {
        throw new TypeError('A value to seal is not well-formed Unicode: it would not come back')
      }
      const bytes = Buffer.from(plaintext, 'utf8')
      if (bytes.length > MAX_PLAINTEXT_BYTES) {
        throw new TypeError(`A value to seal has more than ${MAX_PLAINTEXT_BYTES} bytes`)
      }
      const { version, key } = await keyRing.active()
      const sealed = sealBox(
        { key, label: LABEL, associatedData: associatedDataOf(context, version) },
        { header: headerOf(version), plaintext: bytes, randomBytes: runtime.randomBytes },
      )
      bytes.fill(0)
      return sealed
    },

    async open(sealed, context) {
      if (context.tenant !== keyRing.tenant) throw new DecryptError()
      const { version, key } = await keyOf(sealed)
      const bytes = openBox(
        { key, label: LABEL, associatedData: associatedDataOf(context, version) },
        sealed.subarray(HEADER_BYTES),
      )
      const plaintext = bytes.toString('utf8')
      bytes.fill(0)
      return plaintext
    },

    async checkKey(sealed) {
      await keyOf(sealed)
    },
  }
}

function associatedDataOf(context: SealContext, keyVersion: number): Uint8Array {
  return lengthPrefixed([
    FORMAT,
    context.tenant,
    context.owner,
    context.record,
    context.column,
    context.generation,
    keyVersion,
    ...context.bindings,
  ])
}

function headerOf(keyVersion: number): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES)
  header[0] = MAGIC
  header[1] = FORMAT
  new DataView(header.buffer).setUint32(2, keyVersion)
  return header
}

/** The key version, or `undefined` when this is no value of ours. */
function readHeader(sealed: Uint8Array): number | undefined {
  const size = sealed.length
  if (size < SEAL_OVERHEAD_BYTES || size > SEAL_OVERHEAD_BYTES + MAX_PLAINTEXT_BYTES) {
    return undefined
  }
  if (sealed[0] !== MAGIC || sealed[1] !== FORMAT) return undefined
  return new DataView(sealed.buffer, sealed.byteOffset, size).getUint32(2)
}
