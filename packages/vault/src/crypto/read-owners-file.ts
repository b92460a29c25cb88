import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

import { KeyError } from './key-error.ts'

/** Far more than a list of keys with comments needs. */
const MAX_FILE_BYTES = 64 * 1024

const OTHERS_MAY_USE_IT = 0o077
const ROOT = 0

/**
 * Reads a key file that nobody but its owner may use. Opened once, and everything checked on what was opened: no other
 * file can slip in between.
 * @throws {KeyError} `key_file_unusable` or `key_file_exposed`, with the mend in the message.
 */
export function readOwnersFile(path: string, where: string, ownerId: number | undefined): string {
  const file = openExisting(path, where)
  try {
    const status = fstatSync(file)
    if (!status.isFile()) {
      throw new KeyError(
        'key_file_unusable',
        `${where} is not a regular file. Point to the file that holds the key.`,
      )
    }
    // Whoever owns it can read it, and can make it readable to others later.
    if (ownerId !== undefined && status.uid !== ROOT && status.uid !== ownerId) {
      throw new KeyError(
        'key_file_exposed',
        `${where} belongs to user ${status.uid}, and the vault runs as user ${ownerId}. Run \`chown ${ownerId}\` on it, and make a new key if user ${status.uid} is somebody else.`,
      )
    }
    if ((status.mode & OTHERS_MAY_USE_IT) !== 0) {
      throw new KeyError(
        'key_file_exposed',
        `${where} has mode 0${(status.mode & 0o777).toString(8)}: others than its owner may use it. Run \`chmod 600\` on it, and make a new key if others may have read it.`,
      )
    }
    if (status.size > MAX_FILE_BYTES) {
      throw new KeyError(
        'key_file_unusable',
        `${where} has ${status.size} bytes: that is no key file. Point to the file that holds the key.`,
      )
    }
    const buffer = Buffer.alloc(MAX_FILE_BYTES)
    return buffer.toString('utf8', 0, readSync(file, buffer))
  } finally {
    closeSync(file)
  }
}

function openExisting(path: string, where: string): number {
  try {
    // Non-blocking: opening a named pipe would wait for a writer for ever.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new KeyError(
      'key_file_unusable',
      missing
        ? `${where} does not exist. Make it with \`valetkey init\`, or restore it from a backup if this vault held tokens before.`
        : `${where} cannot be opened. Let the vault's user own it, with mode 0600.`,
      { cause },
    )
  }
}
