import * as z from 'zod'

import type { Account, AccountState, ReconnectReason } from '../domain/account.ts'
import { readRow } from './row.ts'
import type { AccountTable } from './schema.ts'
import type { SqlRow } from './sql-database.ts'

const STATES: ReadonlySet<AccountState> = new Set([
  'active',
  'uncertain',
  'reauth_required',
  'revoked',
])

const REASONS: ReadonlySet<ReconnectReason> = new Set([
  'revoked',
  'expired',
  'rotation_lost',
  'account_changed',
])

type IdentifyingColumn =
  | 'tenant_id'
  | 'id'
  | 'user_id'
  | 'connection'
  | 'provider_account_id'
  | 'created_at'

const Scopes = z.array(z.string())

/** The one place where a row becomes an account. */
export function toAccount(row: SqlRow): Account {
  const columns = readRow('accounts', row)
  return {
    tenant: columns.text('tenant_id'),
    id: columns.text('id'),
    userId: columns.text('user_id'),
    connection: columns.text('connection'),
    providerAccountId: columns.text('provider_account_id'),
    label: columns.text('label'),
    state: columns.word('state', STATES),
    reconnectReason: columns.optionalWord('reconnect_reason', REASONS),
    scopes: columns.json('scopes', (json) => Scopes.parse(json)),
    generation: columns.integer('generation'),
    accessToken: columns.bytes('access_token'),
    refreshToken: columns.optionalBytes('refresh_token'),
    accessIssuedAt: columns.integer('access_issued_at'),
    accessExpiresAt: columns.optionalInteger('access_expires_at'),
    refreshExpiresAt: columns.optionalInteger('refresh_expires_at'),
    refresh: {
      leaseId: columns.optionalText('lease_id'),
      leaseUntil: columns.optionalInteger('lease_until'),
      attemptGeneration: columns.optionalInteger('attempt_generation'),
      attemptStartedAt: columns.optionalInteger('attempt_started_at'),
      failCount: columns.integer('fail_count'),
      nextAttemptAt: columns.optionalInteger('next_attempt_at'),
      lastErrorCode: columns.optionalText('last_error_code'),
    },
    createdAt: columns.integer('created_at'),
    updatedAt: columns.integer('updated_at'),
  }
}

/** The whole row of an account. */
export function toAccountRow(account: Account): AccountTable {
  return {
    tenant_id: account.tenant,
    id: account.id,
    user_id: account.userId,
    connection: account.connection,
    provider_account_id: account.providerAccountId,
    created_at: account.createdAt,
    ...toReplaceableColumns(account),
  }
}

/** What a reconnect writes anew; whose account it is, of which provider account and since when, stays. */
export function toReplaceableColumns(account: Account): Omit<AccountTable, IdentifyingColumn> {
  return {
    label: storableLabel(account.label),
    state: account.state,
    reconnect_reason: account.reconnectReason ?? null,
    scopes: JSON.stringify(account.scopes),
    generation: account.generation,
    access_token: account.accessToken,
    refresh_token: account.refreshToken ?? null,
    access_issued_at: account.accessIssuedAt,
    access_expires_at: account.accessExpiresAt ?? null,
    refresh_expires_at: account.refreshExpiresAt ?? null,
    lease_id: account.refresh.leaseId ?? null,
    lease_until: account.refresh.leaseUntil ?? null,
    attempt_generation: account.refresh.attemptGeneration ?? null,
    previous_attempt_generation: null,
    attempt_started_at: account.refresh.attemptStartedAt ?? null,
    fail_count: account.refresh.failCount,
    next_attempt_at: account.refresh.nextAttemptAt ?? null,
    last_error_code: account.refresh.lastErrorCode ?? null,
    updated_at: account.updatedAt,
  }
}

/** A label is shown, never compared, and comes from outside: what cannot be stored becomes U+FFFD instead of an error. */
export function storableLabel(label: string): string {
  return label.replace(UNSTORABLE, '\ufffd')
}

// oxlint-disable-next-line no-control-regex -- NUL is what it looks for
const UNSTORABLE = /[\0\p{Surrogate}]/gu
