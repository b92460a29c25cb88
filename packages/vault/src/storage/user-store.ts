import type { UserStore } from '../ports/user-store.ts'
import { readRow } from './row.ts'
import type { SqlDatabase } from './sql-database.ts'

/** Users and their identities on any {@link SqlDatabase}. */
export function createUserStore(database: SqlDatabase): UserStore {
  const { query } = database

  const selectUserId = database.prepare(
    'select user_id from identities where tenant_id = ? and issuer = ? and subject = ?',
  )

  const findByIdentity: UserStore['findByIdentity'] = async ({ tenant, identity }) => {
    const [row] = await selectUserId(tenant, identity.issuer, identity.subject)
    return row && readRow('identities', row).text('user_id')
  }

  return {
    findByIdentity,

    async findOrCreate({ tenant, identity, userId, now }) {
      const known = await findByIdentity({ tenant, identity })
      if (known !== undefined) return known
      const created = await database.atomically([
        {
          statement: query
            .insertInto('users')
            .values({ tenant_id: tenant, id: userId, created_at: now })
            // Another identity of the same user may have made it.
            .onConflict((conflict) => conflict.columns(['tenant_id', 'id']).doNothing())
            .compile(),
        },
        {
          statement: query
            .insertInto('identities')
            .values({
              tenant_id: tenant,
              issuer: identity.issuer,
              subject: identity.subject,
              user_id: userId,
              created_at: now,
            })
            .onConflict((conflict) =>
              conflict.columns(['tenant_id', 'issuer', 'subject']).doNothing(),
            )
            .compile(),
          expectedRows: 1,
        },
      ])
      if (created.committed) return userId
      const winner = await findByIdentity({ tenant, identity })
      if (winner === undefined) {
        throw new Error('An identity was made and removed while its user was looked up; try again.')
      }
      return winner
    },
  }
}
