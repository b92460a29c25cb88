import { breakAt, type AuditBreak } from './audit-break.ts'
import type { AuditHead } from './audit-chain.ts'
import { toAuditRecord } from './audit-row.ts'
import { equalMacs, type MacKeys } from './mac-keys.ts'
import { readRow } from './row.ts'
import { type Claim, type Scan, type ScanContext, scanAuditChain } from './scan-audit-chain.ts'
import type { SqlDatabase } from './sql-database.ts'
import { openSqliteDatabase } from './sqlite-database.ts'
import { isGenuineHead, readStoredHeads } from './stored-heads.ts'

export interface VerifyAuditOptions {
  readonly path: string
  readonly tenant: string
  readonly keys: Pick<MacKeys, 'byVersion'>
  /** Heads kept outside the database; without them a cut that also set back the stored head goes unseen. */
  readonly lastHeads?: readonly AuditHead[] | undefined
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
  const stored = await readStoredHeads(database, tenant)
  const writerIds = [...new Set([...withRecords, ...stored.map(({ head }) => head.writerId)])]

  const scans = new Map<string, Scan>()
  for (const writerId of writerIds.toSorted()) {
    scans.set(writerId, await scanAuditChain({ database, tenant, keys }, writerId))
  }
  await catchUp({ database, tenant, keys }, scans)

  const breaks = new Map<string, AuditBreak>()
  const report = (found: AuditBreak | undefined): void => {
    if (found !== undefined && !breaks.has(found.writerId)) breaks.set(found.writerId, found)
  }
  for (const { problem } of scans.values()) report(problem)

  for (const head of lastHeads) {
    report(
      (await isGenuineHead(keys, head)) && head.tenant === tenant
        ? undefined
        : breakAt(head.writerId, head.count, 'forged_head'),
    )
  }
  for (const { head } of stored) {
    if (!(await isGenuineHead(keys, head))) {
      report(breakAt(head.writerId, head.count, 'altered_head'))
    }
  }
  const headed = new Set(stored.map(({ head }) => head.writerId))
  // One that began later has its head, too: it was not read.
  for (const writerId of writerIds) {
    if (headed.has(writerId)) continue
    report(breakAt(writerId, countOf(scans, writerId), 'missing_head'))
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
        report(breakAt(head.writerId, tiedSequence, 'altered_head'))
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
      const scan = await scanAuditChain(context, writerId)
      if (scan.count > before) hasGrown = true
      if (scan.count > 0) scans.set(writerId, scan)
    }
  }
}

function countOf(scans: ReadonlyMap<string, Scan>, writerId: string): number {
  return scans.get(writerId)?.count ?? 0
}

/** Whether the chain still has, at the claimed place, the record the claim saw there. */
async function checkClaim(
  database: SqlDatabase,
  tenant: string,
  { writerId, count, hash, by }: Claim,
  verifiedCount: number,
): Promise<AuditBreak | undefined> {
  if (count > verifiedCount) return breakAt(writerId, verifiedCount + 1, 'missing_tail', by)
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
    : breakAt(writerId, count, 'rewritten_record', by)
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
