import { expect, test } from 'vitest'

import { sweepExpired } from './sweep-expired.ts'

function aPile(size: number, onBatch: () => void = () => {}) {
  let left = size
  const sweep = async ({ limit }: { readonly limit: number }): Promise<number> => {
    onBatch()
    const removed = Math.min(limit, left)
    left -= removed
    return removed
  }
  return { sweep, left: () => left }
}

const runtime = { now: () => 1_000 }

test('removes all at once, also more than fits into one batch', async () => {
  const pile = aPile(2_500)

  await sweepExpired({ tenant: 'main', sweep: pile.sweep, runtime })(new AbortController().signal)

  expect(pile.left()).toBe(0)
})

test('ends between two batches when the vault stops', async () => {
  const stop = new AbortController()
  const pile = aPile(5_000, () => stop.abort())

  await sweepExpired({ tenant: 'main', sweep: pile.sweep, runtime })(stop.signal)

  expect(pile.left()).toBe(4_000)
})
