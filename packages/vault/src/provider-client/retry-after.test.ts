import { expect, test } from 'vitest'

import { readRetryAfter } from './retry-after.ts'

const NOW = 1_800_000_000

test.each<readonly [string, number | undefined]>([
  ['7', 7],
  [' 120 ', 120],
  ['0', 1],
  ['999999999', 3600],
  ['99999999999999999999', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['1e3', undefined],
  ['soon', undefined],
  ['', undefined],
  [new Date((NOW + 90) * 1000).toUTCString(), 90],
  [new Date((NOW - 90) * 1000).toUTCString(), 1],
  [new Date((NOW + 9_000_000) * 1000).toUTCString(), 3600],
  ['Mon, 99 Xyz 2026 10:00:00 GMT', undefined],
  ['2027-01-15T08:00:10Z', undefined],
  ['Mon; drop table', undefined],
])('reads %j as %j', (value, seconds) => {
  expect(readRetryAfter(new Headers({ 'retry-after': value }), NOW)).toBe(seconds)
})

test('reads nothing where there is nothing', () => {
  expect(readRetryAfter(new Headers(), NOW)).toBeUndefined()
})
