import fc from 'fast-check'
import { expect, test } from 'vitest'

import { DELIVERY_GIVES_UP_AFTER_SECONDS, nextDeliveryAt } from './delivery-schedule.ts'

const first = { createdAt: 1_000, attempts: 1, now: 1_000, random: 0 }

test('waits 10 s, then twice as long each time, at most 6 h', () => {
  const waits = [1, 2, 3, 4, 20].map(
    (attempts) => (nextDeliveryAt({ ...first, attempts }) ?? 0) - first.now,
  )

  expect(waits).toEqual([10, 20, 40, 80, 6 * 60 * 60])
})

test('waits as long as the provider asks, within reason', () => {
  expect(nextDeliveryAt({ ...first, retryAfterSeconds: 120 })).toBe(1_120)
  expect(nextDeliveryAt({ ...first, retryAfterSeconds: 1 })).toBe(1_010)
  expect(nextDeliveryAt({ ...first, retryAfterSeconds: 1e9 })).toBe(1_000 + 6 * 60 * 60)
})

test('gives up after a week', () => {
  const end = first.createdAt + DELIVERY_GIVES_UP_AFTER_SECONDS

  expect(nextDeliveryAt({ ...first, now: end - 1 })).toBeGreaterThan(end - 1)
  expect(nextDeliveryAt({ ...first, now: end })).toBeUndefined()
})

test('always lies ahead, and spreads by a quarter at most', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempts, random) => {
        const calm = nextDeliveryAt({ ...first, attempts }) ?? 0
        const spread = nextDeliveryAt({ ...first, attempts, random }) ?? 0

        expect(spread).toBeGreaterThan(first.now)
        expect(spread).toBeLessThanOrEqual(first.now + Math.ceil((calm - first.now) * 1.25))
      },
    ),
  )
})
