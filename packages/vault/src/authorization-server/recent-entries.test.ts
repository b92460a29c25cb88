import { expect, test } from 'vitest'

import { createRecentEntries } from './recent-entries.ts'

function aMemory() {
  let now = 1_000
  return {
    ...createRecentEntries<number>({ runtime: { now: () => now }, lifeSeconds: 60 }),
    advance: (seconds: number) => {
      now += seconds
    },
  }
}

test('gives back what was remembered until its life is over', () => {
  const { get, remember, advance } = aMemory()
  remember('one', 1)
  advance(59)
  expect(get('one')).toBe(1)
  expect(get('two')).toBeUndefined()

  advance(1)
  expect(get('one')).toBeUndefined()
})

test('begins a life anew for what is remembered again', () => {
  const { get, remember, advance } = aMemory()
  remember('one', 1)
  remember('two', 2)
  advance(30)
  remember('one', 3)
  advance(30)

  expect(get('one')).toBe(3)
  expect(get('two')).toBeUndefined()
})

test('holds 10,000 entries, of which the oldest go first', () => {
  const { get, remember } = aMemory()
  for (let i = 0; i <= 10_000; i += 1) remember(String(i), i)

  expect([get('0'), get('1'), get('10000')]).toEqual([undefined, 1, 10_000])
})
