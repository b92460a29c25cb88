import { expect, test } from 'vitest'

import { createRecentEntries } from './recent-entries.ts'

function aMemory() {
  let now = 1_000
  return {
    entries: createRecentEntries<number>({ runtime: { now: () => now }, lifeSeconds: 60 }),
    advance: (seconds: number) => {
      now += seconds
    },
  }
}

test('gives back what was remembered until its life is over', () => {
  const { entries, advance } = aMemory()
  entries.remember('one', 1)
  advance(59)
  expect(entries.get('one')).toBe(1)
  expect(entries.get('two')).toBeUndefined()

  advance(1)
  expect(entries.get('one')).toBeUndefined()
})

test('begins a life anew for what is remembered again', () => {
  const { entries, advance } = aMemory()
  entries.remember('one', 1)
  entries.remember('two', 2)
  advance(30)
  entries.remember('one', 3)
  advance(30)

  expect(entries.get('one')).toBe(3)
  expect(entries.get('two')).toBeUndefined()
})

test('holds 10,000 entries, of which the oldest go first', () => {
  const { entries } = aMemory()
  for (let i = 0; i <= 10_000; i += 1) entries.remember(String(i), i)

  expect([entries.get('0'), entries.get('1'), entries.get('10000')]).toEqual([undefined, 1, 10_000])
})
