import { describe, expect, test } from 'vitest'

import type { SealContext } from '../ports/sealer.ts'
import { DecryptError } from './decrypt-error.ts'
import { aKeyRing, rotate, TENANT } from './keys.fixture.ts'
import { createSealer, SEAL_OVERHEAD_BYTES } from './sealer.ts'

const TOKEN = 'ya29.a-provider-token-that-must-stay-secret'

const CONTEXT: SealContext = {
  tenant: TENANT,
  owner: 'usr_1',
  record: 'cac_1',
  column: 'access_token',
  generation: 1,
  bindings: ['google', 'my-agent'],
}

function aSealer() {
  const parts = aKeyRing()
  return { ...parts, sealer: createSealer(parts) }
}

describe('sealing', () => {
  test.each([
    ['an empty text', ''],
    ['a token', TOKEN],
    ['any Unicode', 'naïve 🤖 \0 \u202e'],
    ['a long text', 'x'.repeat(256 * 1024)],
  ])('gives back %s', async (_, text) => {
    const { sealer } = aSealer()

    expect(await sealer.open(await sealer.seal(text, CONTEXT), CONTEXT)).toBe(text)
  })

  test('leaves nothing of the value, and nothing of whose it is, in the result', async () => {
    const { sealer } = aSealer()
    const text = Buffer.from(await sealer.seal(TOKEN, CONTEXT)).toString('latin1')

    for (const part of [TOKEN, TOKEN.slice(5, 13), 'usr_1', 'cac_1', 'access_token', TENANT]) {
      expect(text).not.toContain(part)
    }
  })

  test('has the documented layout', async () => {
    const parts = aSealer()
    const sealed = await parts.sealer.seal(TOKEN, CONTEXT)
    await rotate(parts)
    parts.runtime.advance(300)
    const afterRotation = await parts.sealer.seal(TOKEN, CONTEXT)

    expect(SEAL_OVERHEAD_BYTES).toBe(98)
    expect(sealed.length).toBe(98 + Buffer.byteLength(TOKEN))
    expect([...sealed.subarray(0, 6)]).toEqual([0x76, 1, 0, 0, 0, 1])
    expect([...afterRotation.subarray(0, 6)]).toEqual([0x76, 1, 0, 0, 0, 2])
  })

  test('never gives the same result twice', async () => {
    const { sealer } = aSealer()
    const sealed = await Promise.all(Array.from({ length: 200 }, () => sealer.seal(TOKEN, CONTEXT)))
    const parts = (from: number, to: number) =>
      new Set(sealed.map((blob) => Buffer.from(blob.subarray(from, to)).toString('hex'))).size

    expect(parts(6, 38)).toBe(200) // salt
    expect(parts(38, 50)).toBe(200) // nonce
    expect(parts(50, 82)).toBe(200) // commitment
    expect(parts(82, 98)).toBe(200) // the first bytes of the ciphertext
  })

  test('refuses what would not come back, and what is too large', async () => {
    const { sealer } = aSealer()

    await expect(sealer.seal('\ud800', CONTEXT)).rejects.toThrow(TypeError)
    await expect(sealer.seal('x'.repeat(256 * 1024 + 1), CONTEXT)).rejects.toThrow(TypeError)
  })

  test('refuses contexts that have no unambiguous encoding, and other tenants', async () => {
    const { sealer } = aSealer()

    await expect(sealer.seal(TOKEN, { ...CONTEXT, owner: '\ud800' })).rejects.toThrow(TypeError)
    await expect(sealer.seal(TOKEN, { ...CONTEXT, generation: 1.5 })).rejects.toThrow(TypeError)
    await expect(sealer.seal(TOKEN, { ...CONTEXT, tenant: 'other' })).rejects.toThrow(TypeError)
  })
})

describe('opening', () => {
  test('fails for every single flipped bit', async () => {
    const { sealer } = aSealer()
    const sealed = await sealer.seal(TOKEN, CONTEXT)

    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const damaged = Uint8Array.from(sealed)
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      await expect(sealer.open(damaged, CONTEXT)).rejects.toThrow(DecryptError)
    }
  })

  test('fails for every other length', async () => {
    const { sealer } = aSealer()
    const sealed = await sealer.seal(TOKEN, CONTEXT)

    for (let length = 0; length < sealed.length; length++) {
      await expect(sealer.open(sealed.subarray(0, length), CONTEXT)).rejects.toThrow(DecryptError)
      await expect(sealer.open(sealed.subarray(length + 1), CONTEXT)).rejects.toThrow(DecryptError)
    }
    for (const extension of [1, 16, 98]) {
      const extended = new Uint8Array(sealed.length + extension)
      extended.set(sealed)
      await expect(sealer.open(extended, CONTEXT)).rejects.toThrow(DecryptError)
    }
    await expect(sealer.open(new Uint8Array(2 ** 20), CONTEXT)).rejects.toThrow(DecryptError)
  })

  test('opens a value in no other place of a set', async () => {
    const { sealer } = aSealer()
    const contexts: SealContext[] = []
    for (const owner of ['usr_1', 'usr_11', '']) {
      for (const record of ['cac_1', 'cac_11', '1cac_1']) {
        for (const column of ['access_token', 'refresh_token']) {
          for (const generation of [1, 11]) {
            for (const bindings of [[], ['google'], ['google', '']]) {
              contexts.push({ tenant: TENANT, owner, record, column, generation, bindings })
            }
          }
        }
      }
    }
    const sealed = await Promise.all(
      contexts.map((context, index) => sealer.seal(`token ${index}`, context)),
    )

    for (const [from, blob] of sealed.entries()) {
      for (const context of contexts.filter((_, to) => to !== from)) {
        await expect(sealer.open(blob, context)).rejects.toThrow(DecryptError)
      }
      expect(await sealer.open(blob, contexts[from]!)).toBe(`token ${from}`)
    }
  })

  test('fails for a column that was rolled back a generation', async () => {
    const { sealer } = aSealer()
    const older = await sealer.seal('older', { ...CONTEXT, generation: 6 })

    await expect(sealer.open(older, { ...CONTEXT, generation: 7 })).rejects.toThrow(DecryptError)
  })

  test.each([
    [
      { owner: 'a', record: '|bc' },
      { owner: 'a|', record: 'bc' },
    ],
    [
      { owner: 'a|bc', record: '' },
      { owner: '', record: 'a|bc' },
    ],
    [
      { owner: 'ab', record: 'c' },
      { owner: 'a', record: 'bc' },
    ],
    [
      { record: 'r', column: '12', generation: 3 },
      { record: 'r', column: '1', generation: 23 },
    ],
    [{ bindings: ['google', 'work'] }, { bindings: ['googlework'] }],
    [{ bindings: ['google', 'work'] }, { bindings: ['work', 'google'] }],
    [{ bindings: [] }, { bindings: [''] }],
    [{ owner: 'é' }, { owner: 'e\u0301' }],
  ])('does not take %j for %j', async (one, other) => {
    const { sealer } = aSealer()
    const sealed = await sealer.seal(TOKEN, { ...CONTEXT, ...one })

    await expect(sealer.open(sealed, { ...CONTEXT, ...other })).rejects.toThrow(DecryptError)
  })

  test('R22: fails for another tenant, whether the context or the key is the other’s', async () => {
    const { sealer } = aSealer()
    const other = aSealer()
    const sealed = await sealer.seal(TOKEN, CONTEXT)

    await expect(sealer.open(sealed, { ...CONTEXT, tenant: 'other' })).rejects.toThrow(DecryptError)
    await expect(other.sealer.open(sealed, CONTEXT)).rejects.toThrow(DecryptError)
  })

  test('fails for a key version that was written over, known or not', async () => {
    const parts = aSealer()
    const sealed = await parts.sealer.seal(TOKEN, CONTEXT)
    await rotate(parts)
    parts.runtime.advance(300)

    for (const version of [0, 2, 3, 0xffff_ffff]) {
      const moved = Uint8Array.from(sealed)
      new DataView(moved.buffer).setUint32(2, version)
      await expect(parts.sealer.open(moved, CONTEXT)).rejects.toThrow(DecryptError)
    }
  })

  test('still opens what an older version sealed', async () => {
    const parts = aSealer()
    const sealed = await parts.sealer.seal(TOKEN, CONTEXT)
    await rotate(parts)
    parts.runtime.advance(300)

    expect(await parts.sealer.open(sealed, CONTEXT)).toBe(TOKEN)
  })

  test('opens a view into a larger buffer', async () => {
    const { sealer } = aSealer()
    const sealed = await sealer.seal(TOKEN, CONTEXT)
    const page = new Uint8Array(sealed.length + 100)
    page.set(sealed, 33)

    expect(await sealer.open(page.subarray(33, 33 + sealed.length), CONTEXT)).toBe(TOKEN)
  })

  test('says the same, whatever is wrong, and nothing about the value', async () => {
    const { sealer } = aSealer()
    const sealed = await sealer.seal(TOKEN, CONTEXT)
    const wrongTag = Uint8Array.from(sealed)
    wrongTag[sealed.length - 1] = (wrongTag[sealed.length - 1] ?? 0) ^ 1
    const wrongCommitment = Uint8Array.from(sealed)
    wrongCommitment[60] = (wrongCommitment[60] ?? 0) ^ 1

    const errors = await Promise.all(
      [
        sealer.open(wrongTag, CONTEXT),
        sealer.open(wrongCommitment, CONTEXT),
        sealer.open(sealed, { ...CONTEXT, column: 'refresh_token' }),
        sealer.open(new Uint8Array(0), CONTEXT),
        aSealer().sealer.open(sealed, CONTEXT),
      ].map((opening) =>
        opening.then(
          () => undefined,
          (error: unknown) => error,
        ),
      ),
    )

    const described = errors.map((error) =>
      error instanceof DecryptError
        ? { name: error.name, code: error.code, message: error.message, cause: error.cause }
        : 'opened',
    )
    expect(new Set(described.map((text) => JSON.stringify(text))).size).toBe(1)
    expect(described[0]).toMatchObject({ code: 'decrypt_failed', cause: undefined })
  })
})
