import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

import BetterSqlite3 from 'better-sqlite3'
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'

import type { Schema } from './schema.ts'
import {
  isStorableText,
  type BatchResult,
  type BatchStep,
  type SqlDatabase,
  type SqlRow,
} from './sql-database.ts'
import { StorageError } from './storage-error.ts'

/** How long a statement waits for another process that writes. */
const BUSY_TIMEOUT_MILLISECONDS = 5_000

/** The stores use a few dozen statements; lists of different lengths add some. */
const MAX_PREPARED_STATEMENTS = 500

export interface SqliteDatabaseOptions {
  /** Made with mode 0600 if it does not exist; its folder must. */
  readonly path: string
  /** `existing` does not make the file. Default `create`. */
  readonly file?: 'create' | 'existing' | undefined
}

/**
 * One connection to a SQLite file: WAL, every commit flushed (`synchronous=FULL`), foreign keys checked. Everything
 * runs synchronously in the call: there is no moment in which a transaction is open and other code runs (R20).
 * @throws {StorageError} `storage_unusable`
 */
export function openSqliteDatabase({ path, file = 'create' }: SqliteDatabaseOptions): SqlDatabase {
  const handle = openHandle(path, file)
  const prepared = new Map<string, BetterSqlite3.Statement>()

  function prepare(sql: string): BetterSqlite3.Statement {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    if (prepared.size >= MAX_PREPARED_STATEMENTS) prepared.clear()
    const statement = handle.prepare(sql)
    prepared.set(sql, statement)
    return statement
  }

  const runBatch = handle.transaction((steps: readonly BatchStep[]): readonly number[] =>
    steps.map(({ statement, expectedRows }, index) => {
      const { changes } = prepare(statement.sql).run(...statement.parameters)
      if (expectedRows !== undefined && changes !== expectedRows) {
        throw new UnexpectedRows(index, changes)
      }
      return changes
    }),
  )

  return {
    query: new Kysely<Schema>({
      dialect: {
        createAdapter: () => new SqliteAdapter(),
        createDriver: () => new DummyDriver(),
        createIntrospector: (database) => new SqliteIntrospector(database),
        createQueryCompiler: () => new SqliteQueryCompiler(),
      },
    }),

    async rows({ sql, parameters }) {
      return select(prepare(sql), parameters)
    },

    prepare(sql) {
      const statement = handle.prepare(sql)
      return async (...parameters) => select(statement, parameters)
    },

    async atomically(steps): Promise<BatchResult> {
      steps.forEach(({ statement }) => assertStorable(statement.parameters))
      try {
        return { committed: true, changedRows: runBatch.immediate(steps) }
      } catch (error) {
        if (!(error instanceof UnexpectedRows)) throw error
        return { committed: false, failedStep: error.step, changedRows: error.changedRows }
      }
    },

    close() {
      handle.close()
    },
  }
}

/** Undoes a batch from inside; never leaves this file. */
class UnexpectedRows extends Error {
  readonly step: number
  readonly changedRows: number

  constructor(step: number, changedRows: number) {
    super(`Step ${step} changed ${changedRows} rows`)
    this.name = 'UnexpectedRows'
    this.step = step
    this.changedRows = changedRows
  }
}

function select(
  statement: BetterSqlite3.Statement,
  parameters: readonly unknown[],
): readonly SqlRow[] {
  if (!parameters.every(isStorable)) return []
  return statement.all(...parameters).filter(isRow)
}

function isRow(row: unknown): row is SqlRow {
  return typeof row === 'object' && row !== null
}

function isStorable(value: unknown): boolean {
  return typeof value !== 'string' || isStorableText(value)
}

function assertStorable(parameters: readonly unknown[]): void {
  if (!parameters.every(isStorable)) {
    throw new TypeError('Text with NUL or lone surrogates cannot be stored')
  }
}

function openHandle(path: string, file: 'create' | 'existing'): BetterSqlite3.Database {
  // SQLite's own names for a database that is gone with the process.
  if (path === '' || path === ':memory:') {
    throw new StorageError(
      'storage_unusable',
      'The database must be a file: tokens may not live in memory. Set storage.sqlite to a path.',
    )
  }
  // Absolute, so that SQLite cannot take it for a URI with options.
  const location = resolve(path)
  checkFolder(location)
  try {
    if (file === 'create') makeOwnersFile(location)
    const handle = new BetterSqlite3(location, {
      fileMustExist: true,
      timeout: BUSY_TIMEOUT_MILLISECONDS,
    })
    return configure(handle, location)
  } catch (cause) {
    if (cause instanceof StorageError) throw cause
    throw new StorageError(
      'storage_unusable',
      `The database file ${JSON.stringify(location)} cannot be opened. It must be a SQLite file that the vault's user may read and write.`,
      { cause },
    )
  }
}

function checkFolder(location: string): void {
  const folder = dirname(location)
  try {
    if (!statSync(folder).isDirectory()) throw new TypeError('not a folder')
    // SQLite makes its -wal and -shm files there.
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new StorageError(
      'storage_unusable',
      `The folder ${JSON.stringify(folder)} of the database cannot be used. Make it, and let the vault's user write there.`,
      { cause },
    )
  }
}

/** SQLite would make the file with the process's umask; its -wal and -shm files take over the mode given here. */
function makeOwnersFile(location: string): void {
  closeSync(openSync(location, constants.O_RDWR | constants.O_CREAT, 0o600))
}

function configure(handle: BetterSqlite3.Database, location: string): BetterSqlite3.Database {
  const mode = handle.pragma('journal_mode = WAL', { simple: true })
  if (mode !== 'wal') {
    handle.close()
    throw new StorageError(
      'storage_unusable',
      `The database file ${JSON.stringify(location)} cannot use a write-ahead log. Put it on a local disk, not on a network share.`,
    )
  }
  handle.pragma('synchronous = FULL')
  handle.pragma('foreign_keys = ON')
  // Refuses functions with side effects in schemas that somebody else edited.
  handle.pragma('trusted_schema = OFF')
  return handle
}
