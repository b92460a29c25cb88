import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { createMemoryRateLimiter } from './memory-rate-limiter.ts'
import { createRisingRateLimiter } from './rising-rate-limiter.ts'

// As in memory-rate-limiter.test.ts: the library below reads the global clock.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
})

function aLimiter() {
  return createRisingRateLimiter({ pointsPerMinute: 2, limiterOf: createMemoryRateLimiter })
}

test('RV-26: whoever comes again as soon as he may is told to wait longer and longer', async () => {
  const limiter = aLimiter()
  const waits: number[] = []

  while (waits.length < 6) {
    const wait = await limiter.take('eve')
    if (wait === undefined) continue
    waits.push(wait)
    vi.advanceTimersByTime(wait * 1_000)
  }

  // Two at once, then the minute; two more, of four in eight minutes; then eight in 64.
  expect(waits.slice(0, 2)).toEqual([60, 420])
  expect(Math.max(...waits)).toBeGreaterThan(3_000)
  expect(Math.max(...waits)).toBeLessThanOrEqual(3_840)
})

test('is no wait for those who are slow, and none for others', async () => {
  const limiter = aLimiter()
  for (let i = 0; i < 20; i++) await limiter.take('eve')

  expect(await limiter.take('bob')).toBeUndefined()
  for (let hour = 0; hour < 5; hour++) {
    vi.advanceTimersByTime(3_600_000)
    expect(await limiter.take('bob')).toBeUndefined()
  }
})

test('forgives a key in every window', async () => {
  const limiter = aLimiter()
  for (let i = 0; i < 20; i++) await limiter.take('eve')

  await limiter.reset('eve')

  expect(await limiter.take('eve')).toBeUndefined()
})
