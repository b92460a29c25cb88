import { sql } from 'kysely'
import * as z from 'zod'

import type {
  AuditFilter,
  AuditPage,
  AuditQuery,
  StoredAuditRecord,
} from '../ports/audit-reader.ts'
import { readRow } from './row.ts'
import type { SqlDatabase, SqlRow } from './sql-database.ts'

const CHUNK_RECORDS = 500

/** What one page may read at most: a filter that matches nothing must not hold up the exchanges of this process. */
const MAX_SCANNED_RECORDS = 5_000

/** Clocks are set back now and then: records so much later than asked for are still looked at. */
const CLOCK_MARGIN_SECONDS = 3_600

const Event = z.looseObject({ at: z.number() })

/** What a filter compares with; a member that is something else matches nothing. */
const FILTERED = ['userId', 'clientId', 'connection', 'type'] as const

/**
 * A page of the audit log, newest first. Records have no index but their chain: they are read in the order in which
 * SQLite got them, which costs the writer nothing, and filtered here.
 */
export async function readAuditPage(
  database: SqlDatabase,
  { tenant, filter, cursor, limit }: AuditQuery,
): Promise<AuditPage> {
  const records: StoredAuditRecord[] = []
  let before = readCursor(cursor) ?? (await startOf(database, tenant, filter.until))
  for (let scanned = 0; scanned < MAX_SCANNED_RECORDS; scanned += CHUNK_RECORDS) {
    const rows = await readBelow(database, tenant, { before, limit: CHUNK_RECORDS })
    for (const row of rows) {
      before = readRow('audit_events', row).integer('position')
      const record = toStoredRecord(row)
      if (record !== undefined && matches(record.event, filter)) records.push(record)
      if (records.length === limit) return { records, next: String(before) }
      if (isBefore(record, filter.from)) return { records }
    }
    if (rows.length < CHUNK_RECORDS) return { records }
    // Others are waiting for this thread.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { records, next: String(before) }
}

function readCursor(cursor: string | undefined): number | undefined {
  const position = Number(cursor)
  return cursor !== undefined && /^\d{1,15}$/.test(cursor) ? position : undefined
}

const position = sql<number>`rowid`

/** The newest records below a position. */
async function readBelow(
  database: SqlDatabase,
  tenant: string,
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<readonly SqlRow[]> {
  return await database.rows(
    database.query
      .selectFrom('audit_events')
      .select([position.as('position'), 'writer_id', 'sequence', 'event'])
      .where('tenant_id', '=', tenant)
      .where(position, '<', before)
      .orderBy(position, 'desc')
      .limit(limit)
      .compile(),
  )
}

/** Where to begin: the end, or a little after a moment in the past, found by halving. */
async function startOf(
  database: SqlDatabase,
  tenant: string,
  until: number | undefined,
): Promise<number> {
  const last = await positionBelow(database, tenant, Number.MAX_SAFE_INTEGER)
  if (last === undefined) return 0
  if (until === undefined) return last.position + 1
  const latest = until + CLOCK_MARGIN_SECONDS
  let low = 0
  let high = last.position + 1
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2)
    const found = await positionBelow(database, tenant, middle + 1)
    if (found !== undefined && found.at > latest) high = middle
    else low = middle
  }
  return high
}

/** The newest record below a position. */
async function positionBelow(
  database: SqlDatabase,
  tenant: string,
  before: number,
): Promise<{ readonly position: number; readonly at: number } | undefined> {
  const [row] = await readBelow(database, tenant, { before, limit: 1 })
  if (row === undefined) return undefined
  const at = toStoredRecord(row)?.event['at']
  return {
    position: readRow('audit_events', row).integer('position'),
    at: typeof at === 'number' ? at : 0,
  }
}

/** `undefined` for a record that somebody wrote by hand: verifying finds it, reading passes over it. */
function toStoredRecord(row: SqlRow): StoredAuditRecord | undefined {
  const columns = readRow('audit_events', row)
  try {
    return {
      writerId: columns.text('writer_id'),
      sequence: columns.integer('sequence'),
      event: columns.json('event', (json) => Event.parse(json)),
    }
  } catch {
    return undefined
  }
}

function matches(event: StoredAuditRecord['event'], filter: AuditFilter): boolean {
  const { from, until } = filter
  const at = Number(event['at'])
  if ((from !== undefined && at < from) || (until !== undefined && at >= until)) return false
  return FILTERED.every((name) => filter[name] === undefined || event[name] === filter[name])
}

function isBefore(record: StoredAuditRecord | undefined, from: number | undefined): boolean {
  if (record === undefined || from === undefined) return false
  return Number(record.event['at']) < from - CLOCK_MARGIN_SECONDS
}
