import { createHash } from 'node:crypto'

import { sql } from 'kysely'

import { lengthPrefixed } from '../domain/length-prefixed.ts'
import type { ReplayStore } from '../ports/replay-store.ts'
import type { SqlDatabase } from './sql-database.ts'

/** Verifiers forgive clocks up to 60 s, so a `jti` is remembered for longer than its `exp` says. */
const KEEP_SECONDS = 120

export interface SweepableReplayStore extends ReplayStore {
  /** Removes uses that can no longer be replayed, at most `limit`; resolves to how many there were. */
  sweep(query: {
    readonly tenant: string
    readonly now: number
    readonly limit: number
  }): Promise<number>
}

/** Uses of `jti` on any {@link SqlDatabase}; only their hash is stored, so that a long one costs no room. */
export function createReplayStore(database: SqlDatabase): SweepableReplayStore {
  const { query } = database
  return {
    async remember({ tenant, scope, jti, expiresAt, now }) {
      const keepUntil = expiresAt + KEEP_SECONDS
      const result = await database.atomically([
        {
          statement: query
            .insertInto('replays')
            .values({ tenant_id: tenant, use_hash: useHash(scope, jti), expires_at: keepUntil })
            // One statement decides; an entry whose time has passed is taken over.
            .onConflict((conflict) =>
              conflict
                .columns(['tenant_id', 'use_hash'])
                .doUpdateSet({ expires_at: keepUntil })
                .where('replays.expires_at', '<', now),
            )
            .compile(),
          expectedRows: 1,
        },
      ])
      return result.committed
    },

    async sweep({ tenant, now, limit }) {
      const removed = await database.rows(
        query
          .deleteFrom('replays')
          .where('tenant_id', '=', tenant)
          .where('use_hash', 'in', (inner) =>
            inner
              .selectFrom('replays')
              .select('use_hash')
              .where('tenant_id', '=', tenant)
              .where('expires_at', '<', now)
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

function useHash(scope: string, jti: string): Uint8Array {
  return createHash('sha256')
    .update(lengthPrefixed([scope, jti]))
    .digest()
}
