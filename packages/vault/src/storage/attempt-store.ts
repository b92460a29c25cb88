import * as z from 'zod'

import type { AttemptState, ConnectAttempt } from '../domain/attempt.ts'
import type { AttemptStore } from '../ports/attempt-store.ts'
import { insertOutboxEntry } from './outbox-store.ts'
import { readRow } from './row.ts'
import type { BatchStep, SqlDatabase, SqlRow } from './sql-database.ts'
import { writeAccount } from './write-account.ts'

const STATES: ReadonlySet<AttemptState> = new Set([
  'started',
  'redirected',
  'redeeming',
  'returned',
  'completed',
  'failed',
])

/** What is only read back, never looked up by; as JSON, which keeps any text a caller sends. */
const Request = z.object({
  actor: z.object({ issuer: z.string(), subject: z.string() }).optional(),
  // Rows from before there were links have none.
  mode: z.enum(['ticket', 'link']).default('ticket'),
  scopes: z.array(z.string()),
  scopesMode: z.enum(['accumulate', 'replace']),
  redirectUri: z.string(),
  clientState: z.string().optional(),
  codeChallenge: z.string().optional(),
  authorizationParams: z.record(z.string(), z.string()),
})

/** What an ended attempt may no longer hold. Hashes of spent values stay, to recognise who comes back with one. */
const ERASED = { provider_secrets: null, connect_code_hash: null, pending: null } as const

/** Runs of the connect flow on any {@link SqlDatabase}. */
export function createAttemptStore(database: SqlDatabase): AttemptStore {
  const { query } = database

  async function findBy(
    column: 'ticket_hash' | 'provider_state_hash' | 'auth_session_hash',
    { tenant, hash }: { readonly tenant: string; readonly hash: Uint8Array },
  ): Promise<ConnectAttempt | undefined> {
    const [row] = await database.rows(
      query
        .selectFrom('attempts')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where(column, '=', hash)
        .compile(),
    )
    return row && toAttempt(row)
  }

  function move(
    { tenant, id }: { readonly tenant: string; readonly id: string },
    from: AttemptState,
  ) {
    return query
      .updateTable('attempts')
      .where('tenant_id', '=', tenant)
      .where('id', '=', id)
      .where('state', '=', from)
  }

  async function succeeds(...steps: readonly BatchStep[]): Promise<boolean> {
    return (await database.atomically(steps)).committed
  }

  return {
    async insert(attempt) {
      await database.atomically([
        { statement: query.insertInto('attempts').values(toRow(attempt)).compile() },
      ])
    },

    findByTicket: (request) => findBy('ticket_hash', request),
    findByProviderState: (request) => findBy('provider_state_hash', request),
    findByAuthSession: (request) => findBy('auth_session_hash', request),

    async redirect(change) {
      return succeeds({
        statement: move(change, 'started')
          .set({
            state: 'redirected',
            provider_state_hash: change.providerStateHash,
            browser_hash: change.browserHash,
            provider_secrets: change.providerSecrets,
          })
          .compile(),
        expectedRows: 1,
      })
    },

    async takeReturn(change) {
      return succeeds({
        statement: move(change, 'redirected').set({ state: 'redeeming' }).compile(),
        expectedRows: 1,
      })
    },

    async recordReturn(change) {
      return succeeds({
        statement: move(change, 'redeeming')
          .set({
            state: 'returned',
            provider_secrets: null,
            connect_code_hash: change.connectCodeHash,
            pending: change.pending,
            provider_account_id: change.providerAccountId ?? null,
            expires_at: change.expiresAt,
          })
          .compile(),
        expectedRows: 1,
      })
    },

    async fail({ tenant, id }) {
      return succeeds({
        statement: query
          .updateTable('attempts')
          .set({ ...ERASED, state: 'failed' })
          .where('tenant_id', '=', tenant)
          .where('id', '=', id)
          .where('state', '!=', 'completed')
          .compile(),
        expectedRows: 1,
      })
    },

    async complete({ tenant, id, account, replaces, outbox = [], now }) {
      if (account.tenant !== tenant) {
        throw new TypeError('An attempt cannot complete into an account of another tenant')
      }
      return succeeds(
        {
          statement: move({ tenant, id }, 'returned')
            .set({ ...ERASED, state: 'completed' })
            .compile(),
          expectedRows: 1,
        },
        writeAccount(query, account, replaces),
        ...outbox.map((draft) => ({ statement: insertOutboxEntry(query, tenant, draft, now) })),
      )
    },

    async sweep({ tenant, now, limit }) {
      const rows = await database.rows(
        query
          .deleteFrom('attempts')
          .where('tenant_id', '=', tenant)
          .where('id', 'in', (inner) =>
            inner
              .selectFrom('attempts')
              .select('id')
              .where('tenant_id', '=', tenant)
              .where('expires_at', '<', now)
              .orderBy('expires_at')
              .limit(limit),
          )
          .returningAll()
          .compile(),
      )
      return rows.map(toAttempt).filter(({ pending }) => pending !== undefined)
    },
  }
}

function toRow(attempt: ConnectAttempt) {
  const request: z.infer<typeof Request> = {
    mode: attempt.mode,
    scopes: [...attempt.scopes],
    scopesMode: attempt.scopesMode,
    redirectUri: attempt.redirectUri,
    ...(attempt.actor === undefined ? {} : { actor: attempt.actor }),
    ...(attempt.clientState === undefined ? {} : { clientState: attempt.clientState }),
    ...(attempt.codeChallenge === undefined ? {} : { codeChallenge: attempt.codeChallenge }),
    authorizationParams: { ...attempt.authorizationParams },
  }
  return {
    tenant_id: attempt.tenant,
    id: attempt.id,
    state: attempt.state,
    issuer: attempt.identity.issuer,
    subject: attempt.identity.subject,
    user_id: attempt.userId,
    client_id: attempt.clientId,
    connection: attempt.connection,
    request: JSON.stringify(request),
    ticket_hash: attempt.ticketHash,
    auth_session_hash: attempt.authSessionHash,
    provider_state_hash: attempt.providerStateHash ?? null,
    browser_hash: attempt.browserHash ?? null,
    provider_secrets: attempt.providerSecrets ?? null,
    connect_code_hash: attempt.connectCodeHash ?? null,
    pending: attempt.pending ?? null,
    provider_account_id: null,
    expires_at: attempt.expiresAt,
    created_at: attempt.createdAt,
  }
}

function toAttempt(row: SqlRow): ConnectAttempt {
  const columns = readRow('attempts', row)
  return {
    tenant: columns.text('tenant_id'),
    id: columns.text('id'),
    state: columns.word('state', STATES),
    identity: { issuer: columns.text('issuer'), subject: columns.text('subject') },
    userId: columns.text('user_id'),
    clientId: columns.text('client_id'),
    connection: columns.text('connection'),
    ...columns.json('request', (json) => Request.parse(json)),
    ticketHash: columns.bytes('ticket_hash'),
    authSessionHash: columns.bytes('auth_session_hash'),
    providerStateHash: columns.optionalBytes('provider_state_hash'),
    browserHash: columns.optionalBytes('browser_hash'),
    providerSecrets: columns.optionalBytes('provider_secrets'),
    connectCodeHash: columns.optionalBytes('connect_code_hash'),
    pending: columns.optionalBytes('pending'),
    expiresAt: columns.integer('expires_at'),
    createdAt: columns.integer('created_at'),
  }
}
