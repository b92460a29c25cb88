import type { Registration, RegistrationStore } from '../ports/registration-store.ts'
import type { RegistrationKind } from '../domain/registration.ts'
import { readRow } from './row.ts'
import type { SqlDatabase, SqlRow } from './sql-database.ts'

const KINDS: ReadonlySet<RegistrationKind> = new Set(['client', 'connection'])

/** Registrations on any {@link SqlDatabase}. */
export function createRegistrationStore(database: SqlDatabase): RegistrationStore {
  const { query } = database

  // On the hot path every few seconds for each registered client in use.
  const select = database.prepare(
    'select * from registrations where tenant_id = ? and kind = ? and name = ?',
  )

  const selectAccount = (tenant: string, connection: string) =>
    query
      .selectFrom('accounts')
      .select('id')
      .where('tenant_id', '=', tenant)
      .where('connection', '=', connection)
      .limit(1)

  const store: RegistrationStore = {
    async find({ tenant, kind, name }) {
      const [row] = await select(tenant, kind, name)
      return row && toRegistration(row)
    },

    async list({ tenant, kind, after, limit }) {
      let statement = query
        .selectFrom('registrations')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('kind', '=', kind)
      if (after !== undefined) statement = statement.where('name', '>', after)
      const rows = await database.rows(statement.orderBy('name').limit(limit).compile())
      return rows.map(toRegistration)
    },

    async insert({ tenant, kind, name, settings, generation, createdAt, updatedAt }) {
      const result = await database.atomically([
        {
          statement: query
            .insertInto('registrations')
            .values({
              tenant_id: tenant,
              kind,
              name,
              settings,
              generation,
              created_at: createdAt,
              updated_at: updatedAt,
            })
            .onConflict((conflict) => conflict.columns(['tenant_id', 'kind', 'name']).doNothing())
            .compile(),
          expectedRows: 1,
        },
      ])
      return result.committed
    },

    async replace({ tenant, kind, name, settings, generation, updatedAt }) {
      const result = await database.atomically([
        {
          statement: query
            .updateTable('registrations')
            .set({ settings, generation, updated_at: updatedAt })
            .where('tenant_id', '=', tenant)
            .where('kind', '=', kind)
            .where('name', '=', name)
            .where('generation', '=', generation - 1)
            .compile(),
          expectedRows: 1,
        },
      ])
      return result.committed
    },

    async remove({ tenant, kind, name, generation }) {
      let removal = query
        .deleteFrom('registrations')
        .where('tenant_id', '=', tenant)
        .where('kind', '=', kind)
        .where('name', '=', name)
        .where('generation', '=', generation)
      if (kind === 'connection') {
        removal = removal.where((where) => where.not(where.exists(selectAccount(tenant, name))))
      }
      const result = await database.atomically([{ statement: removal.compile(), expectedRows: 1 }])
      if (result.committed) return 'removed'
      const isInUse =
        kind === 'connection' && (await store.hasAccounts({ tenant, connection: name }))
      return isInUse ? 'in_use' : 'not_removed'
    },

    async hasAccounts({ tenant, connection }) {
      const rows = await database.rows(selectAccount(tenant, connection).compile())
      return rows.length > 0
    },
  }
  return store
}

function toRegistration(row: SqlRow): Registration {
  const columns = readRow('registrations', row)
  return {
    tenant: columns.text('tenant_id'),
    kind: columns.word('kind', KINDS),
    name: columns.text('name'),
    settings: columns.bytes('settings'),
    generation: columns.integer('generation'),
    createdAt: columns.integer('created_at'),
    updatedAt: columns.integer('updated_at'),
  }
}
