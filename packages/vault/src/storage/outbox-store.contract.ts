import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { bytes, NASTY_IDS, TENANT, type OpenTwoNodes, type TwoNodes } from './stores.fixture.ts'

/** What every outbox must do, on any engine. */
export function describeOutboxStore(name: string, open: OpenTwoNodes): void {
  describe(`outbox on ${name}`, () => {
    let nodes: TwoNodes

    beforeEach(async () => {
      nodes = await open()
    })

    afterEach(async () => {
      await nodes.close()
    })

    async function put(id: string, now = 1_000, tenant = TENANT): Promise<void> {
      await nodes.first.outbox.put({
        tenant,
        draft: { id, kind: 'provider_revocation', payload: bytes(1) },
        now,
      })
    }

    function claim(
      overrides: Partial<Parameters<TwoNodes['first']['outbox']['claim']>[0]> = {},
      node = nodes.second,
    ) {
      return node.outbox.claim({
        tenant: TENANT,
        now: 1_000,
        leaseUntil: 1_060,
        limit: 10,
        ...overrides,
      })
    }

    test('gives out what was put in, oldest first and no more than asked for', async () => {
      await put('out_c', 1_000)
      await put('out_a', 999)
      await put('out_b', 1_000)

      const first = await claim({ limit: 2 })
      const rest = await claim()

      expect(first.map(({ id }) => id)).toEqual(['out_a', 'out_b'])
      expect(rest).toEqual([
        {
          tenant: TENANT,
          id: 'out_c',
          kind: 'provider_revocation',
          payload: bytes(1),
          attempts: 0,
          createdAt: 1_000,
        },
      ])
    })

    test('of many claims at once on two nodes each entry goes to one', async () => {
      for (let index = 0; index < 20; index++) await put(`out_${index}`)

      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          claim({ limit: 3 }, index % 2 === 0 ? nodes.first : nodes.second),
        ),
      )

      const ids = claims.flat().map(({ id }) => id)
      expect(ids).toHaveLength(20)
      expect(new Set(ids).size).toBe(20)
    })

    test('gives an entry out again when its lease has ended', async () => {
      await put('out_1')
      await claim()

      expect(await claim({ now: 1_060, leaseUntil: 1_120 })).toEqual([])
      expect(await claim({ now: 1_061, leaseUntil: 1_121 })).toHaveLength(1)
    })

    test('waits with a retry until its time, and tells how often it was tried', async () => {
      await put('out_1')
      await claim()

      await nodes.first.outbox.retry({
        tenant: TENANT,
        id: 'out_1',
        attempts: 3,
        nextAttemptAt: 1_010,
      })

      expect(await claim({ now: 1_009 })).toEqual([])
      expect(await claim({ now: 1_010 })).toMatchObject([{ id: 'out_1', attempts: 3 }])
    })

    test('a delivered entry is gone, and delivering it twice is no error', async () => {
      await put('out_1')
      await put('out_2')
      const key = { tenant: TENANT, id: 'out_1' }

      await nodes.first.outbox.delivered(key)
      await nodes.second.outbox.delivered(key)

      expect((await claim()).map(({ id }) => id)).toEqual(['out_2'])
    })

    test('putting the same entry twice keeps one', async () => {
      await put('out_1', 1_000)
      await put('out_1', 1_001)

      expect(await claim({ now: 2_000, leaseUntil: 2_060 })).toHaveLength(1)
    })

    test('keeps tenants and nasty ids apart', async () => {
      for (const nasty of NASTY_IDS) await put(nasty, 1_000, 'bob')
      await put('out_1', 1_000, 'bobby')
      await nodes.first.outbox.delivered({ tenant: 'bob', id: 'bob' })
      await nodes.first.outbox.delivered({ tenant: 'bob', id: '%' })
      await nodes.first.outbox.delivered({ tenant: 'bo', id: 'bobby' })

      const left = await claim({ tenant: 'bob', limit: 1_000 })

      expect(left.map(({ id }) => id).toSorted()).toEqual(
        NASTY_IDS.filter((id) => id !== 'bob' && id !== '%').toSorted(),
      )
      expect(await claim({ tenant: 'bobby' })).toHaveLength(1)
      expect(await claim({ tenant: TENANT })).toEqual([])
    })
  })
}
