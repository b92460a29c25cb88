import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import BetterSqlite3 from 'better-sqlite3'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { SqlDatabase } from './sql-database.ts'
import { openSqliteDatabase } from './sqlite-database.ts'
import { StorageError } from './storage-error.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'valetkey-db-'))
  path = join(folder, 'vault.db')
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

function statement(text: string, ...parameters: readonly unknown[]) {
  return { sql: text, parameters }
}

async function aTable(): Promise<SqlDatabase> {
  const database = openSqliteDatabase({ path })
  await database.atomically([
    { statement: statement('create table things (name text primary key) strict') },
  ])
  return database
}

describe('the file', () => {
  test('and its logs can be used by its owner only, whatever the umask', async () => {
    const umask = process.umask(0)
    const database = await aTable()
    process.umask(umask)

    const modes = readdirSync(folder).map((name) => [
      name,
      statSync(join(folder, name)).mode & 0o777,
    ])

    expect(Object.fromEntries(modes)).toEqual({
      'vault.db': 0o600,
      'vault.db-wal': 0o600,
      'vault.db-shm': 0o600,
    })
    database.close()
  })

  test('is used durably, with foreign keys checked', async () => {
    const database = openSqliteDatabase({ path })
    const settings = ['journal_mode', 'synchronous', 'foreign_keys', 'trusted_schema'].map(
      async (name) => Object.values((await database.rows(statement(`pragma ${name}`)))[0]!)[0],
    )

    // synchronous: 2 is FULL.
    expect(await Promise.all(settings)).toEqual(['wal', 2, 1, 0])
    database.close()
  })

  test('is refused when its folder is missing or no folder, naming it', () => {
    writeFileSync(join(folder, 'file'), '')

    for (const parent of ['none', 'file']) {
      expect(() => openSqliteDatabase({ path: join(folder, parent, 'vault.db') })).toThrow(
        expect.objectContaining({
          code: 'storage_unusable',
          message: expect.stringContaining(join(folder, parent)),
        }),
      )
    }
  })

  test('is refused when it is something else, and left as it is', () => {
    writeFileSync(path, 'this is a diary, not a database '.repeat(100))
    mkdirSync(join(folder, 'directory'))

    expect(() => openSqliteDatabase({ path })).toThrow(StorageError)
    expect(() => openSqliteDatabase({ path: join(folder, 'directory') })).toThrow(StorageError)
    expect(readFileSync(path, 'utf8')).toMatch(/^this is a diary/)
  })

  test.each(['', ':memory:'])('may not be %j: tokens do not live in memory', (name) => {
    expect(() => openSqliteDatabase({ path: name })).toThrow('must be a file')
  })

  test('is a file even when its name looks like a URI with options', () => {
    const odd = join(folder, 'file:vault.db?mode=memory')

    openSqliteDatabase({ path: odd }).close()

    expect(statSync(odd).isFile()).toBe(true)
  })

  test('is not made when it should exist', () => {
    expect(() => openSqliteDatabase({ path, file: 'existing' })).toThrow(StorageError)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('a batch', () => {
  test('R20: writes all its steps, and says how many rows each changed', async () => {
    const database = await aTable()

    const result = await database.atomically([
      { statement: statement('insert into things values (?), (?)', 'a', 'b') },
      { statement: statement("delete from things where name = 'a'"), expectedRows: 1 },
    ])

    expect(result).toEqual({ committed: true, changedRows: [2, 1] })
    expect(await database.rows(statement('select name from things'))).toEqual([{ name: 'b' }])
    database.close()
  })

  test('R20: undoes everything when a step changes another number of rows, and says which', async () => {
    const database = await aTable()

    const result = await database.atomically([
      { statement: statement('insert into things values (?)', 'a'), expectedRows: 1 },
      { statement: statement("delete from things where name = 'x'"), expectedRows: 1 },
      { statement: statement('insert into things values (?)', 'b') },
    ])

    expect(result).toEqual({ committed: false, failedStep: 1, changedRows: 0 })
    expect(await database.rows(statement('select name from things'))).toEqual([])
    database.close()
  })

  test('undoes everything when a step fails, and rejects', async () => {
    const database = await aTable()

    await expect(
      database.atomically([
        { statement: statement('insert into things values (?)', 'a') },
        { statement: statement('insert into things values (?)', 'a') },
      ]),
    ).rejects.toThrow('UNIQUE')
    expect(await database.rows(statement('select name from things'))).toEqual([])
    database.close()
  })

  test('R20: is over when the call returns: nothing else can run while it is open', async () => {
    const database = await aTable()
    const other = new BetterSqlite3(path)
    const order: string[] = []
    void Promise.resolve().then(() => order.push('something else'))

    const batch = database.atomically([
      { statement: statement('insert into things values (?)', 'a') },
      { statement: statement('insert into things values (?)', 'b') },
    ])
    order.push(`${other.prepare('select name from things').all().length} rows committed`)
    await batch

    expect(order).toEqual(['2 rows committed', 'something else'])
    other.close()
    database.close()
  })

  test('refuses text that not every engine keeps, before it writes anything', async () => {
    const database = await aTable()

    for (const text of ['a\0', '\ud800', 'x\udfffy']) {
      await expect(
        database.atomically([
          { statement: statement('insert into things values (?)', 'good') },
          { statement: statement('insert into things values (?)', text) },
        ]),
      ).rejects.toThrow(TypeError)
      expect(await database.rows(statement('select * from things where name = ?', text))).toEqual(
        [],
      )
    }
    expect(await database.rows(statement('select name from things'))).toEqual([])
    database.close()
  })

  test('R20: is the only way to write several statements: no store opens a transaction', () => {
    const sources = readdirSync(import.meta.dirname).filter(
      (name) => name.endsWith('.ts') && !/\.(test|contract|fixture)\.ts$/.test(name),
    )
    const source = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8')

    const offenders = sources.filter((name) => {
      const opens = /\.transaction\(|\.startTransaction\(|\b(begin|savepoint)\b.*['`]/i
      return name !== 'sqlite-database.ts' && opens.test(source(name))
    })

    expect(sources.length).toBeGreaterThan(10)
    expect(offenders).toEqual([])
    expect(source('sqlite-database.ts')).not.toMatch(/\bawait\b|\.then\(/)
  })
})

test('R20: the query builder has no connection: it cannot write behind the batches', async () => {
  const database = await aTable()

  await sql`insert into things values ('sneaked in')`.execute(database.query)

  expect(await database.rows(statement('select name from things'))).toEqual([])
  database.close()
})

test('survives more different statements than it keeps prepared', async () => {
  const database = await aTable()

  for (let index = 0; index < 1_100; index++) {
    expect(await database.rows(statement(`select ${index} as number`))).toEqual([{ number: index }])
  }
  database.close()
})

test('waits for another process that writes', async () => {
  const database = await aTable()
  const other = openSqliteDatabase({ path })

  const results = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      (index % 2 ? database : other).atomically([
        { statement: statement('insert into things values (?)', `thing ${index}`) },
      ]),
    ),
  )

  expect(results.filter(({ committed }) => committed)).toHaveLength(40)
  database.close()
  other.close()
})
