import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { anAuditWorld, anEvent, appendMany, TENANT, type AuditWorld } from './audit.fixture.ts'
import type { SqlDatabase } from './sql-database.ts'

let world: AuditWorld

beforeEach(async () => {
  world = await anAuditWorld()
})

afterEach(() => {
  world.close()
})

function storedGenerations(writerId = 'w1') {
  return world
    .read(
      "select event ->> '$.generation' as generation from audit_events where writer_id = ? and event ->> '$.type' != 'audit.checkpoint' order by sequence",
      writerId,
    )
    .map((row) => (row as { generation: number }).generation)
}

describe('appending', () => {
  test('resolves when the event can be read by others', async () => {
    const log = world.log('w1')

    await log.append(anEvent({ generation: 7 }))

    expect(storedGenerations()).toEqual([7])
  })

  test('stores canonical JSON, without absent members', async () => {
    await world.log('w1').append(
      anEvent({
        reason: undefined,
        details: { b: 1, a: 'é"' },
        scopes: ['z', 'a'],
        requestId: 'r',
      }),
    )

    expect(world.read('select event from audit_events')).toEqual([
      {
        event:
          '{"accountId":"cac_1","at":1000,"clientId":"my-agent","details":{"a":"é\\"","b":1},"generation":1,"outcome":"success","requestId":"r","scopes":["z","a"],"tenant":"default","type":"token.exchanged"}',
      },
    ])
  })

  test('keeps the order in which events were appended', async () => {
    const log = world.log('w1')

    await Promise.all(
      Array.from({ length: 600 }, (_, generation) => log.append(anEvent({ generation }))),
    )

    expect(storedGenerations()).toEqual(Array.from({ length: 600 }, (_, index) => index))
    expect(await world.verify()).toMatchObject({ ok: true, records: 600 })
  })

  test('writes events of the same moment in one batch', async () => {
    const { database, batches } = recording(world.database)
    const log = world.log('w1', { database })

    await Promise.all(Array.from({ length: 100 }, () => log.append(anEvent())))

    expect(batches).toHaveLength(1)
  })

  test('gathers what arrives while a batch is being written into the next one', async () => {
    const { database, batches, hold } = recording(world.database)
    const log = world.log('w1', { database })
    const held = hold()
    const first = log.append(anEvent())
    await held.reached
    const others = Array.from({ length: 50 }, () => log.append(anEvent()))

    held.release()
    await Promise.all([first, ...others])

    expect(batches.map((steps) => steps - 1)).toEqual([1, 50])
  })

  test('an event appended at the very end of a flush is not forgotten', async () => {
    const log = world.log('w1')
    for (let round = 0; round < 50; round++) {
      await log.append(anEvent())
      await Promise.resolve()
      await log.append(anEvent())
    }

    expect(await world.verify()).toMatchObject({ ok: true, records: 100 })
  })

  test.each([
    ['a number that is not finite', { details: { value: Number.NaN } }],
    ['a date', { details: { value: new Date(0) as never } }],
    ['an event of another tenant', { tenant: 'other' }],
    ['far too much', { reason: 'x'.repeat(70_000) }],
    ['what JSON cannot say', { details: { value: 1n as never } }],
  ])('R19: a record with %s fails alone', async (_, bad) => {
    const log = world.log('w1')

    const results = await Promise.allSettled([
      log.append(anEvent({ generation: 1 })),
      log.append(anEvent(bad)),
      log.append(anEvent({ generation: 2 })),
    ])

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(storedGenerations()).toEqual([1, 2])
    expect(await world.verify()).toMatchObject({ ok: true })
  })

  test('keeps text that databases are touchy about', async () => {
    const log = world.log('w1')

    await log.append(anEvent({ reason: "a\0b'; drop table audit_events; -- 🤖 \ud800" }))

    expect(await world.verify()).toMatchObject({ ok: true, records: 1 })
  })

  test('R19: a batch that fails rejects all its appenders, and the next one goes on', async () => {
    const { database, failNext } = recording(world.database)
    const log = world.log('w1', { database })
    await log.append(anEvent({ generation: 0 }))
    failNext('before')

    const results = await Promise.allSettled([log.append(anEvent()), log.append(anEvent())])
    await log.append(anEvent({ generation: 9 }))

    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(storedGenerations()).toEqual([0, 9])
    expect(await world.verify()).toMatchObject({ ok: true, records: 2 })
  })

  test('goes on behind a batch that was written although it failed', async () => {
    const { database, failNext } = recording(world.database)
    const log = world.log('w1', { database })
    failNext('after')

    await expect(log.append(anEvent({ generation: 1 }))).rejects.toThrow('disk')
    await log.append(anEvent({ generation: 2 }))

    expect(storedGenerations()).toEqual([1, 2])
    expect(await world.verify()).toMatchObject({ ok: true, records: 2 })
  })

  test('rejects while no key can be had, and goes on when there is one', async () => {
    const log = world.log('w1')
    world.keys.activeVersion = 9

    await expect(log.append(anEvent())).rejects.toThrow('no active key')
    world.keys.activeVersion = 2
    await log.append(anEvent())

    expect(await world.verify()).toMatchObject({ ok: true, records: 1 })
  })

  test('goes on over a key rotation', async () => {
    const log = world.log('w1')
    await appendMany(log, 2)
    world.keys.activeVersion = 2
    await appendMany(log, 2)

    expect(world.read('select key_version from audit_events order by sequence')).toEqual(
      [1, 1, 2, 2].map((key_version) => ({ key_version })),
    )
    expect(await world.verify()).toMatchObject({ ok: true, records: 4 })
  })

  test('a restarted writer goes on with its chain', async () => {
    const before = world.log('w1')
    await appendMany(before, 3)
    await before.close()

    await appendMany(world.log('w1'), 2)

    expect(await world.verify()).toMatchObject({
      ok: true,
      writers: [{ writerId: 'w1', count: 5 }],
    })
  })

  test('R19: two processes under one writer id cannot fork the chain', async () => {
    const one = world.log('w1')
    const other = world.log('w1')
    await one.append(anEvent({ generation: 1 }))
    await other.append(anEvent({ generation: 2 }))

    await expect(one.append(anEvent({ generation: 3 }))).rejects.toThrow('writer id of its own')

    expect(storedGenerations()).toEqual([1, 2])
    expect(await world.verify()).toMatchObject({ ok: true })
  })

  test('does not go on from a head that somebody altered', async () => {
    await appendMany(world.log('w1'), 2)
    world.tamper('update audit_heads set sequence = 1')

    await expect(world.log('w1').append(anEvent())).rejects.toThrow('altered')
  })

  test('refuses a writer id that could be taken for another', () => {
    for (const writerId of ['', 'a b', 'a:1', 'a/b', 'x'.repeat(65), 'ü']) {
      expect(() => world.log(writerId)).toThrow(TypeError)
    }
  })
})

describe('R19: checkpoints', () => {
  test('a new writer ties the ends of the others’ chains', async () => {
    await appendMany(world.log('w1'), 3)
    await appendMany(world.log('w2'), 1)

    const events = world.read(
      "select writer_id, sequence, event ->> '$.details' as details from audit_events where event ->> '$.type' = 'audit.checkpoint'",
    )
    expect(events).toMatchObject([
      { writer_id: 'w2', sequence: 1, details: expect.stringMatching(/^\{"w1":"3:[\w-]{43}"\}$/) },
    ])
    expect(await world.verify()).toMatchObject({ ok: true })
  })

  test('writers that run together tie each other again after the given number of events', async () => {
    const one = world.log('w1', { checkpointEveryEvents: 3 })
    const other = world.log('w2', { checkpointEveryEvents: 3 })
    for (let round = 0; round < 9; round++) {
      await one.append(anEvent())
      await other.append(anEvent())
    }

    const byWriter = world.read(
      "select writer_id, count(*) as count from audit_events where event ->> '$.type' = 'audit.checkpoint' group by writer_id",
    )
    expect(byWriter).toEqual([
      { writer_id: 'w1', count: 2 },
      { writer_id: 'w2', count: 3 },
    ])
    expect(await world.verify()).toMatchObject({ ok: true })
  })

  test('ties every writer in the end, however many there are', async () => {
    for (let writer = 0; writer < 40; writer++) {
      await world.log(`old${writer}`, { checkpointEveryEvents: 1_000 }).append(anEvent())
    }
    world.tamper('update audit_heads set tied_sequence = 0')
    await appendMany(world.log('new', { checkpointEveryEvents: 1 }), 3)

    expect(
      world.read(
        "select count(*) as untied from audit_heads where tied_sequence = 0 and writer_id != 'new'",
      ),
    ).toEqual([{ untied: 0 }])
  })
})

describe('R19: heads', () => {
  test('go out after the interval, once for what they cover', async () => {
    const log = world.log('w1')
    await appendMany(log, 3)
    expect(world.heads).toEqual([])

    world.wakeSleepers()
    await turn()
    expect(world.heads).toMatchObject([{ tenant: TENANT, writerId: 'w1', count: 3, keyVersion: 1 }])

    await appendMany(log, 1)
    world.wakeSleepers()
    await turn()
    expect(world.heads.map(({ count }) => count)).toEqual([3, 4])
  })

  test('the last one goes out at close, after what was waiting is written', async () => {
    const log = world.log('w1')
    const appends = [log.append(anEvent()), log.append(anEvent())]

    await log.close()
    await log.close()

    await Promise.all(appends)
    expect(world.heads.map(({ count }) => count)).toEqual([2])
    await expect(log.append(anEvent())).rejects.toThrow('closed')
  })

  test('none goes out where nothing was appended', async () => {
    await world.log('w1').close()

    expect(world.heads).toEqual([])
  })

  test('one that cannot be kept is reported and fails no append', async () => {
    const log = world.log('w1', {
      onHead: () => {
        throw new Error('disk full')
      },
    })
    await log.append(anEvent())
    await log.close()

    expect(world.errors).toEqual(['An audit head could not be published'])
    expect(await world.verify()).toMatchObject({ ok: true, records: 1 })
  })
})

interface Recording {
  readonly database: SqlDatabase
  /** Of each batch, how many statements it had. */
  readonly batches: readonly number[]
  readonly failNext: (when: 'before' | 'after') => void
  readonly hold: () => { readonly reached: Promise<void>; readonly release: () => void }
}

/** A database that counts batches, and can hold or fail one. */
function recording(real: SqlDatabase): Recording {
  const batches: number[] = []
  let failure: 'before' | 'after' | undefined
  let gate: Promise<void> | undefined
  let reached = () => {}
  const database: SqlDatabase = {
    ...real,
    async atomically(steps) {
      batches.push(steps.length)
      reached()
      await gate
      const fails = failure
      failure = undefined
      if (fails === 'before') throw new Error('disk failure')
      const result = await real.atomically(steps)
      if (fails === 'after') throw new Error('disk failure')
      return result
    },
  }
  return {
    database,
    batches,
    failNext(when: 'before' | 'after') {
      failure = when
    },
    hold() {
      let release = () => {}
      gate = new Promise((resolve) => {
        release = resolve
      })
      const isReached = new Promise<void>((resolve) => {
        reached = resolve
      })
      return { reached: isReached, release: () => release() }
    },
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
