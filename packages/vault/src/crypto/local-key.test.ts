import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { KeyService } from '../ports/key-service.ts'
import { DecryptError } from './decrypt-error.ts'
import { KeyError, type KeyErrorCode } from './key-error.ts'
import { createLocalKeyFile } from './local-key-file.ts'
import { createLocalKeyService } from './local-key-service.ts'

const CONTEXT = { tenant: 'default', purpose: 'tenant-key', version: 1 }

const goodKey = () => randomBytes(32).toString('base64url')

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'valetkey-key-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

function keyFile(content: string, mode = 0o600): string {
  const path = join(folder, 'vault.key')
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

/** The user whose process this is, as `id -u` says it. */
const me = userInfo().uid

function serviceOf(path: string, ownerId: number = me): KeyService {
  return createLocalKeyService({ path, ownerId })
}

function refusalOf(path: string, ownerId?: number): KeyError {
  try {
    serviceOf(path, ownerId)
  } catch (error) {
    if (error instanceof KeyError) return error
    throw error
  }
  throw new Error('It was not refused')
}

describe('making a key file', () => {
  test('makes one that only its owner may read, and that works', async () => {
    const path = join(folder, 'vault.key')

    createLocalKeyFile(path, { randomBytes })

    expect(statSync(path).mode & 0o777).toBe(0o600)
    const wrapped = await serviceOf(path).wrap(Buffer.from('key'), CONTEXT)
    expect(await serviceOf(path).unwrap(wrapped, CONTEXT)).toEqual(Buffer.from('key'))
  })

  test('makes a different key each time', () => {
    const keys = ['a', 'b'].map((name) => {
      createLocalKeyFile(join(folder, name), { randomBytes })
      return serviceOf(join(folder, name)).id
    })

    expect(keys[0]).not.toBe(keys[1])
  })

  test('refuses randomness that is none, and leaves no file behind', () => {
    const path = join(folder, 'vault.key')

    expect(() => createLocalKeyFile(path, { randomBytes: (size) => new Uint8Array(size) })).toThrow(
      expect.objectContaining({ code: 'key_weak' }),
    )
    expect(existsSync(path)).toBe(false)
  })

  test('never replaces a file', () => {
    const path = keyFile('precious')

    expect(() => createLocalKeyFile(path, { randomBytes })).toThrow(KeyError)
    expect(readFileSync(path, 'utf8')).toBe('precious')
  })

  test('says what to do when the folder is missing', () => {
    expect(() => createLocalKeyFile(join(folder, 'no', 'where'), { randomBytes })).toThrow(
      'Make its folder',
    )
  })
})

describe('reading a key file', () => {
  test.each([
    ['base64url', goodKey()],
    ['hex', randomBytes(32).toString('hex')],
    ['upper-case hex', randomBytes(32).toString('hex').toUpperCase()],
    ['a comment, empty lines and Windows line ends', `# mine\r\n\r\n  ${goodKey()}  \r\n`],
  ])('takes %s', (_, content) => {
    expect(serviceOf(keyFile(content)).id).toMatch(/^local:[0-9a-f]{16}$/)
  })

  test('hex and base64url of one key are one key', () => {
    const bytes = randomBytes(32)

    const ids = [bytes.toString('hex'), bytes.toString('base64url')].map(
      (content) => serviceOf(keyFile(content)).id,
    )

    expect(ids[0]).toBe(ids[1])
  })

  test('follows a symbolic link, as mounted secrets are', () => {
    const link = join(folder, 'link')
    symlinkSync(keyFile(goodKey()), link)

    expect(() => serviceOf(link)).not.toThrow()
  })

  test.each([0o640, 0o604, 0o660, 0o644, 0o666, 0o620, 0o601, 0o777])('refuses mode %o', (mode) => {
    const error = refusalOf(keyFile(goodKey(), mode))

    expect(error.code).toBe('key_file_exposed')
    expect(error.message).toContain('chmod 600')
  })

  test.each([0o600, 0o400])('takes mode %o', (mode) => {
    expect(() => serviceOf(keyFile(goodKey(), mode))).not.toThrow()
  })

  test('refuses a file of another user, whom its mode lets in', () => {
    const path = keyFile(goodKey())
    // Root's files are anybody's to use; only root can make a file somebody else's.
    if (me === 0) chownSync(path, 12_345, 12_345)
    const owner = statSync(path).uid

    const error = refusalOf(path, owner + 1)

    expect(error.code).toBe('key_file_exposed')
    expect(error.message).toContain(`chown ${owner + 1}`)
    expect(() => serviceOf(path, owner)).not.toThrow()
  })

  test('does not mind that root owns it, as where secrets are mounted', () => {
    // The one file that is root's on every machine; refused for its mode, which is looked at after its owner.
    expect(refusalOf('/etc/passwd', 12_345).message).toContain('has mode')
  })

  test('refuses a file that is not there', () => {
    const error = refusalOf(join(folder, 'none'))

    expect(error.code).toBe('key_file_unusable')
    expect(error.message).toContain('valetkey init')
  })

  test('refuses a folder, and a pipe without waiting for it', () => {
    const directory = join(folder, 'directory')
    mkdirSync(directory, { mode: 0o700 })
    const pipe = join(folder, 'pipe')
    spawnSync('mkfifo', ['-m', '600', pipe])

    expect(refusalOf(directory).code).toBe('key_file_unusable')
    expect(refusalOf(pipe).message).toContain('not a regular file')
  })

  test('refuses a file that is far too large', () => {
    expect(refusalOf(keyFile(`${goodKey()}\n`.repeat(3_000))).code).toBe('key_file_unusable')
  })

  const bytes = (value: (index: number) => number) =>
    Buffer.from(Array.from({ length: 32 }, (_, index) => value(index) & 0xff)).toString('hex')

  test.each<[string, string, KeyErrorCode]>([
    ['an empty file', '', 'key_weak'],
    ['only comments', '# key goes here\n\n', 'key_weak'],
    ['31 bytes', randomBytes(31).toString('hex'), 'key_weak'],
    ['33 bytes', randomBytes(33).toString('hex'), 'key_weak'],
    ['16 bytes', randomBytes(16).toString('base64url'), 'key_weak'],
    ['standard base64 with padding', Buffer.alloc(32, 0xfb).toString('base64'), 'key_weak'],
    ['a pass phrase', 'correct horse battery staple', 'key_weak'],
    ['two keys on a line', `${goodKey()} ${goodKey()}`, 'key_weak'],
    ['zeros', bytes(() => 0), 'key_weak'],
    ['one byte over and over', bytes(() => 0xa7), 'key_weak'],
    ['counting up', bytes((i) => i), 'key_weak'],
    ['counting down', bytes((i) => 255 - i), 'key_weak'],
    ['counting in steps', bytes((i) => 17 * i + 3), 'key_weak'],
    ['two bytes in turn', bytes((i) => (i % 2 ? 0x12 : 0xfe)), 'key_weak'],
    ['a repeated half', bytes((i) => 'Kj8#mQz!x9Lp@vW2'.charCodeAt(i % 16) + 99), 'key_weak'],
    ['readable text', Buffer.from('this-is-my-very-secret-vault-key').toString('hex'), 'key_weak'],
    ['a good key and a weak old one', `${goodKey()}\n${bytes(() => 1)}`, 'key_weak'],
  ])('refuses %s', (_, content, code) => {
    expect(refusalOf(keyFile(content)).code).toBe(code)
  })

  test('names the line, and never shows the key', () => {
    const weak = '00'.repeat(32)
    const error = refusalOf(keyFile(`# first\n${goodKey()}\n${weak}\n`))

    expect(error.message).toContain('line 3')
    expect(error.message).not.toContain(weak)
  })

  test('does not take a random key for a weak one', () => {
    for (let i = 0; i < 2_000; i++) {
      expect(() => createLocalKeyService({ key: randomBytes(32) })).not.toThrow()
    }
  })
})

describe('a key given as a value', () => {
  test('is held to the same rules', () => {
    for (const key of ['', 'secret', new Uint8Array(32), randomBytes(31), '0'.repeat(64)]) {
      expect(() => createLocalKeyService({ key })).toThrow(KeyError)
    }
  })

  test('is left as it is: the caller may need it again', () => {
    const key = randomBytes(32)
    const copy = Buffer.from(key)

    createLocalKeyService({ key })

    expect(key.equals(copy)).toBe(true)
  })
})

describe('wrapping', () => {
  const plaintext = randomBytes(32)

  test('gives back what was wrapped, and never the same twice', async () => {
    const service = createLocalKeyService({ key: goodKey() })
    const one = await service.wrap(plaintext, CONTEXT)
    const two = await service.wrap(plaintext, CONTEXT)

    expect(Buffer.from(one).equals(two)).toBe(false)
    expect(Buffer.from(one).includes(plaintext)).toBe(false)
    expect(await service.unwrap(one, CONTEXT)).toEqual(plaintext)
    expect(await service.unwrap(two, CONTEXT)).toEqual(plaintext)
  })

  test.each([{ tenant: 'other' }, { purpose: 'other' }, { version: 2 }])(
    'does not open for %j',
    async (other) => {
      const service = createLocalKeyService({ key: goodKey() })
      const wrapped = await service.wrap(plaintext, CONTEXT)

      await expect(service.unwrap(wrapped, { ...CONTEXT, ...other })).rejects.toThrow(DecryptError)
    },
  )

  test('does not open with another key, even one that claims the id', async () => {
    const service = createLocalKeyService({ key: goodKey() })
    const other = createLocalKeyService({ key: goodKey() })
    const wrapped = await service.wrap(plaintext, CONTEXT)
    const relabelled = Uint8Array.from(wrapped)
    relabelled.set(Buffer.from(other.id.slice('local:'.length), 'hex'), 2)

    await expect(other.unwrap(wrapped, CONTEXT)).rejects.toThrow(DecryptError)
    await expect(other.unwrap(relabelled, CONTEXT)).rejects.toThrow(DecryptError)
  })

  test('does not open after any flipped byte or cut', async () => {
    const service = createLocalKeyService({ key: goodKey() })
    const wrapped = await service.wrap(plaintext, CONTEXT)

    for (let at = 0; at < wrapped.length; at++) {
      const damaged = Uint8Array.from(wrapped)
      damaged[at] = (damaged[at] ?? 0) ^ 1
      await expect(service.unwrap(damaged, CONTEXT)).rejects.toThrow(DecryptError)
      await expect(service.unwrap(wrapped.subarray(0, at), CONTEXT)).rejects.toThrow(DecryptError)
    }
  })

  test('wraps with the first key of a file and still opens with the others', async () => {
    const [old, current] = [goodKey(), goodKey()]
    const before = serviceOf(keyFile(old))
    const wrappedBefore = await before.wrap(plaintext, CONTEXT)

    const after = serviceOf(keyFile(`${current}\n${old}\n`))
    const wrappedAfter = await after.wrap(plaintext, CONTEXT)

    expect(after.id).toBe(createLocalKeyService({ key: current }).id)
    expect(await after.unwrap(wrappedBefore, CONTEXT)).toEqual(plaintext)
    await expect(before.unwrap(wrappedAfter, CONTEXT)).rejects.toThrow(DecryptError)
    expect(
      await createLocalKeyService({ key: current, oldKeys: [old] }).unwrap(wrappedBefore, CONTEXT),
    ).toEqual(plaintext)
  })

  test('its id tells nothing about the key', () => {
    const key = randomBytes(32)
    const { id } = createLocalKeyService({ key })

    expect(key.toString('hex')).not.toContain(id.slice('local:'.length))
    expect(createHash('sha256').update(key).digest('hex')).not.toContain(id.slice('local:'.length))
  })

  test('is ready as soon as it is made', async () => {
    await expect(createLocalKeyService({ key: goodKey() }).check()).resolves.toBeUndefined()
  })
})
