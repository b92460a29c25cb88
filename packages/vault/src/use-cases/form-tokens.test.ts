import { expect, test } from 'vitest'

import { createSecretHasher } from '../crypto/secret-hasher.ts'
import { systemRuntime } from '../runtime.ts'
import { createFormTokens, FORM_SEED } from './form-tokens.ts'

const tokens = createFormTokens({ hasher: createSecretHasher(), runtime: systemRuntime })

test('RV-71: a token fits its own browser and subject only', () => {
  const seed = tokens.newSeed()
  const token = tokens.tokenFor(seed, 'ticket')

  expect(seed).toMatch(FORM_SEED)
  expect(tokens.isTokenFor(token, seed, 'ticket')).toBe(true)
  expect(tokens.isTokenFor(token, tokens.newSeed(), 'ticket')).toBe(false)
  expect(tokens.isTokenFor(token, seed, 'other')).toBe(false)
  expect(tokens.isTokenFor('', seed, 'ticket')).toBe(false)
  expect(tokens.isTokenFor(seed, seed, 'ticket')).toBe(false)
})

test('a cookie that is no seed of ours never fits, so that none can be chosen to collide', () => {
  const token = tokens.tokenFor('a.b', 'c')

  expect(token).toBe(tokens.tokenFor('a', 'b.c'))
  expect(tokens.isTokenFor(token, 'a.b', 'c')).toBe(false)
})

test('does not give the cookie away', () => {
  const seed = tokens.newSeed()

  expect(tokens.tokenFor(seed, 'ticket')).not.toContain(seed)
})
