import type { KeyVersion, KeyVersionStore } from '../ports/key-version-store.ts'
import { readRow } from './row.ts'
import type { SqlDatabase, SqlRow } from './sql-database.ts'

const STATES: ReadonlySet<KeyVersion['state']> = new Set([
  'active',
  'decrypt_only',
  'disabled',
  'destroyed',
])

/** Tables whose rows are sealed or authenticated with a tenant's keys. */
const TABLES_THAT_NEED_KEYS = [
  'signing_keys',
  'identities',
  'accounts',
  'attempts',
  'outbox',
  'audit_events',
  'audit_heads',
] as const

/** Wrapped tenant keys on any {@link SqlDatabase}. */
export function createKeyVersionStore(database: SqlDatabase): KeyVersionStore {
  const { query } = database

  function rowsIn(table: 'key_versions' | (typeof TABLES_THAT_NEED_KEYS)[number], tenant: string) {
    return query.selectFrom(table).select('tenant_id').where('tenant_id', '=', tenant)
  }

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
            .columns(['tenant_id', 'version', 'wrapped', 'key_service_id', 'state', 'created_at'])
            .expression(
              query
                .selectNoFrom((select) => [
                  select.val(version.tenant).as('tenant_id'),
                  select.val(version.version).as('version'),
                  select.val(version.wrapped).as('wrapped'),
                  select.val(version.keyServiceId).as('key_service_id'),
                  select.val(version.state).as('state'),
                  select.val(version.createdAt).as('created_at'),
                ])
                .where((where) =>
                  where.or([
                    where.exists(rowsIn('key_versions', version.tenant)),
                    where.not(
                      where.or(
                        TABLES_THAT_NEED_KEYS.map((table) =>
                          where.exists(rowsIn(table, version.tenant)),
                        ),
                      ),
                    ),
                  ]),
                ),
            )
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
