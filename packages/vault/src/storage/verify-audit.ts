import {
  CHAIN_START,
  isHeadGenuine,
  recordMac,
  type AuditHead,
  type AuditRecord,
} from './audit-chain.ts'
import { readCheckpoint } from './audit-checkpoint.ts'
import { toAuditHead, toAuditRecord } from './audit-row.ts'
import { equalMacs, type MacKeys } from './mac-keys.ts'
import { readRow, type RowReader } from './row.ts'
import type { SqlDatabase, SqlRow } from './sql-database.ts'
import { openSqliteDatabase } from './sqlite-database.ts'

const PAGE_RECORDS = 500

export interface VerifyAuditOptions {
  readonly path: string
  readonly tenant: string
  readonly keys: Pick<MacKeys, 'byVersion'>
  /** Heads kept outside the database; without them a cut that also set back the stored head goes unseen. */
  readonly lastHeads?: readonly AuditHead[] | undefined
}

export type AuditProblem =
  /** The record does not match its MAC: a column was changed, or the key was not at hand. */
  | 'altered_record'
  /** The number before the next record is gone. */
  | 'missing_record'
  /** The record is genuine but does not follow the one before it. */
  | 'wrong_link'
  /** No usable key of the tenant has the version that the record names. */
  | 'unknown_key'
  /** A head or checkpoint knows more records than there are. */
  | 'missing_tail'
  /** A head or checkpoint knows another record at this place. */
  | 'rewritten_record'
  /** There are records, but no stored head says where they end. */
  | 'missing_head'
  /** A stored head does not match its MAC, or says it was tied by a checkpoint that does not exist. */
  | 'altered_head'
  /** A head given to the verification is not one of this vault. */
  | 'forged_head'

export interface AuditBreak {
  readonly writerId: string
  /** The first record that is wrong or missing; for a head, the record it names. */
  readonly sequence: number
  readonly problem: AuditProblem
  /** For people. */
  readonly message: string
}

export type AuditVerification = {
  readonly records: number
  /** Of each chain, how many records verified. */
  readonly writers: readonly { readonly writerId: string; readonly count: number }[]
} & (
  | { readonly ok: true }
  | {
      readonly ok: false
      readonly first: AuditBreak
      /** At most one a chain: what follows a break proves nothing. */
      readonly breaks: readonly AuditBreak[]
    }
)

/** Checks every chain of the audit log in a SQLite file, also while a vault writes to it. */
export async function verifyAudit({
  path,
  ...options
}: VerifyAuditOptions): Promise<AuditVerification> {
  const database = openSqliteDatabase({ path, file: 'existing' })
  try {
    return await verifyAuditChains({ ...options, database })
  } finally {
    database.close()
  }
}

interface Scan {
  /** How many records verified. */
  readonly count: number
  readonly problem?: AuditBreak | undefined
  readonly ties: readonly Claim[]
}

/** What somebody says about the end of a chain. */
interface Claim {
  readonly writerId: string
  readonly count: number
  /** base64url */
  readonly hash: string
  readonly by: string
}

/** As {@link verifyAudit}, on an open database. */
export async function verifyAuditChains({
  database,
  tenant,
  keys,
  lastHeads = [],
}: Omit<VerifyAuditOptions, 'path'> & {
  readonly database: SqlDatabase
}): Promise<AuditVerification> {
  // Writers before heads before records: what a running vault adds meanwhile can only be more than was claimed.
  const withRecords = await readWriters(database, tenant)
  const stored = await readHeads(database, tenant)
  const writerIds = [...new Set([...withRecords, ...stored.map(({ head }) => head.writerId)])]

  const scans = new Map<string, Scan>()
  for (const writerId of writerIds.toSorted()) {
    scans.set(writerId, await scanChain({ database, tenant, keys }, writerId))
  }
  await catchUp({ database, tenant, keys }, scans)

  const breaks = new Map<string, AuditBreak>()
  const report = (found: AuditBreak | undefined): void => {
    if (found !== undefined && !breaks.has(found.writerId)) breaks.set(found.writerId, found)
  }
  for (const { problem } of scans.values()) report(problem)

  for (const head of lastHeads) {
    report(
      (await isGenuine(keys, head)) && head.tenant === tenant
        ? undefined
        : problemAt(head.writerId, head.count, 'forged_head'),
    )
  }
  for (const { head } of stored) {
    if (!(await isGenuine(keys, head))) {
      report(problemAt(head.writerId, head.count, 'altered_head'))
    }
  }
  const headed = new Set(stored.map(({ head }) => head.writerId))
  // One that began later has its head, too: it was not read.
  for (const writerId of writerIds) {
    if (headed.has(writerId)) continue
    report(problemAt(writerId, countOf(scans, writerId), 'missing_head'))
  }

  const ties = [...scans.values()].flatMap((scan) => scan.ties)
  const claims = [
    ...lastHeads.map((head) => ({ ...head, by: 'a head kept outside' })),
    ...stored.map(({ head }) => ({ ...head, by: 'the stored head' })),
    ...ties,
  ]
  for (const claim of claims) {
    if (breaks.has(claim.writerId)) continue
    report(await checkClaim(database, tenant, claim, countOf(scans, claim.writerId)))
  }

  if (breaks.size === 0) {
    const tied = new Set(ties.map(({ writerId, count }) => `${writerId}:${count}`))
    for (const { head, tiedSequence } of stored) {
      if (tiedSequence !== 0 && !tied.has(`${head.writerId}:${tiedSequence}`)) {
        report(problemAt(head.writerId, tiedSequence, 'altered_head'))
      }
    }
  }

  const writers = [...scans].map(([writerId, { count }]) => ({ writerId, count }))
  const summary = { writers, records: writers.reduce((sum, { count }) => sum + count, 0) }
  const [first, ...others] = breaks.values()
  return first === undefined
    ? { ...summary, ok: true }
    : { ...summary, ok: false, first, breaks: [first, ...others] }
}

/**
 * A vault goes on writing while its chains are read, so that a record that is read late may tell of more in a chain than
 * there was when that one was read. Such chains are read once more, until none has grown.
 */
async function catchUp(context: ScanContext, scans: Map<string, Scan>): Promise<void> {
  for (let hasGrown = true; hasGrown;) {
    hasGrown = false
    const ties = [...scans.values()].flatMap((scan) => scan.ties)
    const behind = ties.filter(({ writerId, count }) => count > countOf(scans, writerId))
    for (const writerId of new Set(behind.map((tie) => tie.writerId))) {
      const before = countOf(scans, writerId)
      const scan = await scanChain(context, writerId)
      if (scan.count > before) hasGrown = true
      if (scan.count > 0) scans.set(writerId, scan)
    }
  }
}

function countOf(scans: ReadonlyMap<string, Scan>, writerId: string): number {
  return scans.get(writerId)?.count ?? 0
}

interface ScanContext {
  readonly database: SqlDatabase
  readonly tenant: string
  readonly keys: Pick<MacKeys, 'byVersion'>
}

async function scanChain(context: ScanContext, writerId: string): Promise<Scan> {
  const ties: Claim[] = []
  let count = 0
  let previous: Uint8Array = CHAIN_START
  for (;;) {
    const page = await readRecords(context, writerId, count)
    if (page.length === 0) return { count, ties }
    for (const row of page) {
      const record = readable(() => toAuditRecord(row))
      const problem =
        record === undefined
          ? 'altered_record'
          : await checkRecord(context.keys, record, count + 1, previous)
      if (record === undefined || problem !== undefined) {
        return { count, ties, problem: problemAt(writerId, count + 1, problem ?? 'altered_record') }
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

/** Whether the chain still has, at the claimed place, the record the claim saw there. */
async function checkClaim(
  database: SqlDatabase,
  tenant: string,
  { writerId, count, hash, by }: Claim,
  verifiedCount: number,
): Promise<AuditBreak | undefined> {
  if (count > verifiedCount) return problemAt(writerId, verifiedCount + 1, 'missing_tail', by)
  const [row] = await database.rows(
    database.query
      .selectFrom('audit_events')
      .selectAll()
      .where('tenant_id', '=', tenant)
      .where('writer_id', '=', writerId)
      .where('sequence', '=', count)
      .compile(),
  )
  const mac = row && toAuditRecord(row).mac
  return mac !== undefined && equalMacs(mac, Buffer.from(hash, 'base64url'))
    ? undefined
    : problemAt(writerId, count, 'rewritten_record', by)
}

async function isGenuine(keys: Pick<MacKeys, 'byVersion'>, head: AuditHead): Promise<boolean> {
  const key = await usableKey(keys, head.keyVersion)
  return key !== undefined && isHeadGenuine(key, head)
}

/** A version that was disabled or destroyed verifies nothing, like one that never was. */
async function usableKey(
  keys: Pick<MacKeys, 'byVersion'>,
  version: number,
): ReturnType<MacKeys['byVersion']> {
  try {
    return await keys.byVersion(version)
  } catch {
    return undefined
  }
}

async function readWriters(database: SqlDatabase, tenant: string): Promise<readonly string[]> {
  const rows = await database.rows(
    database.query
      .selectFrom('audit_events')
      .select('writer_id')
      .distinct()
      .where('tenant_id', '=', tenant)
      .compile(),
  )
  return rows.map((row) => readRow('audit_events', row).text('writer_id'))
}

async function readHeads(
  database: SqlDatabase,
  tenant: string,
): Promise<readonly { readonly head: AuditHead; readonly tiedSequence: number }[]> {
  const rows = await database.rows(
    database.query
      .selectFrom('audit_heads')
      .selectAll()
      .where('tenant_id', '=', tenant)
      .orderBy('writer_id')
      .compile(),
  )
  return rows.map((row) => ({
    head: readable(() => toAuditHead(row)) ?? noHead(tenant, readRow('audit_heads', row)),
    tiedSequence: readable(() => readRow('audit_heads', row).integer('tied_sequence')) ?? -1,
  }))
}

/** Stands for an unreadable head; no MAC makes it genuine. */
function noHead(tenant: string, columns: RowReader): AuditHead {
  return { tenant, writerId: columns.text('writer_id'), count: 0, keyVersion: 0, hash: '', mac: '' }
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

/** `undefined` for a row that does not even hold values of the right kind: somebody wrote it by hand. */
function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

function problemAt(writerId: string, sequence: number, problem: AuditProblem, by = ''): AuditBreak {
  const place = `record ${sequence} of writer ${JSON.stringify(writerId)}`
  return { writerId, sequence, problem, message: describe(problem, place, by) }
}

function describe(problem: AuditProblem, place: string, by: string): string {
  switch (problem) {
    case 'altered_record':
      return `The content of ${place} was altered.`
    case 'missing_record':
      return `There is no ${place}, although later ones are there.`
    case 'wrong_link':
      return `The link from ${place} to the one before it is wrong.`
    case 'unknown_key':
      return `The key that ${place} names is unknown or may not be used.`
    case 'missing_tail':
      return `The chain ends before ${place}, which was there according to ${by}.`
    case 'rewritten_record':
      return `What stands as ${place} is not what was there according to ${by}.`
    case 'missing_head':
      return `No stored head says that the chain ends at ${place}.`
    case 'altered_head':
      return `The stored head that names ${place} was altered.`
    case 'forged_head':
      return `The given head that names ${place} is not one of this vault.`
  }
}
