import { expect, test } from 'vitest'

import { cleanLabel, isCleanLabel } from './label.ts'

test('leaves ordinary names alone, in any script', () => {
  for (const label of [
    'alice@example.com',
    'Zoë – Büro',
    '山田太郎',
    'عمل',
    'work 🔑',
    '👩‍🚀 نمی‌خواهم',
  ]) {
    expect(cleanLabel(label, 'id')).toBe(label)
    expect(isCleanLabel(label)).toBe(true)
  }
})

test('takes out what hides, reorders or breaks lines', () => {
  expect(cleanLabel(' a\u0000b\r\nc\u202Ed\u200B\u2066e\uFEFF ', 'id')).toBe('abcde')
  expect(cleanLabel('\uD800lone', 'id')).toBe('lone')
  expect(isCleanLabel('a\u202Eb')).toBe(false)
})

test('falls back when nothing is left, and cuts what is too long', () => {
  expect(cleanLabel('\u200B \n', '1234')).toBe('1234')
  expect(cleanLabel('🔑'.repeat(300), 'id')).toBe('🔑'.repeat(200))
  expect(isCleanLabel('')).toBe(false)
  expect(isCleanLabel('x'.repeat(201))).toBe(false)
})
