import type { AuditHead, AuditRecord } from './audit-chain.ts'
import { readRow } from './row.ts'
import type { SqlRow, SqlStatement } from './sql-database.ts'

// Written out, not built: every exchange runs the first two of these.
const INSERT_RECORD =
  'insert into audit_events (tenant_id, writer_id, sequence, key_version, previous, event, mac, account_id, occurred_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)'
const MOVE_HEAD =
  'update audit_heads set sequence = ?, key_version = ?, hash = ?, mac = ? where tenant_id = ? and writer_id = ? and sequence = ?'
const INSERT_HEAD =
  'insert into audit_heads (sequence, key_version, hash, mac, tenant_id, writer_id, tied_sequence) values (?, ?, ?, ?, ?, ?, ?) on conflict (tenant_id, writer_id) do nothing'

/** What a record is looked up by; its MAC covers the event's text alone. */
export interface AuditLookup {
  readonly accountId?: string | undefined
  readonly at: number
}

export function insertAuditRecord(
  record: AuditRecord,
  { accountId, at }: AuditLookup,
): SqlStatement {
  const { tenant, writerId, sequence, keyVersion, previous, event, mac } = record
  return {
    sql: INSERT_RECORD,
    parameters: [
      tenant,
      writerId,
      sequence,
      keyVersion,
      previous,
      event,
      mac,
      accountId ?? null,
      at,
    ],
  }
}

/** Writes a writer's head, expecting it to stand at `from` records; changes no row otherwise. */
export function moveAuditHead(head: AuditHead, from: number): SqlStatement {
  return {
    sql: from === 0 ? INSERT_HEAD : MOVE_HEAD,
    parameters: [
      head.count,
      head.keyVersion,
      Buffer.from(head.hash, 'base64url'),
      Buffer.from(head.mac, 'base64url'),
      head.tenant,
      head.writerId,
      // How far the head stood; a new one is tied by nobody yet, which is 0 too.
      from,
    ],
  }
}

export function toAuditRecord(row: SqlRow): AuditRecord {
  const columns = readRow('audit_events', row)
  return {
    tenant: columns.text('tenant_id'),
    writerId: columns.text('writer_id'),
    sequence: columns.integer('sequence'),
    keyVersion: columns.integer('key_version'),
    previous: columns.bytes('previous'),
    event: columns.text('event'),
    mac: columns.bytes('mac'),
  }
}

export function toAuditHead(row: SqlRow): AuditHead {
  const columns = readRow('audit_heads', row)
  return {
    tenant: columns.text('tenant_id'),
    writerId: columns.text('writer_id'),
    count: columns.integer('sequence'),
    keyVersion: columns.integer('key_version'),
    hash: Buffer.from(columns.bytes('hash')).toString('base64url'),
    mac: Buffer.from(columns.bytes('mac')).toString('base64url'),
  }
}
