import type { SqlRow } from './sql-database.ts'

/**
 * Reads the columns of one row, checking each: a row is input, and a hand-edited or damaged one must not become a
 * value that looks right. Checks by hand instead of a schema, since a row is read on the exchange's hot path.
 * Errors name table and column, never the content.
 */
export interface RowReader {
  text(column: string): string
  optionalText(column: string): string | undefined
  integer(column: string): number
  optionalInteger(column: string): number | undefined
  bytes(column: string): Uint8Array
  optionalBytes(column: string): Uint8Array | undefined
  /** One of the given words. */
  word<Word extends string>(column: string, words: ReadonlySet<Word>): Word
  optionalWord<Word extends string>(column: string, words: ReadonlySet<Word>): Word | undefined
  /** Parsed JSON text, for `parse` to check; what it throws is a damaged column. */
  json<Value>(column: string, parse: (json: unknown) => Value): Value
}

export function readRow(table: string, row: SqlRow): RowReader {
  function damaged(column: string, cause?: unknown): Error {
    return new Error(
      `A row of table ${table} is damaged: column ${column} does not hold what it must. Restore it from a backup.`,
      { cause },
    )
  }

  function text(column: string): string {
    const value = row[column]
    if (typeof value !== 'string') throw damaged(column)
    return value
  }

  function integer(column: string): number {
    const value = row[column]
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw damaged(column)
    return value
  }

  function bytes(column: string): Uint8Array {
    const value = row[column]
    if (!(value instanceof Uint8Array)) throw damaged(column)
    // A plain view, not the driver's Buffer: the same over every engine.
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  }

  function word<Word extends string>(column: string, words: ReadonlySet<Word>): Word {
    const value = text(column)
    if (!isWord(value, words)) throw damaged(column)
    return value
  }

  function isAbsent(column: string): boolean {
    const value = row[column]
    if (value === undefined) throw damaged(column)
    return value === null
  }

  return {
    text,
    integer,
    bytes,
    word,
    optionalText: (column) => (isAbsent(column) ? undefined : text(column)),
    optionalInteger: (column) => (isAbsent(column) ? undefined : integer(column)),
    optionalBytes: (column) => (isAbsent(column) ? undefined : bytes(column)),
    optionalWord: (column, words) => (isAbsent(column) ? undefined : word(column, words)),
    json(column, parse) {
      try {
        return parse(JSON.parse(text(column)))
      } catch (cause) {
        throw damaged(column, cause)
      }
    },
  }
}

/** `undefined` for a row that does not even hold values of the right kind: somebody wrote it by hand. */
export function readableRow<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

function isWord<Word extends string>(value: string, words: ReadonlySet<Word>): value is Word {
  const all: ReadonlySet<string> = words
  return all.has(value)
}
