import { afterEach, beforeEach, expect, test } from 'vitest'

import type { AuditFilter, AuditPage } from '../ports/audit-reader.ts'
import { readAuditPage } from './audit-page.ts'
import { anAuditWorld, anEvent, type AuditWorld, TENANT } from './audit.fixture.ts'

let world: AuditWorld
beforeEach(async () => {
  world = await anAuditWorld()
})
afterEach(() => {
  world.close()
})

function page(
  filter: AuditFilter = {},
  { limit = 1_000, cursor }: { readonly limit?: number; readonly cursor?: string } = {},
): Promise<AuditPage> {
  return readAuditPage(world.database, { tenant: TENANT, filter, cursor, limit })
}

function ids({ records }: AuditPage): readonly unknown[] {
  return records.map(({ event }) => event['requestId']).filter((id) => id !== undefined)
}

/** Records of two processes, in turn. */
async function write(count: number): Promise<void> {
  const logs = [world.log('writer-1'), world.log('writer-2')]
  for (let i = 0; i < count; i++) {
    const event = anEvent({
      at: 1_000 + i * 10,
      requestId: `r${i}`,
      clientId: i % 3 === 0 ? 'third' : 'other',
    })
    await logs[i % 2]?.append(event)
  }
  await Promise.all(logs.map((log) => log.close()))
}

test('is empty where nothing was recorded', async () => {
  expect(await page()).toEqual({ records: [] })
})

test('goes over all chains, newest first, a page at a time', async () => {
  await write(20)

  const seen: unknown[] = []
  let cursor: string | undefined
  do {
    const { next, ...found } = await page({}, { limit: 3, ...(cursor !== undefined && { cursor }) })
    seen.push(...ids(found))
    cursor = next
  } while (cursor !== undefined)

  expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => `r${19 - index}`))
})

test.each<[string, AuditFilter, readonly string[]]>([
  ['client', { clientId: 'third' }, ['r9', 'r6', 'r3', 'r0']],
  ['from, inclusive', { from: 1_080 }, ['r9', 'r8']],
  ['until, exclusive', { until: 1_020 }, ['r1', 'r0']],
  ['both ends', { from: 1_030, until: 1_050 }, ['r4', 'r3']],
  ['type that there is not', { type: 'nothing' }, []],
  ['user that there is not', { userId: 'usr_1' }, []],
])('filters by %s', async (_, filter, expected) => {
  await write(10)

  expect(ids(await page(filter))).toEqual(expected)
})

test('reads a bounded number of records, and says where to go on', async () => {
  const log = world.log('writer-1')
  await Promise.all(
    Array.from({ length: 6_000 }, (_, index) =>
      log.append(anEvent({ requestId: `r${index}`, clientId: index === 0 ? 'rare' : 'often' })),
    ),
  )
  await log.close()

  const first = await page({ clientId: 'rare' })
  expect(first.records).toEqual([])
  expect(first.next).toMatch(/^\d+$/)
  const second = await page({ clientId: 'rare' }, { cursor: first.next ?? '' })
  expect(ids(second)).toEqual(['r0'])
  expect(second.next).toBeUndefined()
})

test('a moment in the past is found without reading all that came after', async () => {
  const log = world.log('writer-1')
  await Promise.all(
    Array.from({ length: 20_000 }, (_, index) =>
      log.append(anEvent({ at: index * 60, requestId: `r${index}` })),
    ),
  )
  await log.close()

  const found = await page({ until: 60_000, from: 59_880 })

  expect(ids(found)).toEqual(['r999', 'r998'])
  expect(found.next).toBeUndefined()
})

test.each(['', '-1', 'x', '1e9', '9'.repeat(30), "1' or 1=1"])(
  'a cursor %j begins anew',
  async (cursor) => {
    await write(3)

    expect(ids(await page({}, { cursor }))).toEqual(['r2', 'r1', 'r0'])
  },
)

test('passes over a record that somebody wrote by hand', async () => {
  await write(3)
  world.tamper("update audit_events set event = 'no json' where event like '%r1%'")

  expect(ids(await page())).toEqual(['r2', 'r0'])
})
