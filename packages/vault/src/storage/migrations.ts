import type { Kysely } from 'kysely'

import { accountActivity } from './migrations/account-activity.ts'
import { authorizationServer } from './migrations/authorization-server.ts'
import { firstSlice } from './migrations/first-slice.ts'
import type { Schema } from './schema.ts'
import type { SqlStatement } from './sql-database.ts'

/** One step of the schema. Expand and contract: additions first, removals only when no running version needs them. */
export interface Migration {
  /** Counts from 1 without gaps. */
  readonly version: number
  readonly name: string
  /** The oldest schema version whose code still works with the schema after this step (R24). */
  readonly minCompatibleVersion: number
  readonly statements: (builder: SchemaBuilder) => readonly SqlStatement[]
}

/** What a migration builds with; the column types that differ between engines come from here. */
export interface SchemaBuilder {
  readonly query: Kysely<Schema>
  /** `blob` or `bytea`. */
  readonly bytes: 'blob' | 'bytea'
  /** A 64-bit integer: `integer` (SQLite) or `bigint`. */
  readonly integer: 'integer' | 'bigint'
  /** What follows the closing bracket of a table: SQLite checks column types only in `strict` tables. */
  readonly tableSuffix: 'strict' | ''
}

export const migrations: readonly Migration[] = [
  { version: 1, name: 'first slice', minCompatibleVersion: 1, statements: firstSlice },
  {
    version: 2,
    name: 'authorization server, consents, registrations',
    minCompatibleVersion: 1,
    statements: authorizationServer,
  },
  { version: 3, name: 'account activity', minCompatibleVersion: 1, statements: accountActivity },
]

/** What this code needs. */
export const SCHEMA_VERSION = 3
