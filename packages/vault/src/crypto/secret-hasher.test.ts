import { expect, test } from 'vitest'

import { createSecretHasher } from './secret-hasher.ts'

const hasher = createSecretHasher()

test('hashes with SHA-256 (FIPS 180-4, the example "abc")', () => {
  expect(Buffer.from(hasher.hash('abc')).toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
})

test('RV-23: matches either of two live secrets', () => {
  const hashes = [hasher.hash('first'), hasher.hash('second')]

  expect(hasher.matchesAny('first', hashes)).toBe(true)
  expect(hasher.matchesAny('second', hashes)).toBe(true)
  expect(hasher.matchesAny('third', hashes)).toBe(false)
  expect(hasher.matchesAny('', hashes)).toBe(false)
})

test('matches nothing when nothing is stored', () => {
  expect(hasher.matchesAny('anything', [])).toBe(false)
  expect(hasher.matchesAny('', [])).toBe(false)
})

test('a stored hash of another length matches nothing', () => {
  const whole = hasher.hash('secret')
  const long = new Uint8Array(64)
  long.set(whole)

  for (const stored of [whole.subarray(0, 31), whole.subarray(0, 0), long, new Uint8Array(0)]) {
    expect(hasher.matchesAny('secret', [stored])).toBe(false)
  }
  expect(hasher.matchesAny('secret', [new Uint8Array(5), whole])).toBe(true)
})
