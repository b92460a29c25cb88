import { createHmac, type KeyObject } from 'node:crypto'

import { sql } from 'kysely'
import * as z from 'zod'

import type { Consent, ConsentKey } from '../domain/consent.ts'
import type { Identity } from '../domain/identity.ts'
import { lengthPrefixed } from '../domain/length-prefixed.ts'
import { missingScopes, unionScopes } from '../domain/scope.ts'
import type { Logger } from '../ports/logger.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import { equalMacs, type MacKeys } from './mac-keys.ts'
import { readRow } from './row.ts'
import type { BatchStep, SqlDatabase, SqlRow } from './sql-database.ts'

export interface ConsentStoreOptions {
  readonly database: SqlDatabase
  readonly keys: MacKeys
  readonly logger: Pick<Logger, 'error'>
}

/** Other approvals and revocations may write the same record meanwhile; more often than this is not chance. */
const MAX_TURNS = 20

const Scopes = z.array(z.string())
const ActorPair = z.tuple([z.string(), z.string()])

/** A row, its texts as they are under the MAC. */
interface ConsentRow {
  readonly tenant: string
  readonly userId: string
  readonly clientId: string
  readonly connection: string
  readonly accountId: string
  readonly actor: string
  readonly scopes: string
}

type StoredConsent = Consent & { readonly isGenuine: boolean; readonly mac: Uint8Array }

/**
 * Consents on any {@link SqlDatabase}. Each row carries a MAC: who can write to the database but does not have the keys
 * cannot consent for anybody. A row whose MAC is wrong is logged and allows nothing; the user's next consent replaces it.
 */
export function createConsentStore({ database, keys, logger }: ConsentStoreOptions): ConsentStore {
  const { query } = database

  const selectForClient = database.prepare(
    `select * from consents
     where tenant_id = ? and user_id = ? and client_id = ? and connection = ? and actor = ?`,
  )

  async function read(row: SqlRow): Promise<StoredConsent> {
    const columns = readRow('consents', row)
    const text: ConsentRow = {
      tenant: columns.text('tenant_id'),
      userId: columns.text('user_id'),
      clientId: columns.text('client_id'),
      connection: columns.text('connection'),
      accountId: columns.text('account_id'),
      actor: columns.text('actor'),
      scopes: columns.text('scopes'),
    }
    const keyVersion = columns.integer('key_version')
    const mac = columns.bytes('mac')
    const key = await keys.byVersion(keyVersion)
    const isGenuine = key !== undefined && equalMacs(consentMac(key, text, keyVersion), mac)
    if (!isGenuine) {
      logger.error('A row of table consents was altered outside of the vault: it allows nothing', {
        code: 'consent_altered',
      })
    }
    return {
      ...text,
      // What is not the vault's own may hold anything, and nothing of it is looked at.
      actor: isGenuine ? toActor(text.actor) : undefined,
      scopes: isGenuine ? columns.json('scopes', (json) => Scopes.parse(json)) : [],
      createdAt: columns.integer('created_at'),
      updatedAt: columns.integer('updated_at'),
      isGenuine,
      mac,
    }
  }

  async function genuine(rows: readonly SqlRow[]): Promise<readonly StoredConsent[]> {
    const consents = await Promise.all(rows.map(read))
    return consents.filter(({ isGenuine }) => isGenuine)
  }

  async function find(key: ConsentKey): Promise<readonly SqlRow[]> {
    const { tenant, userId, clientId, connection, actor } = key
    return await selectForClient(tenant, userId, clientId, connection, fromActor(actor))
  }

  /** Made from the account's row, so that it cannot be of anybody else's account, or of one that is gone. */
  function insertion(row: ConsentRow, keyVersion: number, mac: Uint8Array, now: number): BatchStep {
    return {
      statement: query
        .insertInto('consents')
        .columns([
          'tenant_id',
          'user_id',
          'client_id',
          'connection',
          'account_id',
          'actor',
          'scopes',
          'key_version',
          'mac',
          'created_at',
          'updated_at',
        ])
        .expression(
          query
            .selectFrom('accounts')
            .select([
              'tenant_id',
              'user_id',
              sql.val(row.clientId).as('client_id'),
              'connection',
              'id',
              sql.val(row.actor).as('actor'),
              sql.val(row.scopes).as('scopes'),
              sql.val(keyVersion).as('key_version'),
              sql.val(mac).as('mac'),
              sql.val(now).as('created_at'),
              sql.val(now).as('updated_at'),
            ])
            .where('tenant_id', '=', row.tenant)
            .where('id', '=', row.accountId)
            .where('user_id', '=', row.userId)
            .where('connection', '=', row.connection),
        )
        .onConflict((conflict) => conflict.doNothing())
        .compile(),
      expectedRows: 1,
    }
  }

  function replacement(
    row: ConsentRow,
    keyVersion: number,
    mac: Uint8Array,
    { now, replaced }: { readonly now: number; readonly replaced: Uint8Array },
  ): BatchStep {
    return {
      statement: query
        .updateTable('consents')
        .set({ scopes: row.scopes, key_version: keyVersion, mac, updated_at: now })
        .where('tenant_id', '=', row.tenant)
        .where('user_id', '=', row.userId)
        .where('client_id', '=', row.clientId)
        .where('connection', '=', row.connection)
        .where('account_id', '=', row.accountId)
        .where('actor', '=', row.actor)
        // Of what was read, and nothing else.
        .where('mac', '=', replaced)
        .compile(),
      expectedRows: 1,
    }
  }

  return {
    async find(key) {
      const consents = await genuine(await find(key))
      return consents.map(({ accountId, scopes }) => ({ accountId, scopes }))
    },

    async allow(request) {
      const { tenant, userId, clientId, connection, accountId, scopes, now } = request
      const actor = fromActor(request.actor)
      for (let turn = 0; turn < MAX_TURNS; turn++) {
        const rows = await Promise.all((await find(request)).map(read))
        const known = rows.find((row) => row.accountId === accountId)
        const isCovered =
          known?.isGenuine === true && missingScopes(scopes, known.scopes).length === 0
        if (isCovered) return 'known'

        const { version, key } = await keys.active()
        const allowed = JSON.stringify(unionScopes(known?.scopes ?? [], scopes))
        const row = { tenant, userId, clientId, connection, accountId, actor, scopes: allowed }
        const mac = consentMac(key, row, version)
        const step =
          known === undefined
            ? insertion(row, version, mac, now)
            : replacement(row, version, mac, { now, replaced: known.mac })
        const written = await database.atomically([step])
        if (written.committed) return 'added'
        const isThere = (await find(request)).some((other) => other['account_id'] === accountId)
        if (known === undefined && !isThere) return 'no_account'
      }
      throw new Error('A consent was written by others again and again; try again.')
    },

    async revoke({ tenant, userId, clientId, connection }) {
      let removal = query
        .deleteFrom('consents')
        .where('tenant_id', '=', tenant)
        .where('user_id', '=', userId)
        .where('client_id', '=', clientId)
      if (connection !== undefined) removal = removal.where('connection', '=', connection)
      return (await database.rows(removal.returning('account_id').compile())).length
    },

    async listOfUser({ tenant, userId }) {
      const rows = await database.rows(
        query
          .selectFrom('consents')
          .selectAll()
          .where('tenant_id', '=', tenant)
          .where('user_id', '=', userId)
          .orderBy('client_id')
          .orderBy('connection')
          .orderBy('created_at')
          .compile(),
      )
      const consents = await genuine(rows)
      return consents.map(({ isGenuine: _isGenuine, mac: _mac, ...consent }) => consent)
    },
  }
}

function consentMac(key: KeyObject, row: ConsentRow, keyVersion: number): Uint8Array {
  const { tenant, userId, clientId, connection, accountId, actor, scopes } = row
  return createHmac('sha256', key)
    .update(
      lengthPrefixed([
        'valetkey consent 1',
        tenant,
        userId,
        clientId,
        connection,
        accountId,
        actor,
        scopes,
        keyVersion,
      ]),
    )
    .digest()
}

/** As JSON, so that no two pairs share a text; none is the empty text, which is no JSON. */
function fromActor(actor: Identity | undefined): string {
  return actor === undefined ? '' : JSON.stringify([actor.issuer, actor.subject])
}

function toActor(text: string): Identity | undefined {
  if (text === '') return undefined
  const [issuer, subject] = ActorPair.parse(JSON.parse(text))
  return { issuer, subject }
}
