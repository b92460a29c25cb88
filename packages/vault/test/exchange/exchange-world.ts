import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type Emulator, type EmulatorOptions, startEmulator } from '@valetkey/emulator'

import { createAccessTokens } from '../../src/authorization-server/create-access-tokens.ts'
import { createDpopVerifier } from '../../src/authorization-server/create-dpop-verifier.ts'
import {
  createDpopNonces,
  type DpopNonces,
  dpopNonceSecret,
} from '../../src/authorization-server/dpop-nonces.ts'
import { createSigningKeys, type SigningKeys } from '../../src/authorization-server/signing-keys.ts'
import { createClientAssertionVerifier } from '../../src/authorization-server/create-client-assertion-verifier.ts'
import { createClientSignedVerifier } from '../../src/authorization-server/create-client-signed-verifier.ts'
import { createSubjectVerifier } from '../../src/authorization-server/create-subject-verifier.ts'
import { createTrustedIssuerVerifier } from '../../src/authorization-server/create-trusted-issuer-verifier.ts'
import { createVaultTokenVerifier } from '../../src/authorization-server/create-vault-token-verifier.ts'
import { createKeyRing } from '../../src/crypto/key-ring.ts'
import { createLocalKeyService } from '../../src/crypto/local-key-service.ts'
import { createSealer } from '../../src/crypto/sealer.ts'
import { createSecretHasher } from '../../src/crypto/secret-hasher.ts'
import type { Account } from '../../src/domain/account.ts'
import type { Api } from '../../src/domain/api.ts'
import type { AuditEvent } from '../../src/domain/audit-event.ts'
import { aClient } from '../../src/domain/client.fixture.ts'
import type { Client } from '../../src/domain/client.ts'
import type { Connection } from '../../src/domain/connection.ts'
import { randomText } from '../../src/domain/random-text.ts'
import { auth0TokenExchangeGrant } from '../../src/http/grants/auth0-token-exchange.ts'
import { tokenExchangeGrant } from '../../src/http/grants/token-exchange.ts'
import { tokenRoute } from '../../src/http/routes/token.ts'
import type { AccessTokens } from '../../src/ports/access-tokens.ts'
import type { AccountStore } from '../../src/ports/account-store.ts'
import type { ConsentStore } from '../../src/ports/consent-store.ts'
import type { GrantStatus } from '../../src/ports/grant-status.ts'
import type { LogFields, Logger } from '../../src/ports/logger.ts'
import type { ProviderClient } from '../../src/ports/provider-client.ts'
import type { RateLimiter } from '../../src/ports/rate-limiter.ts'
import type { Sealer } from '../../src/ports/sealer.ts'
import type { UserStore } from '../../src/ports/user-store.ts'
import { behaviourOf } from '../../src/provider-client/behaviour-of.ts'
import { createOutboundFetch } from '../../src/provider-client/outbound-fetch.ts'
import { createProviderClient } from '../../src/provider-client/provider-client.ts'
import { openSqliteStore, type SqliteStore } from '../../src/storage/sqlite-store.ts'
import { authenticateClient } from '../../src/use-cases/authenticate-client.ts'
import { exchangeToken } from '../../src/use-cases/exchange-token.ts'
import { issueApiToken } from '../../src/use-cases/issue-api-token.ts'
import { issueMyAccountToken } from '../../src/use-cases/issue-my-account-token.ts'
import {
  type AccountRefresher,
  createAccountRefresher,
} from '../../src/use-cases/refresh-account.ts'
import type { RunRefreshDependencies } from '../../src/use-cases/refresh-run.ts'
import { accountSealContext } from '../../src/use-cases/seal-contexts.ts'
import { insertAccount } from './insert-account.ts'
import { localLogin } from './local-login.ts'
import { createVirtualRuntime, type VirtualRuntime } from './virtual-runtime.ts'

export const ISSUER = 'https://vault.example.com/'
export const CALENDAR = 'https://www.googleapis.com/auth/calendar.events'
export const MAIL = 'https://www.googleapis.com/auth/gmail.readonly'
export const SECRET = 'vks_0123456789abcdef0123456789abcdef'

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const AUTH0_EXCHANGE =
  'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token'
export const AUTH0_TOKEN_TYPE =
  'http://auth0.com/oauth/token-type/federated-connection-access-token'
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
export const JWT = 'urn:ietf:params:oauth:token-type:jwt'

const TENANT = 'default'

/** One process of a vault, as far as exchanging and refreshing goes. */
export interface VaultNode {
  readonly refresher: AccountRefresher
  /** `POST /oauth/token`. A string is sent as it is. */
  readonly post: (
    body: Readonly<Record<string, string | undefined>> | string,
    options?: PostOptions,
  ) => Promise<Answer>
  readonly send: (request: Request) => Promise<Response>
}

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: boolean
  readonly remoteAddress?: string
}

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: Headers
  readonly text: string
}

/** What a node is made of other than usual. */
export interface NodeOptions {
  readonly crashPoint?: RunRefreshDependencies['crashPoint'] | undefined
  readonly accounts?: (real: AccountStore) => AccountStore
  readonly consents?: (real: ConsentStore) => ConsentStore
  readonly providerClient?: (real: ProviderClient) => ProviderClient
  readonly waitSeconds?: number
}

/** A vault's exchange with real store, sealing, verification and provider client, against the emulator. */
export interface ExchangeWorld {
  readonly node: VaultNode
  /** Another process on the same database; the audit log and the clock are shared. */
  readonly startNode: (options?: NodeOptions) => VaultNode
  readonly emulator: Emulator
  readonly store: SqliteStore
  readonly users: UserStore
  readonly consents: ConsentStore
  readonly runtime: VirtualRuntime
  readonly sealer: Sealer
  readonly accessTokens: AccessTokens
  readonly nonces: DpopNonces
  /** The client that exchanges, as registered. */
  readonly agent: Client
  readonly clients: Map<string, Client>
  readonly connections: Map<string, Connection>
  /** The deployment's own, by identifier; none at first. */
  readonly apis: Map<string, Api>
  /** Logins that have ended, by grant id. */
  readonly endedGrants: Set<string>
  readonly signingKeys: SigningKeys
  readonly events: AuditEvent[]
  readonly logged: () => string
  readonly setAudit: (state: 'up' | 'down') => void
  /** A login token of the login system, good for a long time; with further claims where the login is local. */
  readonly subjectOf: (user: string, claims?: Readonly<Record<string, unknown>>) => Promise<string>
  /** Connects an account as the connect flow would, with real tokens of the emulator. */
  readonly connect: (options?: ConnectOptions) => Promise<Account>
  readonly find: (accountId: string) => Promise<Account | undefined>
  /** The stored refresh token, opened. */
  readonly refreshTokenOf: (accountId: string) => Promise<string | undefined>
  /** Lets time pass, for providers and vault alike. */
  readonly advance: (seconds: number) => void
  readonly close: () => Promise<void>
}

export interface ConnectOptions {
  readonly user?: string
  /** Under which the user is known. Default: the login system. */
  readonly issuer?: string
  readonly connection?: string
  readonly scopes?: readonly string[]
  readonly lifetimeSeconds?: number
  readonly overrides?: Partial<Account>
}

export async function startExchangeWorld({
  emulator: emulatorOptions = {},
  client = {},
  shortSeconds = 1,
  login = 'local',
  node: nodeOptions = {},
}: {
  readonly emulator?: EmulatorOptions
  readonly client?: Partial<Client>
  /** Sleeps up to this long end at once. */
  readonly shortSeconds?: number
  /** Whose tokens are subjects: the emulator's, fetched keys included, or those of a key of this file, which is faster. */
  readonly login?: 'emulator' | 'local'
  readonly node?: NodeOptions
} = {}): Promise<ExchangeWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-exchange-'))
  const emulator = await startEmulator({
    ...emulatorOptions,
    loginToken: { lifetimeSeconds: 10_000_000 },
  })
  const store = await openSqliteStore({ path: join(folder, 'vault.db') })
  const runtime = createVirtualRuntime({ now: emulator.now, shortSeconds })
  const hasher = createSecretHasher()
  const keyRing = createKeyRing({
    keyService: createLocalKeyService({ key: runtime.randomBytes(32) }),
    keyVersions: store.keyVersions,
    runtime,
    tenant: TENANT,
  })
  // Before anything is stored, as when a vault starts.
  await keyRing.active()
  const sealer = createSealer({ keyRing, runtime })

  const trusted = login === 'emulator' ? emulator.trustedIssuer() : localLogin.trusted
  const clients = new Map<string, Client>()
  const agent = aClient({
    tenant: TENANT,
    authentication: { method: 'client_secret', secretHashes: [hasher.hash(SECRET)] },
    grants: ['token_exchange', 'auth0_token_exchange'],
    connections: Object.fromEntries(
      emulator
        .providerIds()
        .map((id) => [
          id,
          { scopes: [CALENDAR, MAIL, 'repo'], overScope: 'allow', forcedRefresh: 'refuse' },
        ]),
    ),
    subjects: [{ issuer: trusted.issuer }],
    myAccountScopes: ['create:me:connected_accounts', 'read:me:connected_accounts'],
    ...client,
  })
  clients.set(agent.id, agent)

  const connections = new Map(
    emulator.providerIds().map((id): [string, Connection] => [
      id,
      {
        tenant: TENANT,
        name: id,
        providerId: id,
        displayName: id,
        clientId: emulator.client(id).clientId,
        scopes: ['openid'],
        impliedScopes: emulator.provider(id).impliedScopes,
        behaviour: behaviourOf(emulator.provider(id)),
        apiOrigins: emulator.provider(id).apiOrigins,
        apiErrors: id === 'slack' ? 'slack_ok_false' : undefined,
        consentOrigins: [],
      },
    ]),
  )

  const events: AuditEvent[] = []
  let auditState: 'up' | 'down' = 'up'
  const audit = {
    append: async (event: AuditEvent): Promise<void> => {
      if (auditState === 'down') throw new Error('The disk is full')
      events.push(event)
    },
  }
  const lines: string[] = []
  const log = (message: string, fields?: LogFields): void => {
    const error = fields?.error instanceof Error ? (fields.error.stack ?? '') : ''
    lines.push(`${message} ${JSON.stringify(fields)} ${error}`)
  }
  const logger: Logger = { info: log, warn: log, error: log }

  const nonces = createDpopNonces({
    secret: await dpopNonceSecret(keyRing.purpose('dpop-nonce')),
    runtime,
  })
  const users = store.users({ keys: keyRing.purpose('identity'), logger, vaultIssuer: ISSUER })
  const consents = store.consents({ keys: keyRing.purpose('consent'), logger })
  const keys = createSigningKeys({ ...store, tenant: TENANT, sealer, runtime })
  const apis = new Map<string, Api>()
  const endedGrants = new Set<string>()
  const grants: GrantStatus = { isAlive: async ({ grantId }) => !endedGrants.has(grantId) }
  const outboundFetch = createOutboundFetch({ allowLoopback: true })
  const shared = {
    tenant: TENANT,
    issuer: ISSUER,
    vaultIssuer: ISSUER,
    audience: `${ISSUER}me/`,
    runtime,
    audit,
    logger,
    sealer,
    hasher,
    outbox: store.outbox,
    users,
    consents,
    clients: {
      find: async ({ clientId }: { clientId: string }) => clients.get(clientId),
      origins: async () => new Set<string>(),
    },
    dpop: createDpopVerifier({ tenant: TENANT, nonces, replays: store.replays, runtime }),
    connections: {
      find: async ({ name }: { name: string }) => connections.get(name),
      list: async () => [...connections.values()],
    },
    subjectVerifier: createSubjectVerifier({
      jwts: [
        createTrustedIssuerVerifier({
          issuers: [{ ...trusted, audience: [trusted.audience] }],
          outboundFetch: login === 'emulator' ? outboundFetch : localLogin.outboundFetch,
          runtime,
          vaultIssuer: ISSUER,
        }),
        createVaultTokenVerifier({ vaultIssuer: ISSUER, tenant: TENANT, keys, grants, runtime }),
        createClientSignedVerifier({ ...store, vaultIssuer: ISSUER, tenant: TENANT, runtime }),
      ],
    }),
    apis: { find: async ({ identifier }: { identifier: string }) => apis.get(identifier) },
    assertions: createClientAssertionVerifier({
      issuer: ISSUER,
      tenant: TENANT,
      replays: store.replays,
      runtime,
    }),
    accessTokens: createAccessTokens({
      issuer: ISSUER,
      keys,
      runtime,
      algorithm: 'ES256',
    }),
    // One for all nodes, as a shared limiter would be.
    forcedRefreshes: limiterOf(runtime, { points: 1, durationSeconds: 30 }),
    failuresByClient: limiterOf(runtime, { points: 10, durationSeconds: 60 }),
    failuresByAddress: limiterOf(runtime, { points: 20, durationSeconds: 60 }),
  }

  function startNode(options: NodeOptions = {}): VaultNode {
    const accounts = options.accounts?.(store.accounts) ?? store.accounts
    const realProvider = createProviderClient({
      connections: new Map(
        emulator.providerIds().map((id) => [
          id,
          {
            definition: emulator.provider(id),
            clientId: emulator.client(id).clientId,
            clientSecret: emulator.client(id).clientSecret,
          },
        ]),
      ),
      outboundFetch,
      runtime,
    })
    const refresher = createAccountRefresher({
      ...shared,
      accounts,
      providerClient: options.providerClient?.(realProvider) ?? realProvider,
      waitSeconds: options.waitSeconds,
      crashPoint: options.crashPoint,
    })
    const exchange = exchangeToken({
      ...shared,
      accounts,
      consents: options.consents?.(consents) ?? consents,
      refresher,
      // Nobody logs in at this vault.
      offerConnectLink: async () => undefined,
    })
    const route = tokenRoute({
      ...shared,
      authenticateClient: authenticateClient(shared),
      grants: [
        tokenExchangeGrant({
          issuer: ISSUER,
          exchangeToken: exchange,
          issueMyAccountToken: issueMyAccountToken(shared),
          issueApiToken: issueApiToken(shared),
        }),
        auth0TokenExchangeGrant({ exchangeToken: exchange }),
      ],
    })
    const send = (request: Request, remoteAddress = '203.0.113.7'): Promise<Response> =>
      route(request, {
        requestId: randomText(runtime.randomBytes, 22),
        remoteAddress,
        pathParameters: {},
      })
    return {
      refresher,
      send,
      post: async (body, { headers = {}, json = false, remoteAddress } = {}) => {
        const response = await send(
          new Request(`${ISSUER}oauth/token`, {
            method: 'POST',
            body: toBody(body, json),
            headers: {
              'content-type': json ? 'application/json' : 'application/x-www-form-urlencoded',
              ...headers,
            },
          }),
          remoteAddress,
        )
        const text = await response.text()
        return {
          status: response.status,
          headers: response.headers,
          text,
          body: JSON.parse(text),
        }
      },
    }
  }

  let connected = 0
  const world: ExchangeWorld = {
    node: startNode(nodeOptions),
    startNode,
    emulator,
    store,
    users,
    consents,
    runtime,
    sealer,
    accessTokens: shared.accessTokens,
    nonces,
    agent,
    clients,
    connections,
    apis,
    endedGrants,
    signingKeys: keys,
    events,
    logged: () => lines.join('\n'),
    setAudit: (state) => {
      auditState = state
    },
    subjectOf: (user, claims) =>
      login === 'emulator'
        ? emulator.issueLoginToken(user)
        : localLogin.issue(user, runtime.now(), claims),
    connect: async ({
      user = 'alice',
      issuer = trusted.issuer,
      connection = 'google',
      scopes = [CALENDAR],
      lifetimeSeconds,
      overrides = {},
    } = {}) => {
      connected += 1
      const identity = { issuer, subject: user }
      const now = runtime.now()
      const userId = await users.findOrCreate({
        tenant: TENANT,
        identity,
        userId: `usr_${user}`,
        now,
      })
      const grant = emulator.issueTokens({ provider: connection, user, scopes, lifetimeSeconds })
      const id = overrides.id ?? `cac_${connected}`
      const generation = overrides.generation ?? 1
      const keys = { tenant: TENANT, userId, id, connection }
      const seal = (text: string, column: 'access_token' | 'refresh_token'): Promise<Uint8Array> =>
        sealer.seal(text, accountSealContext(keys, column, generation))
      const account: Account = {
        ...keys,
        providerAccountId: `${connection}-${user}`,
        label: `${user}@example.com`,
        state: 'active',
        scopes,
        generation,
        accessToken: await seal(grant.accessToken, 'access_token'),
        ...(grant.refreshToken !== undefined && {
          refreshToken: await seal(grant.refreshToken, 'refresh_token'),
        }),
        accessIssuedAt: now,
        ...(grant.expiresAt !== undefined && { accessExpiresAt: Math.floor(grant.expiresAt) }),
        refresh: { failCount: 0 },
        createdAt: now,
        updatedAt: now,
        ...overrides,
      }
      await insertAccount(store, account)
      return account
    },
    find: (accountId) => store.accounts.find({ tenant: TENANT, accountId }),
    refreshTokenOf: async (accountId) => {
      const account = await store.accounts.find({ tenant: TENANT, accountId })
      return account?.refreshToken === undefined
        ? undefined
        : await sealer.open(
            account.refreshToken,
            accountSealContext(account, 'refresh_token', account.generation),
          )
    },
    advance: (seconds) => {
      emulator.advance(seconds)
      runtime.advance(0)
    },
    close: async () => {
      await emulator.close()
      store.close()
      rmSync(folder, { recursive: true })
    },
  }
  return world
}

/** The usual exchange of `user`'s calendar token; every member can be replaced or, with `undefined`, left out. */
export async function anExchange(
  world: Pick<ExchangeWorld, 'subjectOf'>,
  overrides: Readonly<Record<string, string | undefined>> = {},
  user = 'alice',
): Promise<Readonly<Record<string, string | undefined>>> {
  return {
    grant_type: EXCHANGE,
    client_id: 'my-agent',
    client_secret: SECRET,
    subject_token: await world.subjectOf(user),
    subject_token_type: JWT,
    audience: 'google',
    ...overrides,
  }
}

/** The same in Auth0's words. */
export async function anAuth0Exchange(
  world: Pick<ExchangeWorld, 'subjectOf'>,
  overrides: Readonly<Record<string, string | undefined>> = {},
  user = 'alice',
): Promise<Readonly<Record<string, string | undefined>>> {
  return {
    grant_type: AUTH0_EXCHANGE,
    client_id: 'my-agent',
    client_secret: SECRET,
    subject_token: await world.subjectOf(user),
    subject_token_type: ACCESS_TOKEN,
    requested_token_type: AUTH0_TOKEN_TYPE,
    connection: 'google',
    ...overrides,
  }
}

function toBody(
  body: Readonly<Record<string, string | undefined>> | string,
  json: boolean,
): string {
  if (typeof body === 'string') return body
  const present = Object.entries(body).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  return json
    ? JSON.stringify(Object.fromEntries(present))
    : new URLSearchParams(present.map(([name, value]) => [name, value])).toString()
}

/** Counts in virtual time: a limiter that used the machine's clock would never forgive in a test. */
function limiterOf(
  runtime: Pick<VirtualRuntime, 'now'>,
  { points, durationSeconds }: { readonly points: number; readonly durationSeconds: number },
): RateLimiter {
  const windows = new Map<string, { used: number; until: number }>()
  return {
    take: async (key) => {
      const now = runtime.now()
      const known = windows.get(key)
      const window =
        known !== undefined && now < known.until ? known : { used: 0, until: now + durationSeconds }
      windows.set(key, window)
      window.used += 1
      return window.used > points ? window.until - now : undefined
    },
    reset: async (key) => {
      windows.delete(key)
    },
  }
}
