import { sql } from 'kysely'

import type { SchemaBuilder } from '../migrations.ts'
import type { SqlStatement } from '../sql-database.ts'

/** What the vault remembers as an authorization server, what users allowed, and what is registered at run time. */
export function authorizationServer({
  query,
  bytes,
  integer,
  tableSuffix,
}: SchemaBuilder): readonly SqlStatement[] {
  const { schema } = query
  const suffix = sql.raw(tableSuffix)
  return [
    schema
      .createTable('records')
      .addColumn('tenant_id', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('id_hash', bytes, (column) => column.notNull())
      .addColumn('payload', bytes, (column) => column.notNull())
      .addColumn('lookup_hash', bytes)
      .addColumn('grant_hash', bytes)
      .addColumn('user_id', 'text')
      .addColumn('client_id', 'text')
      .addColumn('consumed_at', integer)
      .addColumn('successor', bytes)
      .addColumn('expires_at', integer, (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('records_key', ['tenant_id', 'kind', 'id_hash'])
      .modifyEnd(suffix),
    schema
      .createIndex('records_by_lookup')
      .on('records')
      .columns(['tenant_id', 'kind', 'lookup_hash']),
    schema.createIndex('records_by_grant').on('records').columns(['tenant_id', 'grant_hash']),
    schema.createIndex('records_by_user').on('records').columns(['tenant_id', 'user_id', 'kind']),
    schema.createIndex('records_by_expiry').on('records').columns(['tenant_id', 'expires_at']),

    schema
      .createTable('consents')
      .addColumn('tenant_id', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text', (column) => column.notNull())
      .addColumn('client_id', 'text', (column) => column.notNull())
      .addColumn('connection', 'text', (column) => column.notNull())
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('actor', 'text', (column) => column.notNull())
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('key_version', integer, (column) => column.notNull())
      .addColumn('mac', bytes, (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .addColumn('updated_at', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('consents_key', [
        'tenant_id',
        'user_id',
        'client_id',
        'connection',
        'account_id',
        'actor',
      ])
      // What was allowed about an account ends with it.
      .addForeignKeyConstraint(
        'consents_account',
        ['tenant_id', 'account_id'],
        'accounts',
        ['tenant_id', 'id'],
        (constraint) => constraint.onDelete('cascade'),
      )
      .modifyEnd(suffix),
    schema.createIndex('consents_by_account').on('consents').columns(['tenant_id', 'account_id']),

    schema
      .createTable('registrations')
      .addColumn('tenant_id', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('settings', bytes, (column) => column.notNull())
      .addColumn('generation', integer, (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .addColumn('updated_at', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('registrations_key', ['tenant_id', 'kind', 'name'])
      .modifyEnd(suffix),
  ].map((builder) => builder.compile())
}
