import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto'

import { DecryptError } from './decrypt-error.ts'

const SALT_BYTES = 32
const NONCE_BYTES = 12
const COMMITMENT_BYTES = 32
const TAG_BYTES = 16

/** What a box adds to its plaintext. */
export const SEALED_BOX_OVERHEAD_BYTES = SALT_BYTES + NONCE_BYTES + COMMITMENT_BYTES + TAG_BYTES

export interface SealedBoxKey {
  /** 32 random bytes. */
  readonly key: KeyObject
  /** Separates the uses of one key; a constant without user input. */
  readonly label: string
  /** Unambiguously encoded ({@link lengthPrefixed}); authenticated, not stored. */
  readonly associatedData: Uint8Array
}

/**
 * AES-256-GCM under a key derived for this one message: `HMAC-SHA512(key, label | salt | associated data)` gives the
 * AES key and a commitment to it. A fresh 256-bit salt a message takes away the 2^32 limit of random nonces under one
 * key (NIST SP 800-38D section 8.3); the commitment stops one box from opening under two keys.
 * Gives `header | salt(32) | nonce(12) | commitment(32) | ciphertext | tag(16)`.
 */
export function sealBox(
  { key, label, associatedData }: SealedBoxKey,
  message: {
    readonly header: Uint8Array
    readonly plaintext: Uint8Array
    readonly randomBytes: (length: number) => Uint8Array
  },
): Uint8Array {
  const salt = message.randomBytes(SALT_BYTES)
  const nonce = message.randomBytes(NONCE_BYTES)
  const derived = deriveMessageKey(key, label, salt, associatedData)
  const cipher = createCipheriv('aes-256-gcm', derived.messageKey, nonce, {
    authTagLength: TAG_BYTES,
  })
  cipher.setAAD(associatedData)
  const ciphertext = cipher.update(message.plaintext)
  cipher.final()
  return concatenate([
    message.header,
    salt,
    nonce,
    derived.commitment,
    ciphertext,
    cipher.getAuthTag(),
  ])
}

/**
 * Opens the part of a {@link sealBox} result that follows its header. The caller may wipe the result after use.
 * @throws {DecryptError} for every reason alike.
 */
export function openBox(
  { key, label, associatedData }: SealedBoxKey,
  box: Uint8Array,
): Buffer<ArrayBuffer> {
  if (box.length < SEALED_BOX_OVERHEAD_BYTES) throw new DecryptError()
  const nonceAt = SALT_BYTES
  const commitmentAt = nonceAt + NONCE_BYTES
  const ciphertextAt = commitmentAt + COMMITMENT_BYTES
  const tagAt = box.length - TAG_BYTES

  const derived = deriveMessageKey(key, label, box.subarray(0, SALT_BYTES), associatedData)
  if (!timingSafeEqual(derived.commitment, box.subarray(commitmentAt, ciphertextAt))) {
    throw new DecryptError()
  }
  const decipher = createDecipheriv(
    'aes-256-gcm',
    derived.messageKey,
    box.subarray(nonceAt, commitmentAt),
    // Without it Node accepts shorter, forgeable tags.
    { authTagLength: TAG_BYTES },
  )
  decipher.setAAD(associatedData)
  decipher.setAuthTag(box.subarray(tagAt))
  const plaintext = decipher.update(box.subarray(ciphertextAt, tagAt))
  try {
    decipher.final()
  } catch {
    plaintext.fill(0)
    // The cause is left out on purpose: it would tell which check failed.
    throw new DecryptError()
  }
  return plaintext
}

function deriveMessageKey(
  key: KeyObject,
  label: string,
  salt: Uint8Array,
  associatedData: Uint8Array,
): { readonly messageKey: KeyObject; readonly commitment: Buffer } {
  const derived = createHmac('sha512', key)
    .update(label)
    .update(salt)
    .update(associatedData)
    .digest()
  const messageKey = createSecretKey(derived.subarray(0, 32))
  derived.fill(0, 0, 32)
  return { messageKey, commitment: derived.subarray(32) }
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}
