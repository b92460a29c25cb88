import { sql, type RawBuilder } from 'kysely'

import { migrations, SCHEMA_VERSION, type Migration, type SchemaBuilder } from './migrations.ts'
import { readRow } from './row.ts'
import type { SqlDatabase } from './sql-database.ts'
import { openSqliteDatabase } from './sqlite-database.ts'
import { StorageError } from './storage-error.ts'

export interface MigrationOutcome {
  /** Schema version before; 0 for a new database. */
  readonly from: number
  readonly to: number
}

/**
 * Brings the SQLite file at `path` to this version's schema, making the file if there is none.
 * @throws {StorageError} `storage_unusable`, `schema_too_new`
 */
export async function migrate({ path }: { readonly path: string }): Promise<MigrationOutcome> {
  const database = openSqliteDatabase({ path })
  try {
    return await migrateDatabase(database)
  } finally {
    database.close()
  }
}

/**
 * Applies the missing migrations, each in one batch with its version number, so that a crash leaves a whole step or
 * none. Of two processes that start at once, one applies a step and the other finds it done.
 * A newer schema is fine as long as it says that this version can live with it (R24).
 * @throws {StorageError} `schema_too_new`
 */
export async function migrateDatabase(
  database: SqlDatabase,
  steps: readonly Migration[] = migrations,
): Promise<MigrationOutcome> {
  await prepareVersionTable(database)
  const from = (await readVersion(database)).version
  for (const step of steps) {
    if (step.version > from) await apply(database, step)
  }
  const stored = await readVersion(database)
  const own = steps.at(-1)?.version ?? SCHEMA_VERSION
  if (stored.minCompatibleVersion > own) {
    throw new StorageError(
      'schema_too_new',
      `The database has schema version ${stored.version}, which needs a vault of at least schema version ${stored.minCompatibleVersion}; this one has ${own}. Update @valetkey/vault.`,
    )
  }
  return { from, to: stored.version }
}

const SQLITE_TYPES = { bytes: 'blob', integer: 'integer', tableSuffix: 'strict' } as const

async function apply(database: SqlDatabase, step: Migration): Promise<void> {
  const builder: SchemaBuilder = { query: database.query, ...SQLITE_TYPES }
  await database.atomically([
    // First, so that a process that lost the race changes nothing.
    {
      statement: database.query
        .updateTable('schema_version')
        .set({ version: step.version, min_compatible_version: step.minCompatibleVersion })
        .where('version', '=', step.version - 1)
        .compile(),
      expectedRows: 1,
    },
    ...step.statements(builder).map((statement) => ({ statement })),
  ])
}

async function prepareVersionTable(database: SqlDatabase): Promise<void> {
  const compile = (query: RawBuilder<unknown>) => ({ statement: query.compile(database.query) })
  await database.atomically([
    compile(
      sql`create table if not exists schema_version (singleton integer primary key, version integer not null, min_compatible_version integer not null)`,
    ),
    compile(
      sql`insert into schema_version (singleton, version, min_compatible_version) values (1, 0, 0) on conflict do nothing`,
    ),
  ])
}

/** The version of the schema that a database has, without touching it. */
export async function readSchemaVersion(database: SqlDatabase): Promise<number> {
  return (await readVersion(database)).version
}

async function readVersion(
  database: SqlDatabase,
): Promise<{ readonly version: number; readonly minCompatibleVersion: number }> {
  const [row] = await database.rows(
    database.query.selectFrom('schema_version').selectAll().compile(),
  )
  if (row === undefined) {
    throw new StorageError(
      'storage_unusable',
      'The table schema_version is empty: this is no database of a vault. Set storage.sqlite to another path.',
    )
  }
  const columns = readRow('schema_version', row)
  return {
    version: columns.integer('version'),
    minCompatibleVersion: columns.integer('min_compatible_version'),
  }
}
