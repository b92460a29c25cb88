import { createSecretKey, randomBytes } from 'node:crypto'

import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { AuditBreak, AuditProblem } from './audit-break.ts'
import { recordMac, signHead, type AuditHead } from './audit-chain.ts'
import { toAuditRecord } from './audit-row.ts'
import { anAuditWorld, anEvent, appendMany, TENANT, type AuditWorld } from './audit.fixture.ts'
import { StorageError } from './storage-error.ts'
import { verifyAudit } from './verify-audit.ts'

let world: AuditWorld

beforeEach(async () => {
  world = await anAuditWorld()
})

afterEach(() => {
  world.close()
})

async function firstBreak(lastHeads?: readonly AuditHead[]) {
  const verification = await world.verify(lastHeads)
  return verification.ok ? undefined : place(verification.first)
}

function place({ problem, writerId, sequence }: Omit<AuditBreak, 'message'>): string {
  return `${problem} ${writerId} ${sequence}`
}

test('an empty log verifies', async () => {
  expect(await world.verify()).toEqual({ ok: true, records: 0, writers: [] })
})

test('opens the file by itself, and refuses to make one', async () => {
  await appendMany(world.log('w1'), 2)
  const { path, keys } = world

  expect(await verifyAudit({ path, tenant: TENANT, keys })).toMatchObject({ ok: true, records: 2 })
  await expect(verifyAudit({ path: `${path}.none`, tenant: TENANT, keys })).rejects.toThrow(
    StorageError,
  )
})

test('counts the records of each writer, over more than a page', async () => {
  const one = world.log('w1')
  await Promise.all(Array.from({ length: 1_100 }, () => one.append(anEvent())))
  await appendMany(world.log('w2'), 2)

  expect(await world.verify()).toEqual({
    ok: true,
    records: 1_103,
    writers: [
      { writerId: 'w1', count: 1_100 },
      { writerId: 'w2', count: 3 },
    ],
  })
})

test('verifies while the vault goes on writing', async () => {
  const one = world.log('w1', { checkpointEveryEvents: 5 })
  const other = world.log('w2', { checkpointEveryEvents: 5 })
  await appendMany(one, 3)

  const [verifications] = await Promise.all([
    Promise.all(Array.from({ length: 10 }, () => world.verify())),
    appendMany(one, 40),
    appendMany(other, 40),
  ])

  expect(verifications.filter(({ ok }) => !ok)).toEqual([])
})

describe('R19: an intruder who', () => {
  beforeEach(async () => {
    await appendMany(world.log('w1'), 6)
  })

  const alterations: [string, string, AuditProblem, number][] = [
    ['tenant', "tenant_id = 'defaulu'", 'missing_record', 3],
    ['writer', "writer_id = 'w2'", 'missing_record', 3],
    ['sequence', 'sequence = 7', 'missing_record', 3],
    ['key version, to a known one', 'key_version = 2', 'altered_record', 3],
    ['key version, to an unknown one', 'key_version = 99', 'unknown_key', 3],
    ['link', 'previous = randomblob(32)', 'altered_record', 3],
    ['event', "event = replace(event, 'success', 'refused')", 'altered_record', 3],
    ['event by one byte', "event = replace(event, 'cac_1', 'cac_2')", 'altered_record', 3],
    ['spelling of the event', "event = replace(event, ',', ', ')", 'altered_record', 3],
    ['MAC', 'mac = randomblob(32)', 'altered_record', 3],
    ['key version, to one beyond numbers', 'key_version = 1 << 60', 'altered_record', 3],
    ['length of the MAC', 'mac = substr(mac, 1, 31)', 'altered_record', 3],
  ]

  test.each(alterations)('alters the %s is found', async (_, change, problem, sequence) => {
    world.tamper(`update audit_events set ${change} where sequence = 3`)

    expect(await firstBreak()).toBe(`${problem} w1 ${sequence}`)
  })

  test('alters any byte anywhere is found', async () => {
    const columns = ['previous', 'event', 'mac'] as const
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom(...columns),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (sequence, column, at, mask) => {
          const [row] = world.read(
            `select cast(${column} as blob) as bytes from audit_events where sequence = ?`,
            sequence,
          ) as { bytes: Buffer }[]
          const altered = Buffer.from(row!.bytes)
          altered[at % altered.length]! ^= mask
          const set = `update audit_events set ${column} = ${column === 'event' ? 'cast(? as text)' : '?'} where sequence = ?`
          world.tamper(set, altered, sequence)

          const found = await world.verify()

          world.tamper(set, row!.bytes, sequence)
          expect(found).toMatchObject({ ok: false, first: { sequence } })
        },
      ),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 300) },
    )
    expect(await world.verify()).toMatchObject({ ok: true })
  }, 300_000)

  test('deletes a record in the middle is found', async () => {
    world.tamper('delete from audit_events where sequence = 4')

    expect(await firstBreak()).toBe('missing_record w1 4')
  })

  test('deletes the first records is found', async () => {
    world.tamper('delete from audit_events where sequence <= 2')

    expect(await firstBreak()).toBe('missing_record w1 1')
  })

  test('closes the gap by renumbering is found', async () => {
    world.tamper('delete from audit_events where sequence = 4')
    world.tamper('update audit_events set sequence = 4 where sequence = 5')
    world.tamper('update audit_events set sequence = 5 where sequence = 6')

    expect(await firstBreak()).toBe('altered_record w1 4')
  })

  test('cuts the end off is found by the stored head', async () => {
    world.tamper('delete from audit_events where sequence >= 5')

    expect(await firstBreak()).toBe('missing_tail w1 5')
  })

  test('swaps two records is found', async () => {
    world.tamper('update audit_events set sequence = 99 where sequence = 3')
    world.tamper('update audit_events set sequence = 3 where sequence = 4')
    world.tamper('update audit_events set sequence = 4 where sequence = 99')

    expect(await firstBreak()).toBe('altered_record w1 3')
  })

  test('swaps the content of two records is found', async () => {
    const [three, four] = world.read(
      'select event from audit_events where sequence in (3, 4) order by sequence',
    ) as { event: string }[]
    world.tamper('update audit_events set event = ? where sequence = 3', four!.event)
    world.tamper('update audit_events set event = ? where sequence = 4', three!.event)

    expect(await firstBreak()).toBe('altered_record w1 3')
  })

  test('chains everything anew without the key is found', async () => {
    rechain('w1', createSecretKey(randomBytes(32)))

    expect(await firstBreak()).toBe('altered_record w1 1')
  })

  test('moves a genuine record into another chain is found', async () => {
    await appendMany(world.log('w2'), 3)
    world.tamper("delete from audit_events where writer_id = 'w2' and sequence = 2")
    world.tamper("update audit_events set writer_id = 'w2' where writer_id = 'w1' and sequence = 2")

    const verification = await world.verify()

    expect(verification).toMatchObject({
      ok: false,
      breaks: [
        { writerId: 'w1', sequence: 2, problem: 'missing_record' },
        { writerId: 'w2', sequence: 2, problem: 'altered_record' },
      ],
    })
  })

  test('deletes a stored head is found', async () => {
    world.tamper('delete from audit_heads')

    expect(await firstBreak()).toBe('missing_head w1 6')
  })

  test.each([
    'sequence = 5',
    'sequence = 7',
    'key_version = 2',
    'key_version = 99',
    'hash = randomblob(32)',
    'mac = randomblob(32)',
    "mac = x''",
    'key_version = 1 << 60',
  ])('alters a stored head (%s) is found', async (change) => {
    world.tamper(`update audit_heads set ${change}`)

    expect(await world.verify()).toMatchObject({ ok: false, first: { problem: 'altered_head' } })
  })

  test('claims that a checkpoint has tied a head is found', async () => {
    world.tamper('update audit_heads set tied_sequence = 6')

    expect(await firstBreak()).toBe('altered_head w1 6')
  })

  test('drops a whole chain is found by the checkpoint of another', async () => {
    await appendMany(world.log('w2'), 1)
    world.tamper("delete from audit_events where writer_id = 'w1'")
    world.tamper("delete from audit_heads where writer_id = 'w1'")

    expect(await firstBreak()).toBe('missing_tail w1 1')
  })

  test('cuts the end off and sets the stored head back is found by a checkpoint', async () => {
    const before = storedHead()
    await appendMany(world.log('w1'), 2)
    await appendMany(world.log('w2'), 1)

    cutBackTo(before)

    expect(await firstBreak()).toBe('missing_tail w1 7')
  })

  test('cuts the end off and sets the stored head back is found by a head kept outside', async () => {
    const before = storedHead()
    const log = world.log('w1')
    await appendMany(log, 2)
    await log.close()
    const kept = world.heads.at(-1)!

    cutBackTo(before)

    // Nothing inside the database can tell; this is what heads are for.
    expect(await world.verify()).toMatchObject({ ok: true })
    expect(await firstBreak([kept])).toBe('missing_tail w1 7')
  })

  test('empties the whole log is found by a head kept outside', async () => {
    const log = world.log('w1')
    await log.append(anEvent())
    await log.close()
    world.tamper('delete from audit_events')
    world.tamper('delete from audit_heads')

    expect(await firstBreak(world.heads)).toBe('missing_tail w1 1')
  })

  test('has the key and writes history anew is found by a head kept outside', async () => {
    const log = world.log('w1')
    await log.append(anEvent())
    await log.close()
    const [kept] = world.heads
    world.tamper("update audit_events set event = replace(event, 'success', 'refused')")
    rechain('w1', world.keys.versions.get(1)!)

    expect(await world.verify()).toMatchObject({ ok: true })
    expect(await firstBreak([kept!])).toBe('rewritten_record w1 7')
  })

  test('has the key and splices two histories is found by the link', async () => {
    const key = world.keys.versions.get(1)!
    const [row] = world.read('select * from audit_events where sequence = 3') as never[]
    const record = toAuditRecord(row!)
    const forged = { ...record, previous: new Uint8Array(32) }
    world.tamper(
      'update audit_events set previous = ?, mac = ? where sequence = 3',
      forged.previous,
      recordMac(key, forged),
    )

    expect(await firstBreak()).toBe('wrong_link w1 3')
  })
})

describe('R19: heads kept outside', () => {
  test('older ones verify too, since the chain went on', async () => {
    const log = world.log('w1')
    await appendMany(log, 2)
    world.wakeSleepers()
    await new Promise((resolve) => setImmediate(resolve))
    await appendMany(log, 3)
    await log.close()

    expect(world.heads.map(({ count }) => count)).toEqual([2, 5])
    expect(await world.verify(world.heads)).toMatchObject({ ok: true, records: 5 })
  })

  test('survive JSON', async () => {
    const log = world.log('w1')
    await appendMany(log, 1)
    await log.close()

    expect(await world.verify(JSON.parse(JSON.stringify(world.heads)))).toMatchObject({ ok: true })
  })

  test('that are not of this vault are named', async () => {
    const log = world.log('w1')
    await appendMany(log, 2)
    await log.close()
    const genuine = world.heads[0]!
    const key = world.keys.versions.get(1)!
    const forgeries = [
      { ...genuine, count: 1 },
      { ...genuine, count: 3 },
      { ...genuine, hash: Buffer.alloc(32).toString('base64url') },
      { ...genuine, mac: '' },
      { ...genuine, keyVersion: 99 },
      signHead(createSecretKey(randomBytes(32)), genuine),
      signHead(key, { ...genuine, tenant: 'other' }),
    ]

    for (const forged of forgeries) {
      expect(await firstBreak([forged])).toBe(`forged_head w1 ${forged.count}`)
    }
  })
})

test('a key that was destroyed verifies nothing, and says so', async () => {
  await appendMany(world.log('w1'), 2)
  world.keys.byVersion = async () => {
    throw new Error('Version 1 of the tenant key was destroyed.')
  }

  expect(await firstBreak()).toBe('unknown_key w1 1')
})

test('names what is wrong in words', async () => {
  await appendMany(world.log('w1'), 3)
  world.tamper('delete from audit_events where sequence = 3')

  const verification = await world.verify()

  expect(verification.ok ? '' : verification.first.message).toBe(
    'The chain ends before record 3 of writer "w1", which was there according to the stored head.',
  )
})

function storedHead() {
  const [head] = world.read("select * from audit_heads where writer_id = 'w1'") as {
    sequence: number
    hash: Buffer
    mac: Buffer
  }[]
  return head!
}

function cutBackTo(head: ReturnType<typeof storedHead>): void {
  world.tamper("delete from audit_events where writer_id = 'w1' and sequence > ?", head.sequence)
  world.tamper(
    "update audit_heads set sequence = ?, hash = ?, mac = ?, tied_sequence = 0 where writer_id = 'w1'",
    head.sequence,
    head.hash,
    head.mac,
  )
}

/** Recomputes every MAC and link of a chain, and its head, under a key. */
function rechain(writerId: string, key: ReturnType<typeof createSecretKey>): void {
  const rows = world.read(
    'select * from audit_events where writer_id = ? order by sequence',
    writerId,
  ) as never[]
  let previous: Uint8Array = new Uint8Array(32)
  for (const row of rows) {
    const record = { ...toAuditRecord(row), previous }
    const mac = recordMac(key, record)
    world.tamper(
      'update audit_events set previous = ?, mac = ? where writer_id = ? and sequence = ?',
      previous,
      mac,
      writerId,
      record.sequence,
    )
    previous = mac
  }
  const head = signHead(key, {
    tenant: TENANT,
    writerId,
    count: rows.length,
    keyVersion: 1,
    hash: Buffer.from(previous).toString('base64url'),
  })
  world.tamper(
    'update audit_heads set hash = ?, mac = ? where writer_id = ?',
    previous,
    Buffer.from(head.mac, 'base64url'),
    writerId,
  )
}
