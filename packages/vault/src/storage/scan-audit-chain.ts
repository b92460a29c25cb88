import { breakAt, type AuditBreak, type AuditProblem } from './audit-break.ts'
import { CHAIN_START, recordMac, type AuditRecord } from './audit-chain.ts'
import { readCheckpoint } from './audit-checkpoint.ts'
import { toAuditRecord } from './audit-row.ts'
import { equalMacs, type MacKeys } from './mac-keys.ts'
import { readableRow } from './row.ts'
import type { SqlDatabase, SqlRow } from './sql-database.ts'
import { usableKey } from './usable-key.ts'

const PAGE_RECORDS = 500

export interface ScanContext {
  readonly database: SqlDatabase
  readonly tenant: string
  readonly keys: Pick<MacKeys, 'byVersion'>
}

/** What reading a chain from its start brought. */
export interface Scan {
  /** How many records verified. */
  readonly count: number
  readonly problem?: AuditBreak | undefined
  readonly ties: readonly Claim[]
}

/** What somebody says about the end of a chain. */
export interface Claim {
  readonly writerId: string
  readonly count: number
  /** base64url */
  readonly hash: string
  readonly by: string
}

/** Reads a chain as far as it verifies. */
export async function scanAuditChain(context: ScanContext, writerId: string): Promise<Scan> {
  const ties: Claim[] = []
  let count = 0
  let previous: Uint8Array = CHAIN_START
  for (;;) {
    const page = await readRecords(context, writerId, count)
    if (page.length === 0) return { count, ties }
    for (const row of page) {
      const record = readableRow(() => toAuditRecord(row))
      const problem =
        record === undefined
          ? 'altered_record'
          : await checkRecord(context.keys, record, count + 1, previous)
      if (record === undefined || problem !== undefined) {
        return { count, ties, problem: breakAt(writerId, count + 1, problem ?? 'altered_record') }
      }
      count = record.sequence
      previous = record.mac
      const by = `record ${record.sequence} of writer ${writerId}`
      ties.push(...readCheckpoint(record.event).map((tie) => ({ ...tie, by })))
    }
    // Others of this process are waiting for the thread.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function checkRecord(
  keys: Pick<MacKeys, 'byVersion'>,
  record: AuditRecord,
  expectedSequence: number,
  previous: Uint8Array,
): Promise<AuditProblem | undefined> {
  if (record.sequence !== expectedSequence) return 'missing_record'
  const key = await usableKey(keys, record.keyVersion)
  if (key === undefined) return 'unknown_key'
  if (!equalMacs(recordMac(key, record), record.mac)) return 'altered_record'
  return equalMacs(record.previous, previous) ? undefined : 'wrong_link'
}

async function readRecords(
  { database, tenant }: ScanContext,
  writerId: string,
  after: number,
): Promise<readonly SqlRow[]> {
  return database.rows(
    database.query
      .selectFrom('audit_events')
      .selectAll()
      .where('tenant_id', '=', tenant)
      .where('writer_id', '=', writerId)
      .where('sequence', '>', after)
      .orderBy('sequence')
      .limit(PAGE_RECORDS)
      .compile(),
  )
}
