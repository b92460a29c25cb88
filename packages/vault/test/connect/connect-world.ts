import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { startEmulator, type Emulator } from '@valetkey/emulator'
import * as z from 'zod'

import { createAccessTokens } from '../../src/authorization-server/create-access-tokens.ts'
import {
  createDpopVerifier,
  DPOP_ALGORITHMS,
} from '../../src/authorization-server/create-dpop-verifier.ts'
import { createDpopNonces, dpopNonceSecret } from '../../src/authorization-server/dpop-nonces.ts'
import { createSigningKeys } from '../../src/authorization-server/signing-keys.ts'
import { createKeyRing } from '../../src/crypto/key-ring.ts'
import { createLocalKeyService } from '../../src/crypto/local-key-service.ts'
import { createSealer } from '../../src/crypto/sealer.ts'
import { createSecretHasher } from '../../src/crypto/secret-hasher.ts'
import type { AuditEvent } from '../../src/domain/audit-event.ts'
import { aClient as aBareClient } from '../../src/domain/client.fixture.ts'
import type { Client } from '../../src/domain/client.ts'
import type { Connection } from '../../src/domain/connection.ts'
import type { Identity } from '../../src/domain/identity.ts'
import { randomText } from '../../src/domain/random-text.ts'
import { myAccountAudience } from '../../src/domain/vault-urls.ts'
import { createBrowserCookies } from '../../src/http/browser-cookies.ts'
import { createEndPages } from '../../src/http/end-pages.ts'
import { myAccountGuard } from '../../src/http/gates/my-account.ts'
import { createProblems } from '../../src/http/problem.ts'
import { createRouter } from '../../src/http/router.ts'
import { callbackRoute } from '../../src/http/routes/callback.ts'
import { decideConnectRoute, openConnectPageRoute } from '../../src/http/routes/connect-page.ts'
import { consentsRoute, revokeConsentRoute } from '../../src/http/routes/consents.ts'
import {
  accountsRoute,
  activityRoute,
  completeRoute,
  connectionsRoute,
  connectRoute,
  deleteAccountRoute,
  renameAccountRoute,
} from '../../src/http/routes/connected-accounts.ts'
import { createStylesheet, STYLESHEET_PATH } from '../../src/http/routes/stylesheet.ts'
import { listen } from '../../src/listen.ts'
import type { LogFields, Logger } from '../../src/ports/logger.ts'
import type { ConsentStore } from '../../src/ports/consent-store.ts'
import type { Runtime } from '../../src/ports/runtime.ts'
import type { Sealer } from '../../src/ports/sealer.ts'
import { vaultScopesOf } from '../../src/provider-client/authorization-parameters.ts'
import { behaviourOf } from '../../src/provider-client/behaviour-of.ts'
import { originsOf } from '../../src/provider-client/origins-of.ts'
import { createOutboundFetch } from '../../src/provider-client/outbound-fetch.ts'
import { createProviderClient } from '../../src/provider-client/provider-client.ts'
import { monotonicNow, systemRuntime } from '../../src/runtime.ts'
import { createMemoryRateLimiter } from '../../src/storage/memory-rate-limiter.ts'
import { openSqliteStore, type SqliteStore } from '../../src/storage/sqlite-store.ts'
import { approveConnect } from '../../src/use-cases/approve-connect.ts'
import { authorizeMyAccount } from '../../src/use-cases/authorize-my-account.ts'
import { completeAttempt, completeConnect } from '../../src/use-cases/complete-connect.ts'
import { deliverOutbox, type DeliverOutbox } from '../../src/use-cases/deliver-outbox.ts'
import { disconnectAccount } from '../../src/use-cases/disconnect-account.ts'
import { finishCallback } from '../../src/use-cases/finish-callback.ts'
import { createFormTokens } from '../../src/use-cases/form-tokens.ts'
import { listAccounts } from '../../src/use-cases/list-accounts.ts'
import { listActivity } from '../../src/use-cases/list-activity.ts'
import { listConnections } from '../../src/use-cases/list-connections.ts'
import { listConsents } from '../../src/use-cases/list-consents.ts'
import { openConnectPage } from '../../src/use-cases/open-connect-page.ts'
import { createPageCursors } from '../../src/use-cases/page-cursors.ts'
import { renameAccount } from '../../src/use-cases/rename-account.ts'
import { revokeConsent } from '../../src/use-cases/revoke-consent.ts'
import { startConnect } from '../../src/use-cases/start-connect.ts'
import { sweepAttempts } from '../../src/use-cases/sweep-attempts.ts'

export const APP = 'https://app.example.com/connected'
export const CALENDAR = 'https://www.googleapis.com/auth/calendar.events'
export const MAIL = 'https://www.googleapis.com/auth/gmail.readonly'
export const ALICE: Identity = { issuer: 'https://login.example.com/', subject: 'alice' }
export const BOB: Identity = { issuer: 'https://login.example.com/', subject: 'bob' }

const TENANT = 'default'
const ALL_SCOPES = [
  ...['create', 'read', 'update', 'delete'].map((verb) => `${verb}:me:connected_accounts`),
  'read:me:consents',
  'delete:me:consents',
]

/** A connected account on the wire: exactly these members. */
export const AccountBody = z.strictObject({
  id: z.string(),
  connection: z.string(),
  access_type: z.literal('offline'),
  scopes: z.array(z.string()),
  created_at: z.string(),
  expires_at: z.string().optional(),
  provider_account_id: z.string(),
  label: z.string(),
  state: z.string(),
})
export type AccountBody = z.infer<typeof AccountBody>

/** Any answer of the API. */
const AnswerBody = z
  .looseObject({
    connect_uri: z.string(),
    auth_session: z.string(),
    connect_params: z.object({ ticket: z.string() }),
    accounts: z.array(AccountBody),
    connections: z.array(z.looseObject({ name: z.string() })),
    activity: z.array(z.looseObject({ type: z.string() })),
    next: z.string(),
    code: z.string(),
    validation_errors: z.array(z.looseObject({ field: z.string().optional() })),
  })
  .partial()
type AnswerBody = z.infer<typeof AnswerBody>

/** A vault's connect side over real HTTP: real store, sealing, tokens and provider client, and the emulator's providers. */
export interface ConnectWorld {
  readonly issuer: string
  readonly emulator: Emulator
  readonly store: SqliteStore
  readonly sealer: Sealer
  readonly consents: ConsentStore
  readonly clients: Map<string, Client>
  readonly events: AuditEvent[]
  /** Everything that was logged, as text. */
  readonly logged: () => string
  readonly deliver: DeliverOutbox
  readonly sweep: () => Promise<void>
  readonly advance: (seconds: number) => void
  readonly now: () => number
  /** Makes the audit log refuse everything until called with `up`. */
  readonly setAudit: (state: 'up' | 'down') => void
  readonly bearer: (
    identity: Identity,
    options?: {
      actor?: Identity
      clientId?: string
      scopes?: readonly string[]
      userId?: string
      audience?: string
      /** The login that it came from. */
      grantId?: string
      /** The key that the token is bound to. */
      jkt?: string
    },
  ) => Promise<string>
  /** A call to the connected-accounts API. */
  readonly call: (
    method: string,
    path: string,
    options: { token?: string | undefined; body?: unknown; headers?: Record<string, string> },
  ) => Promise<{ status: number; body: AnswerBody; headers: Headers }>
  /** Ends a login, by its grant id. */
  readonly endGrant: (grantId: string) => void
  /** The next time the vault has read so, and before it goes on, this happens: a race that is always lost. */
  readonly interrupt: (read: InterruptibleRead, action: () => Promise<unknown>) => void
  readonly close: () => Promise<void>
}

export type InterruptibleRead =
  | 'findAccount'
  | 'findOnConnection'
  | 'findByTicket'
  | 'findByProviderState'
  | 'findByAuthSession'

export async function startConnectWorld(
  options: { issuer?: string; maxPendingConnects?: number; callsPerMinute?: number } = {},
): Promise<ConnectWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-connect-'))
  const emulator = await startEmulator()
  const store = await openSqliteStore({ path: join(folder, 'vault.db') })
  let handle: (request: Request) => Promise<Response> = async () => new Response(null)
  const server = await listen({ host: '127.0.0.1', port: 0, fetch: (request) => handle(request) })
  const origin = `http://127.0.0.1:${server.port}`
  const issuer = options.issuer ?? `${origin}/`

  let offset = 0
  const runtime: Runtime = { ...systemRuntime, now: () => systemRuntime.now() + offset }
  const events: AuditEvent[] = []
  let auditState: 'up' | 'down' = 'up'
  const audit = {
    append: async (event: AuditEvent): Promise<void> => {
      if (auditState === 'down') throw new Error('The disk is full')
      events.push(event)
      await chain.append(event)
    },
  }
  const lines: string[] = []
  const log = (message: string, fields?: LogFields): void => {
    const error = fields?.error instanceof Error ? (fields.error.stack ?? '') : ''
    lines.push(`${message} ${JSON.stringify(fields)} ${error}`)
  }
  const logger: Logger = { info: log, warn: log, error: log }

  const keyRing = createKeyRing({
    keyService: createLocalKeyService({ key: runtime.randomBytes(32) }),
    keyVersions: store.keyVersions,
    runtime,
    tenant: TENANT,
  })
  // Before anything is stored, as when a vault starts.
  await keyRing.active()
  const auditKeys = keyRing.purpose('audit')
  const chain = store.audit({ tenant: TENANT, writerId: 'test', keys: auditKeys, runtime, logger })
  const sealer = createSealer({ keyRing, runtime })
  const hasher = createSecretHasher()
  const accessTokens = createAccessTokens({
    issuer,
    keys: createSigningKeys({ ...store, tenant: TENANT, sealer, runtime }),
    runtime,
    algorithm: 'ES256',
  })

  const connections = new Map(
    [
      connectionTo(emulator, 'google', 'google-oauth2', ['openid', 'email']),
      connectionTo(emulator, 'google', 'google-work', ['openid', 'email']),
      connectionTo(emulator, 'github', 'github', []),
      connectionTo(emulator, 'slack', 'slack', []),
      connectionTo(emulator, 'notion', 'notion', []),
    ].map((connection) => [connection.name, connection]),
  )
  const clients = new Map([
    ['calendar-agent', aClient({ id: 'calendar-agent', name: 'Calendar Agent' })],
    ['other-agent', aClient({ id: 'other-agent', name: 'Other', connections: {} })],
  ])
  const providerClient = createProviderClient({
    connections: new Map(
      [...connections.values()].map((connection) => [
        connection.name,
        {
          definition: emulator.provider(connection.providerId),
          clientId: connection.clientId,
          clientSecret: emulator.client(connection.providerId).clientSecret,
        },
      ]),
    ),
    outboundFetch: createOutboundFetch({ allowLoopback: true }),
    runtime,
  })

  const nonces = createDpopNonces({
    secret: await dpopNonceSecret(keyRing.purpose('dpop-nonce')),
    runtime,
  })
  const interruptions = new Map<InterruptibleRead, () => Promise<unknown>>()
  const interruptible =
    <Query, Found>(read: InterruptibleRead, find: (query: Query) => Promise<Found>) =>
    async (query: Query): Promise<Found> => {
      const found = await find(query)
      const action = interruptions.get(read)
      interruptions.delete(read)
      await action?.()
      return found
    }

  const endedGrants = new Set<string>()
  const shared = {
    tenant: TENANT,
    issuer,
    vaultIssuer: issuer,
    audience: myAccountAudience(issuer),
    accessTokens,
    grants: { isAlive: async ({ grantId }: { grantId: string }) => !endedGrants.has(grantId) },
    dpop: createDpopVerifier({ tenant: TENANT, nonces, replays: store.replays, runtime }),
    dpopAlgorithms: DPOP_ALGORITHMS,
    clients: {
      find: async ({ clientId }: { clientId: string }) => clients.get(clientId),
      origins: async () => new Set([...clients.values()].flatMap(({ origins }) => origins)),
    },
    connections: {
      find: async ({ name }: { name: string }) => connections.get(name),
      list: async () => [...connections.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    },
    users: store.users({ keys: keyRing.purpose('identity'), logger, vaultIssuer: issuer }),
    consents: store.consents({ keys: keyRing.purpose('consent'), logger }),
    accounts: {
      ...store.accounts,
      find: interruptible('findAccount', (query: Parameters<typeof store.accounts.find>[0]) =>
        store.accounts.find(query),
      ),
      findOnConnection: interruptible(
        'findOnConnection',
        (query: Parameters<typeof store.accounts.findOnConnection>[0]) =>
          store.accounts.findOnConnection(query),
      ),
    },
    attempts: {
      ...store.attempts,
      findByTicket: interruptible(
        'findByTicket',
        (query: Parameters<typeof store.attempts.findByTicket>[0]) =>
          store.attempts.findByTicket(query),
      ),
      findByProviderState: interruptible(
        'findByProviderState',
        (query: Parameters<typeof store.attempts.findByProviderState>[0]) =>
          store.attempts.findByProviderState(query),
      ),
      findByAuthSession: interruptible(
        'findByAuthSession',
        (query: Parameters<typeof store.attempts.findByAuthSession>[0]) =>
          store.attempts.findByAuthSession(query),
      ),
    },
    outbox: store.outbox,
    audit,
    auditTrail: store.auditTrail({ tenant: TENANT, keys: auditKeys, logger }),
    cursors: createPageCursors({ tenant: TENANT, sealer }),
    problems: createProblems({ issuer }),
    calls: createMemoryRateLimiter({
      points: options.callsPerMinute ?? 1_000_000,
      durationSeconds: 60,
    }),
    logger,
    sealer,
    hasher,
    runtime,
    providerClient,
    pendingConnects: createMemoryRateLimiter({
      points: options.maxPendingConnects ?? 10_000,
      durationSeconds: 300,
    }),
    outboxChanged: () => {},
  }
  const { problems } = shared
  const guard = myAccountGuard({ ...shared, authorizeMyAccount: authorizeMyAccount(shared) })
  const api = { guard, problems }
  const cookies = createBrowserCookies(shared)
  const stylesheet = createStylesheet(shared)
  const endPages = createEndPages({ stylesheet })
  const pages = { issuer, cookies, formTokens: createFormTokens(shared), endPages }
  const me = '/me/v1/connected-accounts'
  const router = createRouter({
    issuer,
    runtime,
    monotonicNow,
    logger,
    trustedHops: 0,
    routes: [
      {
        method: 'POST',
        path: `${me}/connect`,
        handle: connectRoute({ ...api, issuer, startConnect: startConnect(shared) }),
      },
      {
        method: 'POST',
        path: `${me}/complete`,
        handle: completeRoute({ ...api, completeConnect: completeConnect(shared) }),
      },
      {
        method: 'GET',
        path: `${me}/accounts`,
        handle: accountsRoute({ ...api, listAccounts: listAccounts(shared) }),
      },
      {
        method: 'DELETE',
        path: `${me}/accounts/:id`,
        handle: deleteAccountRoute({ ...api, disconnectAccount: disconnectAccount(shared) }),
      },
      {
        method: 'PATCH',
        path: `${me}/accounts/:id`,
        handle: renameAccountRoute({ ...api, renameAccount: renameAccount(shared) }),
      },
      {
        method: 'GET',
        path: `${me}/accounts/:id/activity`,
        handle: activityRoute({ ...api, listActivity: listActivity(shared) }),
      },
      {
        method: 'GET',
        path: `${me}/connections`,
        handle: connectionsRoute({ ...api, listConnections: listConnections(shared) }),
      },
      {
        method: 'GET',
        path: `${me}/consents`,
        handle: consentsRoute({ ...api, listConsents: listConsents(shared) }),
      },
      {
        method: 'DELETE',
        path: `${me}/consents/:client_id`,
        handle: revokeConsentRoute({ ...api, revokeConsent: revokeConsent(shared) }),
      },
      {
        method: 'GET',
        path: '/connect',
        handle: openConnectPageRoute({
          ...pages,
          stylesheet,
          openConnectPage: openConnectPage(shared),
        }),
      },
      {
        method: 'POST',
        path: '/connect',
        handle: decideConnectRoute({ ...pages, approveConnect: approveConnect(shared) }),
      },
      {
        method: 'GET',
        path: '/callback/:connection',
        handle: callbackRoute({
          cookies,
          endPages, // No logins begin in this world.
          finishLogin: async () => ({ ok: false, refusal: { reason: 'link_invalid' } }),
          finishCallback: finishCallback({
            ...shared,
            // Everybody comes with a ticket.
            authorizationServer: { findSession: async () => undefined },
            completeAttempt: completeAttempt(shared),
          }),
        }),
      },
      { method: 'GET', path: `/${STYLESHEET_PATH}`, handle: stylesheet.route },
    ],
  })
  handle = (request) => router.fetch(request, { peerAddress: '127.0.0.1' })

  const call: ConnectWorld['call'] = async (method, path, { token, body, headers }) => {
    const response = await fetch(`${origin}${me}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      body: AnswerBody.parse(text === '' ? {} : JSON.parse(text)),
      headers: response.headers,
    }
  }

  return {
    issuer: `${origin}/`,
    emulator,
    store,
    sealer,
    consents: shared.consents,
    clients,
    events,
    logged: () => lines.join('\n'),
    deliver: deliverOutbox(shared),
    sweep: sweepAttempts(shared),
    advance: (seconds) => {
      offset += seconds
    },
    now: runtime.now,
    setAudit: (state) => {
      auditState = state
    },
    bearer: async (
      identity,
      {
        actor,
        clientId = 'calendar-agent',
        scopes = ALL_SCOPES,
        userId = `usr_${identity.subject}`,
        audience = shared.audience,
        grantId,
        jkt,
      } = {},
    ) =>
      await accessTokens.sign({
        id: randomText(runtime.randomBytes, 22),
        grantId,
        audience,
        clientId,
        userId,
        identity,
        actor,
        scopes,
        issuedAt: runtime.now(),
        expiresAt: runtime.now() + 600,
        keyThumbprint: jkt,
      }),
    call,
    endGrant: (grantId) => {
      endedGrants.add(grantId)
    },
    interrupt: (read, action) => {
      interruptions.set(read, action)
    },
    close: async () => {
      await server.close({ graceSeconds: 0 })
      await chain.close()
      await emulator.close()
      store.close()
      rmSync(folder, { recursive: true })
    },
  }
}

function connectionTo(
  emulator: Emulator,
  providerId: string,
  name: string,
  scopes: readonly string[],
): Connection {
  const definition = emulator.provider(providerId)
  return {
    tenant: TENANT,
    name,
    providerId,
    displayName: definition.name,
    clientId: emulator.client(providerId).clientId,
    scopes,
    vaultScopes: vaultScopesOf(definition),
    impliedScopes: definition.impliedScopes,
    behaviour: behaviourOf(definition),
    ...originsOf(definition),
  }
}

export function aClient(options: Partial<Client> & { readonly id: string }): Client {
  const policy = { overScope: 'allow', forcedRefresh: 'refuse' } as const
  return {
    ...aBareClient({ tenant: TENANT, name: options.id }),
    redirectUris: [APP, 'http://127.0.0.1/connected'],
    grants: ['token_exchange'],
    connections: {
      'google-oauth2': { scopes: [CALENDAR, MAIL], ...policy },
      'google-work': { scopes: [CALENDAR], ...policy },
      github: { scopes: ['repo', 'read:user'], ...policy },
      slack: { scopes: ['chat:write', 'channels:read'], ...policy },
      notion: { scopes: [], ...policy },
    },
    myAccountScopes: ALL_SCOPES,
    ...options,
  }
}
