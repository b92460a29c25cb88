import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { SealContext } from '../ports/sealer.ts'
import { DecryptError } from './decrypt-error.ts'
import { aKeyRing, TENANT } from './keys.fixture.ts'
import { createSealer } from './sealer.ts'

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300)

// For `./dev fuzz`; a usual run takes a fraction of a second.
const options = { timeout: 300_000 }

const sealer = createSealer(aKeyRing())

const text = fc.string({ unit: 'grapheme' })

const contexts = fc.record({
  tenant: fc.constant(TENANT),
  owner: text,
  record: text,
  column: text,
  generation: fc.maxSafeNat(),
  bindings: fc.array(text, { maxLength: 3 }),
})

/** Bytes of any kind, and bytes that look like a sealed value up to some point. */
const blobs = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .tuple(fc.constantFrom(0, 1, 2, 0xffff_ffff), fc.uint8Array({ minLength: 80, maxLength: 400 }))
    .map(([version, rest]) => {
      const blob = new Uint8Array(6 + rest.length)
      blob.set([0x76, 1])
      new DataView(blob.buffer).setUint32(2, version)
      blob.set(rest, 6)
      return blob
    }),
)

test('no bytes open, crash the reader or raise another error', options, async () => {
  await fc.assert(
    fc.asyncProperty(blobs, contexts, async (blob, context) => {
      await expect(sealer.open(blob, context)).rejects.toThrow(DecryptError)
    }),
    { numRuns },
  )
})

test('what is sealed opens in its own place and in no other', options, async () => {
  await fc.assert(
    fc.asyncProperty(text, contexts, contexts, async (value, place, other) => {
      const sealed = await sealer.seal(value, place)

      expect(await sealer.open(sealed, place)).toBe(value)
      fc.pre(!isSamePlace(place, other))
      await expect(sealer.open(sealed, other)).rejects.toThrow(DecryptError)
    }),
    { numRuns },
  )
})

test('no edit of a sealed value opens', options, async () => {
  const place: SealContext = {
    tenant: TENANT,
    owner: 'usr_1',
    record: 'cac_1',
    column: 'access_token',
    generation: 1,
    bindings: ['google'],
  }
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.nat(),
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.constantFrom('overwrite', 'insert', 'delete'),
      async (value, at, bytes, edit) => {
        const sealed = Buffer.from(await sealer.seal(value, place))
        const position = at % sealed.length
        const kept = edit === 'insert' ? position : position + bytes.length
        const edited = Buffer.concat([
          sealed.subarray(0, position),
          ...(edit === 'delete' ? [] : [bytes]),
          sealed.subarray(kept),
        ])

        fc.pre(!edited.equals(sealed))
        await expect(sealer.open(edited, place)).rejects.toThrow(DecryptError)
      },
    ),
    { numRuns },
  )
})

function isSamePlace(one: SealContext, other: SealContext): boolean {
  return (
    one.owner === other.owner &&
    one.record === other.record &&
    one.column === other.column &&
    one.generation === other.generation &&
    one.bindings.length === other.bindings.length &&
    one.bindings.every((binding, index) => binding === other.bindings[index])
  )
}
