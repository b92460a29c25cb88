import { sql } from 'kysely'

import type { NewRecord, RecordKey, RecordStore, VaultRecord } from '../ports/record-store.ts'
import { readRow } from './row.ts'
import type { BatchStep, SqlDatabase, SqlRow } from './sql-database.ts'

/** A successor is answered for the grace of its client, 300 s at most (R6); then it is forgotten. */
const SUCCESSOR_SECONDS = 300

/** The kind of record that others belong to. */
const GRANT_KIND = 'Grant'

/** What the vault remembers as an authorization server, on any {@link SqlDatabase}. */
export function createRecordStore(database: SqlDatabase): RecordStore {
  const { query } = database

  const selectWithGrant = database.prepare(
    'select r.payload, r.lookup_hash, r.grant_hash, r.user_id, r.client_id, r.consumed_at, r.expires_at, ' +
      'r.created_at, exists (select 1 from records g where g.tenant_id = r.tenant_id ' +
      `and g.kind = '${GRANT_KIND}' and g.id_hash = r.grant_hash) as is_grant_alive ` +
      'from records r where r.tenant_id = ? and r.kind = ? and r.id_hash = ?',
  )

  function put(record: NewRecord): BatchStep {
    const changeable = {
      payload: record.payload,
      lookup_hash: record.lookupHash ?? null,
      grant_hash: record.grantHash ?? null,
      user_id: record.userId ?? null,
      client_id: record.clientId ?? null,
      expires_at: record.expiresAt,
    }
    return {
      statement: query
        .insertInto('records')
        .values({
          tenant_id: record.tenant,
          kind: record.kind,
          id_hash: record.idHash,
          ...changeable,
          consumed_at: null,
          successor: null,
          created_at: record.createdAt,
        })
        .onConflict((conflict) =>
          conflict.columns(['tenant_id', 'kind', 'id_hash']).doUpdateSet(changeable),
        )
        .compile(),
      expectedRows: 1,
    }
  }

  const one = ({ tenant, kind, idHash }: RecordKey) =>
    query
      .selectFrom('records')
      .where('tenant_id', '=', tenant)
      .where('kind', '=', kind)
      .where('id_hash', '=', idHash)
  const change = ({ tenant, kind, idHash }: RecordKey) =>
    query
      .updateTable('records')
      .where('tenant_id', '=', tenant)
      .where('kind', '=', kind)
      .where('id_hash', '=', idHash)
  const removal = (tenant: string, kind: string) =>
    query.deleteFrom('records').where('tenant_id', '=', tenant).where('kind', '=', kind)

  return {
    async put(record) {
      await database.atomically([put(record)])
    },

    async putSuccessor({ record, predecessor, successor }) {
      const kept = change(predecessor).where('consumed_at', 'is not', null).set({ successor })
      const result = await database.atomically([
        { statement: kept.compile(), expectedRows: 1 },
        put(record),
      ])
      return result.committed
    },

    async find(key) {
      const [row] = await database.rows(one(key).selectAll().compile())
      return row && toRecord(row)
    },

    async findWithGrant({ tenant, kind, idHash }) {
      const [row] = await selectWithGrant(tenant, kind, idHash)
      return (
        row && {
          record: { tenant, kind, idHash, ...toContent(row) },
          isGrantAlive: row['is_grant_alive'] === 1,
        }
      )
    },

    async findByLookup({ tenant, kind, lookupHash }) {
      const [row] = await database.rows(
        query
          .selectFrom('records')
          .selectAll()
          .where('tenant_id', '=', tenant)
          .where('kind', '=', kind)
          .where('lookup_hash', '=', lookupHash)
          .compile(),
      )
      return row && toRecord(row)
    },

    async listOfUser({ tenant, kind, userId }) {
      const rows = await database.rows(
        query
          .selectFrom('records')
          .selectAll()
          .where('tenant_id', '=', tenant)
          .where('user_id', '=', userId)
          .where('kind', '=', kind)
          .orderBy('created_at')
          .compile(),
      )
      return rows.map(toRecord)
    },

    async consume({ now, ...key }) {
      const result = await database.atomically([
        {
          statement: change(key)
            .where('consumed_at', 'is', null)
            .set({ consumed_at: now })
            .compile(),
          expectedRows: 1,
        },
      ])
      return result.committed
    },

    async reopen({ consumedAt, ...key }) {
      const result = await database.atomically([
        {
          statement: change(key)
            .where('consumed_at', '=', consumedAt)
            .where('successor', 'is', null)
            .set({ consumed_at: null })
            .compile(),
          expectedRows: 1,
        },
      ])
      return result.committed
    },

    async extend({ expiresAt, now, ...key }) {
      await database.atomically([
        {
          statement: change(key)
            .where('expires_at', '>', now)
            .where('expires_at', '<', expiresAt)
            .set({ expires_at: expiresAt })
            .compile(),
        },
      ])
    },

    async remove({ tenant, kind, idHash }) {
      await database.atomically([
        { statement: removal(tenant, kind).where('id_hash', '=', idHash).compile() },
      ])
    },

    async removeOfGrant({ tenant, kind, grantHash }) {
      await database.atomically([
        { statement: removal(tenant, kind).where('grant_hash', '=', grantHash).compile() },
      ])
    },

    async isAlive({ now, ...key }) {
      const rows = await database.rows(
        one(key).select('expires_at').where('expires_at', '>', now).compile(),
      )
      return rows.length > 0
    },

    async sweep({ tenant, now, limit }) {
      await database.atomically([
        {
          statement: query
            .updateTable('records')
            .where('tenant_id', '=', tenant)
            .where('successor', 'is not', null)
            .where('consumed_at', '<', now - SUCCESSOR_SECONDS)
            .set({ successor: null })
            .compile(),
        },
      ])
      const removed = await database.rows(
        query
          .deleteFrom('records')
          .where('tenant_id', '=', tenant)
          .where('expires_at', '<=', now)
          .where('id_hash', 'in', (inner) =>
            inner
              .selectFrom('records')
              .select('id_hash')
              .where('tenant_id', '=', tenant)
              .where('expires_at', '<=', now)
              .orderBy('expires_at')
              .limit(limit),
          )
          .returning(sql<number>`1`.as('removed'))
          .compile(),
      )
      return removed.length
    },
  }
}

function toRecord(row: SqlRow): VaultRecord {
  const columns = readRow('records', row)
  return {
    tenant: columns.text('tenant_id'),
    kind: columns.text('kind'),
    idHash: columns.bytes('id_hash'),
    successor: columns.optionalBytes('successor'),
    ...toContent(row),
  }
}

/** What is read of a record by whoever knows its key and does not ask for its successor. */
function toContent(row: SqlRow): Omit<VaultRecord, keyof RecordKey | 'successor'> {
  const columns = readRow('records', row)
  return {
    payload: columns.bytes('payload'),
    lookupHash: columns.optionalBytes('lookup_hash'),
    grantHash: columns.optionalBytes('grant_hash'),
    userId: columns.optionalText('user_id'),
    clientId: columns.optionalText('client_id'),
    consumedAt: columns.optionalInteger('consumed_at'),
    expiresAt: columns.integer('expires_at'),
    createdAt: columns.integer('created_at'),
  }
}
