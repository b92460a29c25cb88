import { expect, test } from 'vitest'

import { randomText } from './random-text.ts'

test('gives as many letters and digits as asked', () => {
  const text = randomText((length) => crypto.getRandomValues(new Uint8Array(length)), 40)

  expect(text).toMatch(/^[0-9A-Za-z]{40}$/)
})

test('draws again instead of folding the bytes that would favour some letters', () => {
  const bytes = [255, 248, 0, 250, 61, 62]
  const drawn = randomText((length) => Uint8Array.from(bytes.splice(0, length)), 3)

  expect(drawn).toBe('0z0')
  expect(bytes).toEqual([])
})
