import { expect, test } from 'vitest'

import type { KeyService } from '../ports/key-service.ts'
import { KeyError } from './key-error.ts'
import { aKeyRing, aKeyService, rotate } from './keys.fixture.ts'

test('the first use makes version 1, and the next process opens the same key', async () => {
  const parts = aKeyRing()

  const first = await parts.keyRing.active()
  const again = await aKeyRing(parts).keyRing.active()

  expect(first.version).toBe(1)
  expect(again.key.equals(first.key)).toBe(true)
  expect(parts.keyVersions.rows).toMatchObject([
    { version: 1, state: 'active', keyServiceId: parts.keyService.id },
  ])
})

test('two processes that start at once end up with one key', async () => {
  const one = aKeyRing()
  const other = aKeyRing(one)

  const keys = await Promise.all(
    Array.from({ length: 10 }, (_, index) => (index % 2 ? one : other).keyRing.active()),
  )

  expect(one.keyVersions.rows).toHaveLength(1)
  for (const { key } of keys) expect(key.equals(keys[0]!.key)).toBe(true)
})

test('makes no new key where the old ones are gone and what they sealed is not', async () => {
  const parts = aKeyRing()
  await parts.keyRing.active()
  parts.keyVersions.rows.length = 0
  parts.keyVersions.isNeeded = true

  expect((await rejectionOf(aKeyRing(parts).keyRing.active())).code).toBe('key_versions_missing')
  expect((await rejectionOf(aKeyRing(parts).keyRing.purpose('audit').active())).code).toBe(
    'key_versions_missing',
  )
  expect(parts.keyVersions.rows).toEqual([])
})

test('stores the key wrapped, never as it is', async () => {
  const { keyRing, keyVersions } = aKeyRing()
  const { key } = await keyRing.active()

  const wrapped = Buffer.from(keyVersions.rows[0]!.wrapped)

  expect(wrapped.includes(key.export())).toBe(false)
})

test('R23: opens a key once for many uses, and again after five minutes', async () => {
  const keyService = countingKeyService()
  const parts = aKeyRing({ keyService })
  await parts.keyRing.active()
  keyService.unwrapped = 0

  await Promise.all(Array.from({ length: 20 }, () => parts.keyRing.byVersion(1)))
  parts.runtime.advance(299)
  await parts.keyRing.active()
  expect(keyService.unwrapped).toBe(0)

  parts.runtime.advance(1)
  await Promise.all(Array.from({ length: 20 }, () => parts.keyRing.byVersion(1)))
  expect(keyService.unwrapped).toBe(1)
})

test('after a rotation it seals with the new version and opens with both', async () => {
  const parts = aKeyRing()
  const first = await parts.keyRing.active()
  await rotate(parts)
  parts.runtime.advance(300)

  const second = await parts.keyRing.active()

  expect(second.version).toBe(2)
  expect(second.key.equals(first.key)).toBe(false)
  expect((await parts.keyRing.byVersion(1))?.equals(first.key)).toBe(true)
})

test('sees a version that another process has just made', async () => {
  const parts = aKeyRing()
  await parts.keyRing.active()
  await rotate(parts)
  parts.runtime.advance(1)

  expect(await parts.keyRing.byVersion(2)).toMatchObject({ type: 'secret' })
})

test('a version that never was is undefined, and asking often does not ask the store each time', async () => {
  const parts = aKeyRing()
  await parts.keyRing.active()
  parts.keyVersions.reads = 0
  parts.runtime.advance(1)

  for (let i = 0; i < 10; i++) expect(await parts.keyRing.byVersion(99)).toBeUndefined()

  expect(parts.keyVersions.reads).toBe(1)
})

test.each(['disabled', 'destroyed'] as const)(
  'refuses a %s version, at the latest after five minutes',
  async (state) => {
    const parts = aKeyRing()
    await parts.keyRing.active()
    await rotate(parts)
    parts.keyVersions.setState(1, state)
    parts.runtime.advance(300)

    const error = await rejectionOf(parts.keyRing.byVersion(1))

    expect(error.code).toBe('key_version_refused')
    expect(error.message).toContain(state)
    expect((await parts.keyRing.active()).version).toBe(2)
    expect((await rejectionOf(parts.keyRing.purpose('audit').byVersion(1))).code).toBe(
      'key_version_refused',
    )
  },
)

test('refuses to seal when no version is active, and does not make a new one', async () => {
  const parts = aKeyRing()
  await parts.keyRing.active()
  parts.keyVersions.setState(1, 'decrypt_only')
  parts.runtime.advance(300)

  expect((await rejectionOf(parts.keyRing.active())).code).toBe('key_version_refused')
  expect(await parts.keyRing.byVersion(1)).toMatchObject({ type: 'secret' })
  expect(parts.keyVersions.rows).toHaveLength(1)
})

test('says which key is missing when the key service does not open the stored one', async () => {
  const parts = aKeyRing()
  await parts.keyRing.active()
  const other = aKeyService()

  const error = await rejectionOf(aKeyRing({ ...parts, keyService: other }).keyRing.active())

  expect(error.code).toBe('key_service_mismatch')
  expect(error.message).toContain(parts.keyService.id)
  expect(error.message).toContain(other.id)
})

test('tries again after a failure instead of remembering it', async () => {
  const parts = aKeyRing()
  await parts.keyRing.active()
  parts.keyVersions.isDown = true
  parts.runtime.advance(300)
  await expect(parts.keyRing.active()).rejects.toThrow('the store is down')

  parts.keyVersions.isDown = false

  expect((await parts.keyRing.active()).version).toBe(1)
})

test('derives a key of its own for each purpose and version, the same in every process', async () => {
  const parts = aKeyRing()
  const sealing = await parts.keyRing.active()
  const audit = await parts.keyRing.purpose('audit').active()
  const cookie = await parts.keyRing.purpose('cookie').active()
  const elsewhere = await aKeyRing(parts).keyRing.purpose('audit').active()
  await rotate(parts)
  parts.runtime.advance(300)
  const rotated = await parts.keyRing.purpose('audit').active()
  const older = await parts.keyRing.purpose('audit').byVersion(1)

  const keys = [sealing.key, audit.key, cookie.key, rotated.key]
  expect(new Set(keys.map((key) => key.export().toString('hex'))).size).toBe(4)
  expect([audit.version, rotated.version]).toEqual([1, 2])
  expect(elsewhere.key.equals(audit.key)).toBe(true)
  expect(older?.equals(audit.key)).toBe(true)
  expect(await parts.keyRing.purpose('audit').byVersion(99)).toBeUndefined()
})

function countingKeyService(): KeyService & { unwrapped: number } {
  const real = aKeyService()
  const counting = {
    ...real,
    unwrapped: 0,
    unwrap(wrapped: Uint8Array, context: Parameters<KeyService['unwrap']>[1]) {
      counting.unwrapped += 1
      return real.unwrap(wrapped, context)
    },
  }
  return counting
}

async function rejectionOf(promise: Promise<unknown>): Promise<KeyError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof KeyError) return error
    throw error
  }
  throw new Error('It was not refused')
}
