import { closeSync, openSync, writeSync, fsyncSync, constants } from 'node:fs'

import { KeyError } from './key-error.ts'
import { readOwnersFile } from './read-owners-file.ts'

const LOCAL_KEY_BYTES = 32

const HEX = /^[0-9a-fA-F]{64}$/
const BASE64URL = /^[A-Za-z0-9_-]{43}$/

/**
 * Makes a key file for {@link readLocalKeyFile}, mode 0600. Never replaces a file: what the old key sealed would be lost.
 * @throws {KeyError} `key_file_unusable`; `key_weak` when the randomness is none, and then makes no file.
 */
export function createLocalKeyFile(
  path: string,
  options: { readonly randomBytes: (length: number) => Uint8Array },
): void {
  const key = checkLocalKey(
    options.randomBytes(LOCAL_KEY_BYTES),
    "What this machine's randomness gave as a key",
  )
  const text =
    '# Valet Key: the key that opens this vault. Without it every stored token is lost; keep a copy elsewhere.\n' +
    `${Buffer.from(key).toString('base64url')}\n`
  key.fill(0)
  const file = openForCreation(path)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/**
 * Reads a key file: one key a line, 32 bytes as base64url (43 characters, no padding) or hex (64 characters), the
 * first in use and the others only to open what they wrapped earlier. Empty lines and lines that begin with `#` do
 * not count.
 * @throws {KeyError} `key_file_unusable`, `key_file_exposed` or `key_weak`, with the mend in the message.
 */
export function readLocalKeyFile(
  path: string,
  options: {
    /** Who must own the file, if root does not: the user that the process runs as. `undefined`: nobody in particular. */
    readonly ownerId: number | undefined
  },
): readonly Uint8Array[] {
  const where = `The key file ${JSON.stringify(path)}`
  const lines = readOwnersFile(path, where, options.ownerId)
    .split('\n')
    .map((line, index) => ({ text: line.trim(), number: index + 1 }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'))
  if (lines.length === 0) {
    throw new KeyError(
      'key_weak',
      `${where} holds no key. Make a new file with \`valetkey init\`, or restore this one from a backup.`,
    )
  }
  return lines.map(({ text, number }) => parseLocalKey(text, `${where}, line ${number},`))
}

/**
 * Reads one key and refuses what does not look random.
 * @throws {KeyError} `key_weak`
 */
export function parseLocalKey(text: string, where: string): Uint8Array {
  const bytes = HEX.test(text)
    ? Buffer.from(text, 'hex')
    : BASE64URL.test(text)
      ? Buffer.from(text, 'base64url')
      : undefined
  if (bytes === undefined) {
    throw new KeyError(
      'key_weak',
      `${where} is no key of ${LOCAL_KEY_BYTES} bytes: it has ${text.length} characters where base64url has 43 and hex has 64. Make one with \`valetkey init\` or \`openssl rand -hex ${LOCAL_KEY_BYTES}\`.`,
    )
  }
  return checkLocalKey(bytes, where)
}

/** @throws {KeyError} `key_weak` */
export function checkLocalKey(bytes: Uint8Array, where: string): Uint8Array {
  const flaw = weaknessOf(bytes)
  if (flaw !== undefined) {
    throw new KeyError(
      'key_weak',
      `${where} ${flaw}. Make a random key with \`valetkey init\` or \`openssl rand -hex ${LOCAL_KEY_BYTES}\`.`,
    )
  }
  return new Uint8Array(bytes)
}

/** What makes a key guessable at a glance; a random key meets any of these with a probability below 2^-40. */
function weaknessOf(bytes: Uint8Array): string | undefined {
  if (bytes.length !== LOCAL_KEY_BYTES) {
    return `has ${bytes.length} bytes instead of ${LOCAL_KEY_BYTES}`
  }
  const values = [...bytes]
  if (new Set(values).size < 12) return 'repeats too few byte values to be random'
  const steps = values.slice(1).map((value, index) => (value - (bytes[index] ?? 0)) & 0xff)
  if (new Set(steps).size < 8) return 'is a sequence, not random'
  if (values.every((value) => value >= 0x20 && value < 0x7f)) return 'is readable text, not random'
  const half = LOCAL_KEY_BYTES / 2
  if (values.slice(0, half).every((value, index) => value === bytes[half + index])) {
    return 'repeats its first half'
  }
  return undefined
}

function openForCreation(path: string): number {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
    throw new KeyError(
      'key_file_unusable',
      exists
        ? `The key file ${JSON.stringify(path)} exists already and is not replaced: what it sealed would be lost. Remove it yourself if that is what you want.`
        : `The key file ${JSON.stringify(path)} cannot be made. Make its folder, and let the vault's user write there.`,
      { cause },
    )
  }
}
