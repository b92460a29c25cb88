import * as z from 'zod'

import type { SigningKeyStore, StoredSigningKey } from '../ports/signing-key-store.ts'
import { readRow } from './row.ts'
import type { SqlDatabase, SqlRow } from './sql-database.ts'

const ALGORITHMS: ReadonlySet<StoredSigningKey['algorithm']> = new Set(['RS256', 'ES256'])

const PublicKey = z.record(z.string(), z.unknown())

/** The vault's signing keys on any {@link SqlDatabase}. */
export function createSigningKeyStore(database: SqlDatabase): SigningKeyStore {
  const { query } = database
  return {
    async list({ tenant }) {
      const rows = await database.rows(
        query
          .selectFrom('signing_keys')
          .selectAll()
          .where('tenant_id', '=', tenant)
          .orderBy('algorithm')
          .orderBy('position')
          .compile(),
      )
      return rows.map(toSigningKey)
    },

    async insert(key) {
      const result = await database.atomically([
        {
          statement: query
            .insertInto('signing_keys')
            .values({
              tenant_id: key.tenant,
              kid: key.kid,
              algorithm: key.algorithm,
              // Unique by tenant and algorithm: of two processes that make a key at once, one is first.
              position: key.position,
              public_key: JSON.stringify(key.publicKey),
              private_key: key.privateKey,
              created_at: key.createdAt,
            })
            .onConflict((conflict) =>
              conflict.columns(['tenant_id', 'algorithm', 'position']).doNothing(),
            )
            .compile(),
          expectedRows: 1,
        },
      ])
      return result.committed
    },

    async remove({ tenant, kid }) {
      await database.atomically([
        {
          statement: query
            .deleteFrom('signing_keys')
            .where('tenant_id', '=', tenant)
            .where('kid', '=', kid)
            .compile(),
        },
      ])
    },
  }
}

function toSigningKey(row: SqlRow): StoredSigningKey {
  const columns = readRow('signing_keys', row)
  return {
    tenant: columns.text('tenant_id'),
    kid: columns.text('kid'),
    algorithm: columns.word('algorithm', ALGORITHMS),
    publicKey: columns.json('public_key', (json) => PublicKey.parse(json)),
    privateKey: columns.bytes('private_key'),
    createdAt: columns.integer('created_at'),
    position: columns.integer('position'),
  }
}
