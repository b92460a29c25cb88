import { sql } from 'kysely'

import type { SchemaBuilder } from '../migrations.ts'
import type { SqlStatement } from '../sql-database.ts'

export function firstSlice({
  query,
  bytes,
  integer,
  tableSuffix,
}: SchemaBuilder): readonly SqlStatement[] {
  const { schema } = query
  const suffix = sql.raw(tableSuffix)
  return [
    schema
      .createTable('tenants')
      .addColumn('tenant_id', 'text', (column) => column.notNull())
      .addColumn('issuer', 'text', (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('tenants_key', ['tenant_id'])
      .modifyEnd(suffix),

    schema
      .createTable('key_versions')
      .addColumn('tenant_id', 'text', (column) => column.notNull())
      .addColumn('version', integer, (column) => column.notNull())
      .addColumn('wrapped', bytes, (column) => column.notNull())
      .addColumn('key_service_id', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('key_versions_key', ['tenant_id', 'version'])
      .modifyEnd(suffix),

    schema
      .createTable('signing_keys')
      .addColumn('tenant_id', 'text', (column) => column.notNull())
      .addColumn('kid', 'text', (column) => column.notNull())
      .addColumn('algorithm', 'text', (column) => column.notNull())
      .addColumn('position', integer, (column) => column.notNull())
      .addColumn('public_key', 'text', (column) => column.notNull())
      .addColumn('private_key', bytes, (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('signing_keys_key', ['tenant_id', 'kid'])
      .addUniqueConstraint('signing_keys_position', ['tenant_id', 'algorithm', 'position'])
      .modifyEnd(suffix),

    schema
      .createTable('users')
      .addColumn('tenant_id', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('users_key', ['tenant_id', 'id'])
      .modifyEnd(suffix),

    schema
      .createTable('identities')
      .addColumn('tenant_id', 'text', (column) => column.notNull())
      .addColumn('issuer', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text', (column) => column.notNull())
      .addColumn('key_version', integer, (column) => column.notNull())
      .addColumn('mac', bytes, (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('identities_key', ['tenant_id', 'issuer', 'subject'])
      .addForeignKeyConstraint('identities_user', ['tenant_id', 'user_id'], 'users', [
        'tenant_id',
        'id',
      ])
      .modifyEnd(suffix),
    schema.createIndex('identities_by_user').on('identities').columns(['tenant_id', 'user_id']),

    schema
      .createTable('accounts')
      .addColumn('tenant_id', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text', (column) => column.notNull())
      .addColumn('connection', 'text', (column) => column.notNull())
      .addColumn('provider_account_id', 'text', (column) => column.notNull())
      .addColumn('label', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('reconnect_reason', 'text')
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('generation', integer, (column) => column.notNull())
      .addColumn('access_token', bytes, (column) => column.notNull())
      .addColumn('refresh_token', bytes)
      .addColumn('access_issued_at', integer, (column) => column.notNull())
      .addColumn('access_expires_at', integer)
      .addColumn('refresh_expires_at', integer)
      .addColumn('lease_id', 'text')
      .addColumn('lease_until', integer)
      .addColumn('attempt_generation', integer)
      .addColumn('previous_attempt_generation', integer)
      .addColumn('attempt_started_at', integer)
      .addColumn('fail_count', integer, (column) => column.notNull())
      .addColumn('next_attempt_at', integer)
      .addColumn('last_error_code', 'text')
      .addColumn('created_at', integer, (column) => column.notNull())
      .addColumn('updated_at', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('accounts_key', ['tenant_id', 'id'])
      .addUniqueConstraint('accounts_of_provider', [
        'tenant_id',
        'user_id',
        'connection',
        'provider_account_id',
      ])
      .addForeignKeyConstraint('accounts_user', ['tenant_id', 'user_id'], 'users', [
        'tenant_id',
        'id',
      ])
      .modifyEnd(suffix),
    schema
      .createIndex('accounts_by_grant')
      .on('accounts')
      .columns(['tenant_id', 'connection', 'provider_account_id']),

    schema
      .createTable('attempts')
      .addColumn('tenant_id', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('issuer', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text', (column) => column.notNull())
      .addColumn('client_id', 'text', (column) => column.notNull())
      .addColumn('connection', 'text', (column) => column.notNull())
      .addColumn('request', 'text', (column) => column.notNull())
      .addColumn('ticket_hash', bytes, (column) => column.notNull())
      .addColumn('auth_session_hash', bytes, (column) => column.notNull())
      .addColumn('provider_state_hash', bytes)
      .addColumn('browser_hash', bytes)
      .addColumn('provider_secrets', bytes)
      .addColumn('connect_code_hash', bytes)
      .addColumn('pending', bytes)
      .addColumn('provider_account_id', 'text')
      .addColumn('expires_at', integer, (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('attempts_key', ['tenant_id', 'id'])
      .addUniqueConstraint('attempts_ticket', ['tenant_id', 'ticket_hash'])
      .addUniqueConstraint('attempts_auth_session', ['tenant_id', 'auth_session_hash'])
      .addUniqueConstraint('attempts_provider_state', ['tenant_id', 'provider_state_hash'])
      .modifyEnd(suffix),
    schema.createIndex('attempts_by_expiry').on('attempts').columns(['tenant_id', 'expires_at']),
    schema
      .createIndex('attempts_by_connection')
      .on('attempts')
      .columns(['tenant_id', 'connection', 'state']),

    schema
      .createTable('outbox')
      .addColumn('tenant_id', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('payload', bytes, (column) => column.notNull())
      .addColumn('attempts', integer, (column) => column.notNull())
      .addColumn('next_attempt_at', integer, (column) => column.notNull())
      .addColumn('lease_until', integer)
      .addColumn('created_at', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('outbox_key', ['tenant_id', 'id'])
      .modifyEnd(suffix),
    schema.createIndex('outbox_due').on('outbox').columns(['tenant_id', 'next_attempt_at']),

    schema
      .createTable('replays')
      .addColumn('tenant_id', 'text', (column) => column.notNull())
      .addColumn('use_hash', bytes, (column) => column.notNull())
      .addColumn('expires_at', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('replays_key', ['tenant_id', 'use_hash'])
      .modifyEnd(suffix),
    schema.createIndex('replays_by_expiry').on('replays').columns(['tenant_id', 'expires_at']),

    schema
      .createTable('audit_events')
      .addColumn('tenant_id', 'text', (column) => column.notNull())
      .addColumn('writer_id', 'text', (column) => column.notNull())
      .addColumn('sequence', integer, (column) => column.notNull())
      .addColumn('key_version', integer, (column) => column.notNull())
      .addColumn('previous', bytes, (column) => column.notNull())
      .addColumn('event', 'text', (column) => column.notNull())
      .addColumn('mac', bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint('audit_events_key', ['tenant_id', 'writer_id', 'sequence'])
      .modifyEnd(suffix),

    schema
      .createTable('audit_heads')
      .addColumn('tenant_id', 'text', (column) => column.notNull())
      .addColumn('writer_id', 'text', (column) => column.notNull())
      .addColumn('sequence', integer, (column) => column.notNull())
      .addColumn('key_version', integer, (column) => column.notNull())
      .addColumn('hash', bytes, (column) => column.notNull())
      .addColumn('mac', bytes, (column) => column.notNull())
      .addColumn('tied_sequence', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('audit_heads_key', ['tenant_id', 'writer_id'])
      .modifyEnd(suffix),
  ].map((builder) => builder.compile())
}
