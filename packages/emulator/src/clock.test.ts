import { expect, test } from 'vitest'

import { createVirtualClock } from './clock.ts'

test('runs with the clock below it, ahead by what it was advanced', () => {
  let base = 100
  const clock = createVirtualClock(() => base)

  clock.advance(50)
  base += 1

  expect(clock.now()).toBe(151)
})

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('does not advance by %s', (seconds) => {
  const clock = createVirtualClock(() => 100)

  expect(() => {
    clock.advance(seconds)
  }).toThrow(TypeError)
  expect(clock.now()).toBe(100)
})
