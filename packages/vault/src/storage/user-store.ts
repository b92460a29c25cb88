import { createHmac, type KeyObject } from 'node:crypto'

import type { Identity } from '../domain/identity.ts'
import { lengthPrefixed } from '../domain/length-prefixed.ts'
import type { Logger } from '../ports/logger.ts'
import type { UserStore } from '../ports/user-store.ts'
import { equalMacs, type MacKeys } from './mac-keys.ts'
import { readRow } from './row.ts'
import type { BatchStep, SqlDatabase, SqlRow } from './sql-database.ts'

export interface UserStoreOptions {
  readonly database: SqlDatabase
  readonly keys: MacKeys
  readonly logger: Pick<Logger, 'error'>
  /** The vault's own issuer: an identity under it is the user itself, by its id, and has no row. Default: there is none. */
  readonly vaultIssuer?: string | undefined
}

/**
 * Users and their identities on any {@link SqlDatabase}. An identity's row carries a MAC: who can write to the database
 * but does not have the keys cannot make one person's login lead to another's accounts. A row whose MAC is wrong is
 * logged and leads nowhere.
 */
export function createUserStore({
  database,
  keys,
  logger,
  vaultIssuer,
}: UserStoreOptions): UserStore {
  const { query } = database

  const selectIdentity = database.prepare(
    'select user_id, key_version, mac from identities where tenant_id = ? and issuer = ? and subject = ?',
  )

  const selectUser = database.prepare('select id from users where tenant_id = ? and id = ?')

  /** The vault has verified its own signature over this id: what is left to ask is whether the user is still there. */
  async function findOwn(tenant: string, userId: string): Promise<string | undefined> {
    const [row] = await selectUser(tenant, userId)
    return row && readRow('users', row).text('id')
  }

  async function find(
    tenant: string,
    identity: Identity,
  ): Promise<{ readonly userId: string | undefined } | undefined> {
    const [row] = await selectIdentity(tenant, identity.issuer, identity.subject)
    return row && (await read(row, tenant, identity))
  }

  async function read(
    row: SqlRow,
    tenant: string,
    identity: Identity,
  ): Promise<{ readonly userId: string | undefined }> {
    const columns = readRow('identities', row)
    const userId = columns.text('user_id')
    const keyVersion = columns.integer('key_version')
    const key = await keys.byVersion(keyVersion)
    const isGenuine =
      key !== undefined &&
      equalMacs(identityMac(key, { tenant, identity, userId, keyVersion }), columns.bytes('mac'))
    if (isGenuine) return { userId }
    logger.error(
      'A row of table identities was altered outside of the vault: it leads to no user',
      {
        code: 'identity_altered',
      },
    )
    return { userId: undefined }
  }

  /** Changes nothing, and lets two changes to one user's identities happen one after the other on every engine. */
  function hold(tenant: string, userId: string): BatchStep {
    return {
      statement: query
        .updateTable('users')
        .set((builder) => ({ created_at: builder.ref('created_at') }))
        .where('tenant_id', '=', tenant)
        .where('id', '=', userId)
        .compile(),
      expectedRows: 1,
    }
  }

  async function insertIdentity({
    tenant,
    identity,
    userId,
    now,
  }: {
    readonly tenant: string
    readonly identity: Identity
    readonly userId: string
    readonly now: number
  }): Promise<BatchStep> {
    const { version, key } = await keys.active()
    return {
      statement: query
        .insertInto('identities')
        .values({
          tenant_id: tenant,
          issuer: identity.issuer,
          subject: identity.subject,
          user_id: userId,
          key_version: version,
          mac: identityMac(key, { tenant, identity, userId, keyVersion: version }),
          created_at: now,
        })
        .onConflict((conflict) => conflict.columns(['tenant_id', 'issuer', 'subject']).doNothing())
        .compile(),
      expectedRows: 1,
    }
  }

  return {
    async findByIdentity({ tenant, identity }) {
      return identity.issuer === vaultIssuer
        ? await findOwn(tenant, identity.subject)
        : (await find(tenant, identity))?.userId
    },

    async findOrCreate({ tenant, identity, userId, now }) {
      if (identity.issuer === vaultIssuer) {
        const own = await findOwn(tenant, identity.subject)
        if (own !== undefined) return own
        throw new Error(
          'There is no such user, and none is made under an id that came with a token.',
        )
      }
      const known = await find(tenant, identity)
      if (known !== undefined) return genuine(known)
      const created = await database.atomically([
        {
          statement: query
            .insertInto('users')
            .values({ tenant_id: tenant, id: userId, created_at: now })
            // Another identity of the same user may have made it.
            .onConflict((conflict) => conflict.columns(['tenant_id', 'id']).doNothing())
            .compile(),
        },
        await insertIdentity({ tenant, identity, userId, now }),
      ])
      if (created.committed) return userId
      const winner = await find(tenant, identity)
      if (winner === undefined) {
        throw new Error('An identity was made and removed while its user was looked up; try again.')
      }
      return genuine(winner)
    },

    async listIdentities({ tenant, userId }) {
      const rows = await database.rows(
        query
          .selectFrom('identities')
          .selectAll()
          .where('tenant_id', '=', tenant)
          .where('user_id', '=', userId)
          .orderBy('issuer')
          .orderBy('subject')
          .compile(),
      )
      const owned = await Promise.all(
        rows.map(async (row) => {
          const columns = readRow('identities', row)
          const identity = { issuer: columns.text('issuer'), subject: columns.text('subject') }
          return { identity, ...(await read(row, tenant, identity)) }
        }),
      )
      return owned.flatMap((found) => (found.userId === userId ? [found.identity] : []))
    },

    async addIdentity({ tenant, identity, userId, now }) {
      if (identity.issuer === vaultIssuer) return identity.subject === userId ? 'known' : 'taken'
      const written = await database.atomically([
        hold(tenant, userId),
        await insertIdentity({ tenant, identity, userId, now }),
      ])
      if (written.committed) return 'added'
      if (written.failedStep === 0) {
        throw new Error('There is no such user any more who could be given an identity.')
      }
      return (await find(tenant, identity))?.userId === userId ? 'known' : 'taken'
    },

    async removeIdentity({ tenant, identity, userId, keepOneOf }) {
      if ((await find(tenant, identity))?.userId !== userId) return 'not_found'
      // An empty list is no SQL everywhere.
      if (keepOneOf.length === 0) return 'last'
      const removed = await database.atomically([
        hold(tenant, userId),
        {
          statement: query
            .deleteFrom('identities')
            .where('tenant_id', '=', tenant)
            .where('issuer', '=', identity.issuer)
            .where('subject', '=', identity.subject)
            .where('user_id', '=', userId)
            .where((builder) =>
              builder.exists(
                builder
                  .selectFrom('identities as other')
                  .select('other.subject')
                  .where('other.tenant_id', '=', tenant)
                  .where('other.user_id', '=', userId)
                  .where('other.issuer', 'in', [...keepOneOf])
                  .where((other) =>
                    other.not(
                      other.and([
                        other('other.issuer', '=', identity.issuer),
                        other('other.subject', '=', identity.subject),
                      ]),
                    ),
                  ),
              ),
            )
            .compile(),
          expectedRows: 1,
        },
      ])
      if (removed.committed) return 'removed'
      return (await find(tenant, identity))?.userId === userId ? 'last' : 'not_found'
    },
  }
}

/** Nothing is made in place of an altered row: the user's accounts still hang on what it said. */
function genuine({ userId }: { readonly userId: string | undefined }): string {
  if (userId !== undefined) return userId
  throw new Error(
    'This user cannot be looked up: a row of table identities was altered outside of the vault. ' +
      'Restore it from a backup, or remove it, and the user begins anew.',
  )
}

function identityMac(
  key: KeyObject,
  {
    tenant,
    identity,
    userId,
    keyVersion,
  }: {
    readonly tenant: string
    readonly identity: Identity
    readonly userId: string
    readonly keyVersion: number
  },
): Uint8Array {
  return createHmac('sha256', key)
    .update(
      lengthPrefixed([
        'valetkey identity 1',
        tenant,
        identity.issuer,
        identity.subject,
        userId,
        keyVersion,
      ]),
    )
    .digest()
}
