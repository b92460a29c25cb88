import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { NewRecord, RecordKey, RecordStore } from '../ports/record-store.ts'
import {
  aHash,
  bytes,
  NASTY_IDS,
  TENANT,
  type OpenTwoNodes,
  type TwoNodes,
} from './stores.fixture.ts'

/** What every record store must do, on any engine. */
export function describeRecordStore(name: string, open: OpenTwoNodes): void {
  describe(`record store on ${name}`, () => {
    let nodes: TwoNodes
    let first: RecordStore
    let second: RecordStore

    beforeEach(async () => {
      nodes = await open()
      first = nodes.first.records
      second = nodes.second.records
    })

    afterEach(async () => {
      await nodes.close()
    })

    test('gives back what was put, on whichever node, and nothing for other keys', async () => {
      await first.put(aRecord())

      expect(await second.find(KEY)).toEqual(aRecord())
      for (const other of [{ tenant: 'other' }, { kind: 'RefreshToken' }, { idHash: aHash(9) }]) {
        expect(await second.find({ ...KEY, ...other })).toBeUndefined()
      }
    })

    test('keeps tenants, kinds and users with nasty names apart', async () => {
      const records = NASTY_IDS.flatMap((nasty, index) => [
        aRecord({ tenant: nasty, payload: bytes(index, 1) }),
        aRecord({ kind: nasty, payload: bytes(index, 2) }),
        aRecord({ idHash: aHash(index + 10), userId: nasty, payload: bytes(index, 3) }),
      ])
      for (const record of records) await first.put(record)

      for (const record of records) expect(await second.find(record)).toEqual(record)
      for (const userId of NASTY_IDS) {
        const found = await first.listOfUser({ tenant: TENANT, kind: KEY.kind, userId })
        expect(found.map((record) => record.userId)).toEqual([userId])
      }
    })

    test('a second put replaces all but whether it was consumed', async () => {
      await first.put(aRecord())
      await first.consume({ ...KEY, now: 1_050 })
      const changed = aRecord({ payload: bytes(7), userId: 'usr_2', expiresAt: 3_000 })

      await second.put(changed)

      expect(await first.find(KEY)).toEqual({ ...changed, consumedAt: 1_050 })
    })

    test('RV-52: of many that consume at once, on two nodes, one is told true', async () => {
      await first.put(aRecord())

      const verdicts = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          (index % 2 === 0 ? first : second).consume({ ...KEY, now: 1_100 + index }),
        ),
      )

      expect(verdicts.filter(Boolean)).toHaveLength(1)
      const { consumedAt } = (await first.find(KEY)) ?? {}
      expect(consumedAt).toBe(1_100 + verdicts.indexOf(true))
    })

    test('what is not there is not consumed', async () => {
      expect(await first.consume({ ...KEY, now: 1_100 })).toBe(false)
      expect(await first.find(KEY)).toBeUndefined()
    })

    describe('R6: a successor', () => {
      const successor = aRecord({ idHash: aHash(2), payload: bytes(5) })
      const put = { record: successor, predecessor: KEY, successor: bytes(4, 4) }

      test('is written with its predecessor’s memory of it, in one step', async () => {
        await first.put(aRecord())
        await first.consume({ ...KEY, now: 1_100 })

        expect(await second.putSuccessor(put)).toBe(true)

        expect(await first.find(successor)).toEqual(successor)
        expect(await first.find(KEY)).toEqual({
          ...aRecord(),
          consumedAt: 1_100,
          successor: bytes(4, 4),
        })
      })

      test('is not written for a predecessor that is gone, or was not consumed', async () => {
        expect(await first.putSuccessor(put)).toBe(false)
        await first.put(aRecord())
        expect(await first.putSuccessor(put)).toBe(false)

        expect(await first.find(successor)).toBeUndefined()
        expect(await first.find(KEY)).toEqual(aRecord())
      })

      test('a family that ends while it rotates stays ended', async () => {
        await first.put(aRecord())
        await first.consume({ ...KEY, now: 1_100 })
        await second.removeOfGrant({ tenant: TENANT, kind: KEY.kind, grantHash: aHash(6) })

        expect(await first.putSuccessor(put)).toBe(false)
        expect(await first.find(successor)).toBeUndefined()
      })

      test('after a crash the consumption can be taken back, once, and only without one', async () => {
        await first.put(aRecord())
        await first.consume({ ...KEY, now: 1_100 })

        expect(await first.reopen({ ...KEY, consumedAt: 1_099 })).toBe(false)
        const verdicts = await Promise.all([
          first.reopen({ ...KEY, consumedAt: 1_100 }),
          second.reopen({ ...KEY, consumedAt: 1_100 }),
        ])
        expect(verdicts.filter(Boolean)).toHaveLength(1)
        expect(await first.find(KEY)).toEqual(aRecord())

        await first.consume({ ...KEY, now: 1_200 })
        await first.putSuccessor(put)
        expect(await first.reopen({ ...KEY, consumedAt: 1_200 })).toBe(false)
      })

      test('one that comes late, after the consumption was taken back, is not written', async () => {
        await first.put(aRecord())
        await first.consume({ ...KEY, now: 1_100 })
        await second.reopen({ ...KEY, consumedAt: 1_100 })

        expect(await first.putSuccessor(put)).toBe(false)
        expect(await first.find(successor)).toBeUndefined()
      })

      test('is forgotten when no grace can reach it any more', async () => {
        await first.put(aRecord({ expiresAt: 9_000 }))
        await first.consume({ ...KEY, now: 1_100 })
        await first.putSuccessor({ ...put, record: { ...successor, expiresAt: 9_000 } })
        await first.sweep({ tenant: TENANT, now: 1_400, limit: 10 })
        expect((await first.find(KEY))?.successor).toEqual(bytes(4, 4))

        await first.sweep({ tenant: TENANT, now: 1_401, limit: 10 })

        expect(await first.find(KEY)).toMatchObject({ consumedAt: 1_100, successor: undefined })
      })
    })

    test('tells whether the grant of a record is there', async () => {
      await first.put(aRecord())
      expect(await first.findWithGrant(KEY)).toEqual({ record: aRecord(), isGrantAlive: false })

      const grant = aRecord({ kind: 'Grant', idHash: aHash(6), grantHash: undefined })
      await second.put(grant)
      expect(await first.findWithGrant(KEY)).toMatchObject({ isGrantAlive: true })

      await second.remove(grant)
      expect(await first.findWithGrant(KEY)).toMatchObject({ isGrantAlive: false })
      expect(await first.findWithGrant({ ...KEY, tenant: 'other' })).toBeUndefined()
    })

    test('finds by a second name, of its kind and tenant alone', async () => {
      await first.put(aRecord())
      const query = { tenant: TENANT, kind: KEY.kind, lookupHash: aHash(5) }

      expect(await second.findByLookup(query)).toEqual(aRecord())
      expect(await second.findByLookup({ ...query, tenant: 'other' })).toBeUndefined()
      expect(await second.findByLookup({ ...query, kind: 'Session' })).toBeUndefined()
      expect(await second.findByLookup({ ...query, lookupHash: aHash(1) })).toBeUndefined()
    })

    test('ends what came of one grant, of one kind, and nothing else; twice is once', async () => {
      const kept = [
        aRecord({ idHash: aHash(2), grantHash: aHash(7) }),
        aRecord({ kind: 'Session' }),
        aRecord({ tenant: 'other' }),
      ]
      for (const record of [aRecord(), ...kept]) await first.put(record)
      const query = { tenant: TENANT, kind: KEY.kind, grantHash: aHash(6) }

      await second.removeOfGrant(query)
      await second.removeOfGrant(query)

      expect(await first.find(KEY)).toBeUndefined()
      for (const record of kept) expect(await first.find(record)).toEqual(record)
    })

    test('RV-54: puts off an end, and never brings it nearer or back', async () => {
      await first.put(aRecord())

      await first.extend({ ...KEY, expiresAt: 2_500, now: 1_100 })
      expect((await second.find(KEY))?.expiresAt).toBe(2_500)
      await first.extend({ ...KEY, expiresAt: 2_400, now: 1_100 })
      expect((await second.find(KEY))?.expiresAt).toBe(2_500)
      await first.extend({ ...KEY, expiresAt: 9_000, now: 2_500 })
      expect((await second.find(KEY))?.expiresAt).toBe(2_500)
    })

    test('says until when a record is alive', async () => {
      await first.put(aRecord())

      expect(await first.isAlive({ ...KEY, now: 1_999 })).toBe(true)
      expect(await first.isAlive({ ...KEY, now: 2_000 })).toBe(false)
      expect(await first.isAlive({ ...KEY, tenant: 'other', now: 1_000 })).toBe(false)
    })

    test('sweeps what is over and nothing else, at most as many as asked', async () => {
      for (let index = 0; index < 5; index++) {
        await first.put(aRecord({ idHash: aHash(100 + index), expiresAt: 1_100 }))
      }
      // The same id under another kind is another record.
      const live = aRecord({ kind: 'Session', idHash: aHash(100) })
      const foreign = aRecord({ tenant: 'other', expiresAt: 1_100 })
      await first.put(live)
      await first.put(foreign)
      const sweep = { tenant: TENANT, now: 1_100, limit: 3 }

      expect(await first.sweep({ ...sweep, now: 1_099 })).toBe(0)
      expect(await first.sweep(sweep)).toBe(3)
      expect(await second.sweep(sweep)).toBe(2)
      expect(await second.sweep(sweep)).toBe(0)
      expect(await second.find(live)).toEqual(live)
      expect(await second.find(foreign)).toEqual(foreign)
    })
  })
}

const KEY: RecordKey = { tenant: TENANT, kind: 'AuthorizationCode', idHash: aHash(1) }

function aRecord(overrides: Partial<NewRecord> = {}): NewRecord {
  return {
    ...KEY,
    payload: bytes(1, 2, 3),
    lookupHash: aHash(5),
    grantHash: aHash(6),
    userId: 'usr_1',
    clientId: 'web-app',
    expiresAt: 2_000,
    createdAt: 1_000,
    ...overrides,
  }
}
