import type { Kysely } from 'kysely'

import type { OutboxDraft } from '../ports/account-store.ts'
import type { OutboxEntry, OutboxStore } from '../ports/outbox-store.ts'
import { readRow } from './row.ts'
import type { Schema } from './schema.ts'
import type { SqlDatabase, SqlRow, SqlStatement } from './sql-database.ts'

const KINDS: ReadonlySet<OutboxDraft['kind']> = new Set(['provider_revocation'])

/** Work for providers on any {@link SqlDatabase}. */
export function createOutboxStore(database: SqlDatabase): OutboxStore {
  const { query } = database
  return {
    async put({ tenant, draft, now }) {
      await database.atomically([{ statement: insertOutboxEntry(query, tenant, draft, now) }])
    },

    async claim({ tenant, now, leaseUntil, limit }) {
      const rows = await database.rows(
        query
          .updateTable('outbox')
          .set({ lease_until: leaseUntil })
          .where('tenant_id', '=', tenant)
          .where('id', 'in', (inner) =>
            inner
              .selectFrom('outbox')
              .select('id')
              .where('tenant_id', '=', tenant)
              .where('next_attempt_at', '<=', now)
              .where((where) =>
                where.or([where('lease_until', 'is', null), where('lease_until', '<', now)]),
              )
              .orderBy('created_at')
              .orderBy('id')
              .limit(limit),
          )
          .returningAll()
          .compile(),
      )
      // RETURNING promises no order.
      return rows
        .map(toEntry)
        .toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
    },

    async delivered({ tenant, id }) {
      await database.atomically([
        {
          statement: query
            .deleteFrom('outbox')
            .where('tenant_id', '=', tenant)
            .where('id', '=', id)
            .compile(),
        },
      ])
    },

    async retry({ tenant, id, attempts, nextAttemptAt }) {
      await database.atomically([
        {
          statement: query
            .updateTable('outbox')
            .set({ attempts, next_attempt_at: nextAttemptAt, lease_until: null })
            .where('tenant_id', '=', tenant)
            .where('id', '=', id)
            .compile(),
        },
      ])
    },
  }
}

/** Puts an entry in, due at once; a second one with the same id changes nothing. */
export function insertOutboxEntry(
  query: Kysely<Schema>,
  tenant: string,
  draft: OutboxDraft,
  now: number,
): SqlStatement {
  return query
    .insertInto('outbox')
    .values({
      tenant_id: tenant,
      id: draft.id,
      kind: draft.kind,
      payload: draft.payload,
      attempts: 0,
      next_attempt_at: now,
      lease_until: null,
      created_at: now,
    })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'id']).doNothing())
    .compile()
}

function toEntry(row: SqlRow): OutboxEntry {
  const columns = readRow('outbox', row)
  return {
    tenant: columns.text('tenant_id'),
    id: columns.text('id'),
    kind: columns.word('kind', KINDS),
    payload: columns.bytes('payload'),
    attempts: columns.integer('attempts'),
    createdAt: columns.integer('created_at'),
  }
}
