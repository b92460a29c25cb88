import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { createMemoryRateLimiter } from './memory-rate-limiter.ts'

// The library reads the global clock and has no other; this is the one place where it is moved.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
})

async function take(
  limiter: ReturnType<typeof createMemoryRateLimiter>,
  key: string,
  times: number,
): Promise<number> {
  let allowed = 0
  for (let i = 0; i < times; i++) allowed += (await limiter.take(key)) === undefined ? 1 : 0
  return allowed
}

test('allows so many uses in a window and then says how long to wait', async () => {
  const limiter = createMemoryRateLimiter({ points: 3, durationSeconds: 60 })

  expect(await take(limiter, 'bob', 3)).toBe(3)
  vi.advanceTimersByTime(10_500)
  expect(await limiter.take('bob')).toBe(50)
  vi.advanceTimersByTime(49_499)
  expect(await limiter.take('bob')).toBe(1)
  vi.advanceTimersByTime(1)
  expect(await limiter.take('bob')).toBeUndefined()
})

test('counts keys apart, also nasty ones', async () => {
  const limiter = createMemoryRateLimiter({ points: 1, durationSeconds: 60 })
  const keys = [
    'bob',
    'bobby',
    '',
    'key:bob',
    'overflow:1',
    '__proto__',
    'constructor',
    'a:b',
    '🤖',
  ]

  for (const key of keys) expect(await take(limiter, key, 3)).toBe(1)
})

test('of many uses at once it allows as many as there are points', async () => {
  const limiter = createMemoryRateLimiter({ points: 5, durationSeconds: 60 })

  const verdicts = await Promise.all(Array.from({ length: 50 }, () => limiter.take('bob')))

  expect(verdicts.filter((verdict) => verdict === undefined)).toHaveLength(5)
})

test('forgives a key', async () => {
  const limiter = createMemoryRateLimiter({ points: 1, durationSeconds: 60 })
  await take(limiter, 'bob', 5)
  await take(limiter, 'eve', 5)

  await limiter.reset('bob')
  await limiter.reset('nobody')

  expect(await take(limiter, 'bob', 2)).toBe(1)
  expect(await take(limiter, 'eve', 1)).toBe(0)
})

test('a flood of keys neither grows without end nor forgives anybody', async () => {
  const limiter = createMemoryRateLimiter({ points: 2, durationSeconds: 60, maxKeys: 100 })
  await take(limiter, 'eve', 5)

  const allowed = []
  for (let i = 0; i < 5_000; i++) allowed.push(await limiter.take(`flood-${i}`))

  expect(await limiter.take('eve')).toBeGreaterThan(0)
  // 99 keys of their own, and 256 shared counters of two uses each.
  const passed = allowed.filter((verdict) => verdict === undefined).length
  expect(passed).toBeGreaterThanOrEqual(99 + 256)
  expect(passed).toBeLessThanOrEqual(99 + 512)
  // One timer stands for one counter.
  expect(vi.getTimerCount()).toBeLessThanOrEqual(100 + 256)
})

test('has room again when the windows of a flood have ended', async () => {
  const limiter = createMemoryRateLimiter({ points: 2, durationSeconds: 60, maxKeys: 10 })
  for (let i = 0; i < 3_000; i++) await limiter.take(`flood-${i}`)
  vi.advanceTimersByTime(60_000)

  for (let i = 0; i < 10; i++) expect(await take(limiter, `honest-${i}`, 3)).toBe(2)
  expect(vi.getTimerCount()).toBe(10)
})

test('a shared counter is not forgiven with one of its keys', async () => {
  const limiter = createMemoryRateLimiter({ points: 1, durationSeconds: 60, maxKeys: 1 })
  await limiter.take('first')
  await take(limiter, 'overflowing', 2)

  await limiter.reset('overflowing')

  expect(await limiter.take('overflowing')).toBe(60)
})

test.each([
  { points: 0, durationSeconds: 60 },
  { points: 1.5, durationSeconds: 60 },
  { points: 1, durationSeconds: 0 },
  { points: 1, durationSeconds: 60, maxKeys: 0 },
])('refuses %j', (options) => {
  expect(() => createMemoryRateLimiter(options)).toThrow(TypeError)
})
