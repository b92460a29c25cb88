import type { KeyVersion, KeyVersionStore } from '../ports/key-version-store.ts'
import { readRow } from './row.ts'
import type { SqlDatabase, SqlRow } from './sql-database.ts'

const STATES: ReadonlySet<KeyVersion['state']> = new Set([
  'active',
  'decrypt_only',
  'disabled',
  'destroyed',
])

/** Wrapped tenant keys on any {@link SqlDatabase}. */
export function createKeyVersionStore(database: SqlDatabase): KeyVersionStore {
  const { query } = database
  return {
    async list({ tenant }) {
      const rows = await database.rows(
        query
          .selectFrom('key_versions')
          .selectAll()
          .where('tenant_id', '=', tenant)
          .orderBy('version')
          .compile(),
      )
      return rows.map(toKeyVersion)
    },

    async insert(version) {
      const result = await database.atomically([
        {
          statement: query
            .insertInto('key_versions')
            .values({
              tenant_id: version.tenant,
              version: version.version,
              wrapped: version.wrapped,
              key_service_id: version.keyServiceId,
              state: version.state,
              created_at: version.createdAt,
            })
            .onConflict((conflict) => conflict.columns(['tenant_id', 'version']).doNothing())
            .compile(),
          expectedRows: 1,
        },
      ])
      return result.committed
    },
  }
}

function toKeyVersion(row: SqlRow): KeyVersion {
  const columns = readRow('key_versions', row)
  return {
    tenant: columns.text('tenant_id'),
    version: columns.integer('version'),
    wrapped: columns.bytes('wrapped'),
    keyServiceId: columns.text('key_service_id'),
    state: columns.word('state', STATES),
    createdAt: columns.integer('created_at'),
  }
}
