import { sql } from 'kysely'

import type { Account } from '../domain/account.ts'
import type { AccountStore } from '../ports/account-store.ts'
import { storableLabel, toAccount } from './account-row.ts'
import { insertOutboxEntry } from './outbox-store.ts'
import { readRow } from './row.ts'
import type { SqlDatabase } from './sql-database.ts'
import { writeAccount } from './write-account.ts'

/** States in which the provider is believed to hold a live grant. */
const LIVE_STATES = ['active', 'uncertain'] as const

/** Accounts on any {@link SqlDatabase}. The two statements of the exchange are prepared, the rest is built. */
export function createAccountStore(database: SqlDatabase): AccountStore {
  const { query } = database

  const selectOnConnection = database.prepare(
    'select * from accounts where tenant_id = ? and user_id = ? and connection = ?',
  )

  // The old intent moves aside in the statement that writes the new one, so that RETURNING can tell it (R14).
  const claim = database.prepare(
    `update accounts
     set lease_id = ?, lease_until = ?,
         previous_attempt_generation = attempt_generation, attempt_generation = generation,
         attempt_started_at = ?, updated_at = ?
     where tenant_id = ? and id = ? and generation = ? and state in ('active', 'uncertain')
       and (lease_until is null or lease_until < ?)
       and (next_attempt_at is null or next_attempt_at <= ?)
     returning *`,
  )

  async function find(key: { readonly tenant: string; readonly accountId: string }) {
    const [row] = await database.rows(
      query
        .selectFrom('accounts')
        .selectAll()
        .where('tenant_id', '=', key.tenant)
        .where('id', '=', key.accountId)
        .compile(),
    )
    return row && toAccount(row)
  }

  return {
    find,

    async findOnConnection({ tenant, userId, connection }) {
      const rows = await selectOnConnection(tenant, userId, connection)
      return rows.map(toAccount).toSorted(byAge)
    },

    async list({ tenant, userId, connection, after, limit }) {
      let select = query
        .selectFrom('accounts')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('user_id', '=', userId)
      if (connection !== undefined) select = select.where('connection', '=', connection)
      if (after !== undefined) select = select.where('id', '>', after)
      const rows = await database.rows(select.orderBy('id').limit(limit).compile())
      return rows.map(toAccount)
    },

    async claimRefresh({ key, generation, leaseId, leaseUntil, now }) {
      const [row] = await claim(
        leaseId,
        leaseUntil,
        now,
        now,
        key.tenant,
        key.accountId,
        generation,
        now,
        now,
      )
      if (row === undefined) return { claimed: false }
      const previous = readRow('accounts', row).optionalInteger('previous_attempt_generation')
      return {
        claimed: true,
        account: toAccount(row),
        mayHaveBeenSpent: previous === generation,
      }
    },

    async renewLease({ key, generation, leaseId, leaseUntil }) {
      return writesOneRow(
        query
          .updateTable('accounts')
          .set({ lease_until: leaseUntil })
          .where('tenant_id', '=', key.tenant)
          .where('id', '=', key.accountId)
          .where('generation', '=', generation)
          .where('lease_id', '=', leaseId)
          .compile(),
      )
    },

    async commitRefresh(commit) {
      const { key, generation } = commit
      return writesOneRow(
        query
          .updateTable('accounts')
          .set({
            generation: generation + 1,
            state: 'active',
            reconnect_reason: null,
            scopes: JSON.stringify(commit.scopes),
            access_token: commit.accessToken,
            refresh_token: commit.refreshToken ?? null,
            access_issued_at: commit.accessIssuedAt,
            access_expires_at: commit.accessExpiresAt ?? null,
            refresh_expires_at: commit.refreshExpiresAt ?? null,
            lease_id: null,
            lease_until: null,
            attempt_generation: null,
            previous_attempt_generation: null,
            attempt_started_at: null,
            fail_count: 0,
            next_attempt_at: null,
            last_error_code: null,
            updated_at: commit.now,
          })
          .where('tenant_id', '=', key.tenant)
          .where('id', '=', key.accountId)
          .where('generation', '=', generation)
          .where('state', 'in', LIVE_STATES)
          .compile(),
      )
    },

    async releaseRefresh({ key, generation, leaseId, intent, state, failure, now }) {
      let update = query
        .updateTable('accounts')
        .set({ state, lease_id: null, lease_until: null, updated_at: now })
        .where('tenant_id', '=', key.tenant)
        .where('id', '=', key.accountId)
        .where('generation', '=', generation)
        .where('lease_id', '=', leaseId)
      if (intent === 'clear') {
        // Takes back this claim's intent and no other: an earlier claimer that crashed may still have spent the token.
        update = update.set({
          attempt_generation: sql.ref('previous_attempt_generation'),
          attempt_started_at: null,
        })
      }
      if (failure !== undefined) {
        update = update.set({
          fail_count: sql`fail_count + 1`,
          next_attempt_at: failure.nextAttemptAt,
          last_error_code: failure.code,
        })
      }
      return writesOneRow(update.compile())
    },

    async changeState({ key, generation, state, reconnectReason, errorCode, now }) {
      let update = query
        .updateTable('accounts')
        .set({
          state,
          reconnect_reason: reconnectReason ?? null,
          lease_id: null,
          lease_until: null,
          updated_at: now,
        })
        .where('tenant_id', '=', key.tenant)
        .where('id', '=', key.accountId)
        .where('generation', '=', generation)
      if (errorCode !== undefined) update = update.set({ last_error_code: errorCode })
      return writesOneRow(update.compile())
    },

    async put({ account, replaces, outbox = [], now }) {
      const result = await database.atomically([
        writeAccount(query, account, replaces),
        ...outbox.map((draft) => ({
          statement: insertOutboxEntry(query, account.tenant, draft, now),
        })),
      ])
      return result.committed
    },

    async relabel({ key, userId, label, now }) {
      return writesOneRow(
        query
          .updateTable('accounts')
          .set({ label: storableLabel(label), updated_at: now })
          .where('tenant_id', '=', key.tenant)
          .where('id', '=', key.accountId)
          .where('user_id', '=', userId)
          .compile(),
      )
    },

    async remove({ key, userId, revocation, expectedGeneration, now }) {
      const removal = query
        .deleteFrom('accounts')
        .where('tenant_id', '=', key.tenant)
        .where('id', '=', key.accountId)
        .where('user_id', '=', userId)
        .where('generation', '=', expectedGeneration)
        .compile()
      const result = await database.atomically([
        { statement: removal, expectedRows: 1 },
        ...(revocation === undefined
          ? []
          : [{ statement: insertOutboxEntry(query, key.tenant, revocation, now) }]),
      ])
      if (result.committed) return 'removed'
      const account: Account | undefined = await find(key)
      return account?.userId === userId ? 'conflict' : 'not_found'
    },

    async countSharingGrant({ tenant, connections, providerAccountId, exceptAccountId }) {
      if (connections.length === 0) return 0
      const [accounts] = await database.rows(
        query
          .selectFrom('accounts')
          .select((select) => select.fn.countAll().as('count'))
          .where('tenant_id', '=', tenant)
          .where('connection', 'in', connections)
          .where('provider_account_id', '=', providerAccountId)
          .where('id', '!=', exceptAccountId)
          .where('state', 'in', LIVE_STATES)
          .compile(),
      )
      const [attempts] = await database.rows(
        query
          .selectFrom('attempts')
          .select((select) => select.fn.countAll().as('count'))
          .where('tenant_id', '=', tenant)
          .where('connection', 'in', connections)
          .where((where) =>
            where.or([
              // The provider is just giving out tokens, to whom is not known yet.
              where('state', '=', 'redeeming'),
              where.and([
                where('state', '=', 'returned'),
                where.or([
                  where('provider_account_id', '=', providerAccountId),
                  where('provider_account_id', 'is', null),
                ]),
              ]),
            ]),
          )
          .compile(),
      )
      return countOf('accounts', accounts) + countOf('attempts', attempts)
    },
  }

  async function writesOneRow(statement: Parameters<SqlDatabase['rows']>[0]): Promise<boolean> {
    return (await database.atomically([{ statement, expectedRows: 1 }])).committed
  }
}

/** Sorted here, since there are one or two of them: SQLite's sorter costs ten times the read. */
function byAge(one: Account, other: Account): number {
  return one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1)
}

function countOf(table: string, row: Parameters<typeof readRow>[1] | undefined): number {
  return row === undefined ? 0 : readRow(table, row).integer('count')
}
