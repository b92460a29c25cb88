import type { UserDirectory, UserRecord } from '../ports/user-directory.ts'
import { readRow } from './row.ts'
import type { SqlDatabase, SqlRow } from './sql-database.ts'

const MAX_IDENTITIES = 100

/** Users as an operator looks for them, on any {@link SqlDatabase}. */
export function createUserDirectory(database: SqlDatabase): UserDirectory {
  const { query } = database
  return {
    async find({ tenant, userId }) {
      const [row] = await database.rows(
        query
          .selectFrom('users')
          .selectAll()
          .where('tenant_id', '=', tenant)
          .where('id', '=', userId)
          .compile(),
      )
      return row && toUser(row)
    },

    async list({ tenant, after, limit }) {
      let select = query.selectFrom('users').selectAll().where('tenant_id', '=', tenant)
      if (after !== undefined) select = select.where('id', '>', after)
      const rows = await database.rows(select.orderBy('id').limit(limit).compile())
      return rows.map(toUser)
    },

    async identities({ tenant, userId }) {
      const rows = await database.rows(
        query
          .selectFrom('identities')
          .select(['issuer', 'subject'])
          .where('tenant_id', '=', tenant)
          .where('user_id', '=', userId)
          .orderBy('issuer')
          .orderBy('subject')
          .limit(MAX_IDENTITIES)
          .compile(),
      )
      return rows.map((row) => {
        const columns = readRow('identities', row)
        return { issuer: columns.text('issuer'), subject: columns.text('subject') }
      })
    },
  }
}

function toUser(row: SqlRow): UserRecord {
  const columns = readRow('users', row)
  return { id: columns.text('id'), createdAt: columns.integer('created_at') }
}
