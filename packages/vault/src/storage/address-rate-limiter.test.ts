import { expect, test } from 'vitest'

import { createAddressRateLimiter } from './address-rate-limiter.ts'

const POINTS = 3
const limits = { points: POINTS, durationSeconds: 60, maxKeys: 100 }

/** Uses up the room for single networks and then tries to use up what is shared. */
async function flood(
  limiter: ReturnType<typeof createAddressRateLimiter>,
  networkOf: (i: number) => string,
): Promise<void> {
  for (let i = 0; i < 100 + 256 * POINTS * 2; i++) await limiter.take(networkOf(i))
}

test('a flood from IPv6 networks holds up no IPv4 caller', async () => {
  const limiter = createAddressRateLimiter(limits)
  await flood(limiter, (i) => `2001:${(i >> 8).toString(16)}:${(i & 255).toString(16)}:1::/64`)

  for (let i = 0; i < 100; i++) expect(await limiter.take(`198.51.100.${i}`)).toBeUndefined()
})

test('a flood from all the networks of one site holds up nearly nobody else', async () => {
  const limiter = createAddressRateLimiter(limits)
  await flood(limiter, (i) => `2001:db8:1:${i.toString(16)}::/64`)

  const waits = []
  for (let i = 0; i < 100; i++) waits.push(await limiter.take(`2a00:${i.toString(16)}:7:1::/64`))
  // One shared counter of 256 is used up.
  expect(waits.filter((wait) => wait !== undefined).length).toBeLessThan(5)
})

test('each address is counted and forgiven by itself', async () => {
  const limiter = createAddressRateLimiter(limits)
  for (const address of ['198.51.100.1', '2001:db8:1:2::/64', 'unknown']) {
    for (let i = 0; i < POINTS; i++) expect(await limiter.take(address)).toBeUndefined()
    expect(await limiter.take(address)).toBeGreaterThan(0)
    await limiter.reset(address)
    expect(await limiter.take(address)).toBeUndefined()
  }
})
