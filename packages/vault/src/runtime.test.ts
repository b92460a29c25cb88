import { userInfo } from 'node:os'

import { expect, test } from 'vitest'

import { processUserId, systemRuntime } from './runtime.ts'

test('sleeping ends early, and without error, when the signal says so', async () => {
  const controller = new AbortController()
  const sleeping = systemRuntime.sleep(3_600, controller.signal)
  controller.abort()

  await sleeping
  await systemRuntime.sleep(3_600, controller.signal)

  expect(controller.signal.aborted).toBe(true)
})

test('random bytes are never the same twice', () => {
  const seen = Array.from({ length: 1_000 }, () =>
    Buffer.from(systemRuntime.randomBytes(16)).toString('hex'),
  )

  expect(new Set(seen).size).toBe(1_000)
})

test('knows which user the process acts as', () => {
  expect(processUserId()).toBe(userInfo().uid)
})
