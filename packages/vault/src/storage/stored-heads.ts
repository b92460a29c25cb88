import { isHeadGenuine, type AuditHead } from './audit-chain.ts'
import { toAuditHead } from './audit-row.ts'
import type { MacKeys } from './mac-keys.ts'
import { readRow, type RowReader, readableRow } from './row.ts'
import type { SqlDatabase } from './sql-database.ts'
import { usableKey } from './usable-key.ts'

/** Every head that the database has, also one that somebody wrote by hand. */
export async function readStoredHeads(
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
    head: readableRow(() => toAuditHead(row)) ?? noHead(tenant, readRow('audit_heads', row)),
    tiedSequence: readableRow(() => readRow('audit_heads', row).integer('tied_sequence')) ?? -1,
  }))
}

/** Whether a writer of this vault signed it. */
export async function isGenuineHead(
  keys: Pick<MacKeys, 'byVersion'>,
  head: AuditHead,
): Promise<boolean> {
  const key = await usableKey(keys, head.keyVersion)
  return key !== undefined && isHeadGenuine(key, head)
}

/** Stands for an unreadable head; no MAC makes it genuine. */
function noHead(tenant: string, columns: RowReader): AuditHead {
  return { tenant, writerId: columns.text('writer_id'), count: 0, keyVersion: 0, hash: '', mac: '' }
}
