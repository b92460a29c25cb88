import type { Kysely } from 'kysely'

import type { Schema } from './schema.ts'

/**
 * What the stores need of a database, the same for SQLite and Postgres. There is no transaction to hold open: a write
 * is a list of statements given at once (R20), so nothing can be awaited in the middle of one.
 */
export interface SqlDatabase {
  /** Builds and compiles queries; has no connection and executes nothing. */
  readonly query: Kysely<Schema>
  /**
   * One statement, atomic by itself, and the rows it returns. A lookup by text that could not have been stored
   * ({@link isStorableText}) finds nothing.
   */
  rows(statement: SqlStatement): Promise<readonly SqlRow[]>
  /** As {@link SqlDatabase.rows}, for the few statements that are hot: prepared once. Parameters are written `?`. */
  prepare(sql: string): (...parameters: readonly SqlValue[]) => Promise<readonly SqlRow[]>
  /**
   * All statements or none, in order. A step that changes another number of rows than it expects undoes them all.
   * @throws {TypeError} for text that cannot be stored.
   */
  atomically(steps: readonly BatchStep[]): Promise<BatchResult>
  close(): void
}

/** A kysely `CompiledQuery` is one. */
export interface SqlStatement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

export interface BatchStep {
  readonly statement: SqlStatement
  /** Absent: any number. */
  readonly expectedRows?: number | undefined
}

export type BatchResult =
  | { readonly committed: true; readonly changedRows: readonly number[] }
  /** Nothing was written, since step `failedStep` (counted from 0) changed `changedRows` rows. */
  | { readonly committed: false; readonly failedStep: number; readonly changedRows: number }

export type SqlValue = string | number | Uint8Array | null

export type SqlRow = Readonly<Record<string, unknown>>

/** Text that every engine keeps as it is: well-formed Unicode without NUL, which Postgres refuses. */
export function isStorableText(text: string): boolean {
  return !UNSTORABLE.test(text)
}

// oxlint-disable-next-line no-control-regex -- NUL is what it looks for
const UNSTORABLE = /[\0\p{Surrogate}]/u
