import { expect, test } from 'vitest'
import { newAttempt, parseAttempts } from './attempts.ts'

const attempt = { id: 'x'.repeat(24), call: 'call-1', by: 'popup' } as const

test('makes ids that a connect link takes, each another', () => {
  const ids = Array.from({ length: 100 }, () => newAttempt('call', 'popup').id)

  expect(new Set(ids).size).toBe(100)
  expect(ids.filter((id) => !/^[A-Za-z0-9_-]{24}$/.test(id))).toEqual([])
})

test('reads what it wrote', () => {
  const attempts = [attempt, newAttempt('call-2', 'redirect')]

  expect(parseAttempts(JSON.stringify(attempts))).toEqual(attempts)
  expect(parseAttempts(null)).toEqual([])
})

test.each([
  [{ ...attempt, more: true }],
  [attempt, { ...attempt, id: 'short' }],
  [{ ...attempt, id: '<script>'.padEnd(24, 'x') }],
  [{ ...attempt, by: 'mail' }],
  [{ ...attempt, call: 'x'.repeat(2_049) }],
  [{ ...attempt, call: undefined }],
  [null],
  [[attempt.id, attempt.call, attempt.by]],
  Array.from({ length: 21 }, () => attempt),
  { 0: attempt, length: 1 },
  'attempts',
])('takes nothing of what is not wholly its own: %j', (...value) => {
  expect(parseAttempts(JSON.stringify(value.length === 1 ? value[0] : value))).toEqual([])
})

test('takes nothing of what is too long to look at', () => {
  expect(parseAttempts(`[]${' '.repeat(65_536)}`)).toEqual([])
})
