import { readRow } from './row.ts'
import type { SqlDatabase } from './sql-database.ts'

export interface TenantStore {
  /** Remembers the issuer a tenant began with; resolves to the one it began with, which may be another. */
  ensure(tenant: {
    readonly tenant: string
    readonly issuer: string
    readonly now: number
  }): Promise<{ readonly issuer: string; readonly createdAt: number }>
}

/** Tenants on any {@link SqlDatabase}. */
export function createTenantStore(database: SqlDatabase): TenantStore {
  const { query } = database
  return {
    async ensure({ tenant, issuer, now }) {
      await database.atomically([
        {
          statement: query
            .insertInto('tenants')
            .values({ tenant_id: tenant, issuer, created_at: now })
            .onConflict((conflict) => conflict.column('tenant_id').doNothing())
            .compile(),
        },
      ])
      const [row] = await database.rows(
        query.selectFrom('tenants').selectAll().where('tenant_id', '=', tenant).compile(),
      )
      if (row === undefined) throw new Error('The tenant was removed while it was looked up')
      const columns = readRow('tenants', row)
      return { issuer: columns.text('issuer'), createdAt: columns.integer('created_at') }
    },
  }
}
