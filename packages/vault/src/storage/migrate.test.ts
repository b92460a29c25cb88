import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { migrateDatabase, migrate } from './migrate.ts'
import { migrations, SCHEMA_VERSION, type Migration } from './migrations.ts'
import type { SqlDatabase } from './sql-database.ts'
import { openSqliteDatabase } from './sqlite-database.ts'
import { openSqliteStore } from './sqlite-store.ts'
import { anAccount, connectAccount, storesOf, TENANT } from './stores.fixture.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'valetkey-migrate-'))
  path = join(folder, 'vault.db')
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** A step of a later version of the vault. */
function aLaterStep(
  minCompatibleVersion: number,
  ...statements: readonly string[]
): readonly Migration[] {
  return [
    ...migrations,
    {
      version: SCHEMA_VERSION + 1,
      name: 'later',
      minCompatibleVersion,
      statements: () => statements.map((text) => ({ sql: text, parameters: [] })),
    },
  ]
}

async function withDatabase<Value>(use: (database: SqlDatabase) => Promise<Value>): Promise<Value> {
  const database = openSqliteDatabase({ path })
  try {
    return await use(database)
  } finally {
    database.close()
  }
}

function namesOf(rows: readonly Readonly<Record<string, unknown>>[]): readonly unknown[] {
  return rows.map((row) => row['name'])
}

test('brings a new file to this version, once', async () => {
  expect(await migrate({ path })).toEqual({ from: 0, to: SCHEMA_VERSION })
  expect(await migrate({ path })).toEqual({ from: SCHEMA_VERSION, to: SCHEMA_VERSION })
})

test('versions have no gaps, end at this version, and never ask for more than themselves', () => {
  expect(migrations.map(({ version }) => version)).toEqual(
    Array.from({ length: SCHEMA_VERSION }, (_, index) => index + 1),
  )
  expect(migrations.filter((step) => step.minCompatibleVersion > step.version)).toEqual([])
})

test('processes that start at once apply each step once', async () => {
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => migrate({ path })))

  expect(new Set(outcomes.map(({ to }) => to))).toEqual(new Set([SCHEMA_VERSION]))
})

test('a step that fails leaves nothing of itself behind', async () => {
  await migrate({ path })
  const broken = aLaterStep(1, 'create table half (x integer) strict', 'create nonsense')

  await withDatabase(async (database) => {
    await expect(migrateDatabase(database, broken)).rejects.toThrow('nonsense')
    expect(
      await database.rows({
        sql: "select name from sqlite_schema where name = 'half'",
        parameters: [],
      }),
    ).toEqual([])
    expect(await migrateDatabase(database)).toEqual({ from: SCHEMA_VERSION, to: SCHEMA_VERSION })
  })
})

test('R24: works with a newer schema that says it may', async () => {
  await withDatabase((database) =>
    migrateDatabase(
      database,
      aLaterStep(SCHEMA_VERSION, 'alter table accounts add column nickname text'),
    ),
  )

  const store = await openSqliteStore({ path })
  await connectAccount(storesOf(store), anAccount())
  expect(await store.accounts.find({ tenant: TENANT, accountId: 'cac_1' })).toEqual(anAccount())
  store.close()
})

test('R24: refuses a newer schema that has left this version behind, and says what to do', async () => {
  await withDatabase((database) =>
    migrateDatabase(database, aLaterStep(SCHEMA_VERSION + 1, 'drop table replays')),
  )

  await expect(openSqliteStore({ path })).rejects.toMatchObject({
    code: 'schema_too_new',
    message: expect.stringContaining('Update @valetkey/vault'),
  })
})

test('R22: every key of every table starts with the tenant', async () => {
  await migrate({ path })
  await withDatabase(async (database) => {
    const select = (sql: string) => database.rows({ sql, parameters: [] })
    const tables = namesOf(
      await select(
        "select name from sqlite_schema where type = 'table' and name != 'schema_version'",
      ),
    )

    expect(tables).toHaveLength(14)
    for (const table of tables) {
      const indexes = namesOf(await select(`pragma index_list('${String(table)}')`))
      expect(indexes.length).toBeGreaterThan(0)
      for (const index of indexes) {
        const columns = namesOf(await select(`pragma index_info('${String(index)}')`))
        expect([table, columns[0]]).toEqual([table, 'tenant_id'])
      }
    }
  })
})

test('the hot reads use an index from start to end', async () => {
  await migrate({ path })
  await withDatabase(async (database) => {
    const plans = [
      'select * from accounts where tenant_id = ? and user_id = ? and connection = ?',
      'select user_id from identities where tenant_id = ? and issuer = ? and subject = ?',
    ].map(async (sql) => {
      const rows = await database.rows({
        sql: `explain query plan ${sql.replaceAll('?', "'x'")}`,
        parameters: [],
      })
      return rows.map((row) => String(row['detail'])).join(' ')
    })

    const [accounts, identities] = await Promise.all(plans)
    expect(accounts).toMatch(
      /SEARCH accounts USING INDEX \S+ \(tenant_id=\? AND user_id=\? AND connection=\?\)/,
    )
    expect(identities).toMatch(/SEARCH identities .*\(tenant_id=\? AND issuer=\? AND subject=\?\)/)
  })
})
