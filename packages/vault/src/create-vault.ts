import { resolve } from 'node:path'

import { adminRoutes } from './admin-routes.ts'
import { createAuditReader } from './audit-reader.ts'
import { toGrantClaims } from './authorization-server/access-token-claims.ts'
import { createAccessTokens } from './authorization-server/create-access-tokens.ts'
import { createClientAssertionVerifier } from './authorization-server/create-client-assertion-verifier.ts'
import { createClientSignedVerifier } from './authorization-server/create-client-signed-verifier.ts'
import { createDpopVerifier, DPOP_ALGORITHMS } from './authorization-server/create-dpop-verifier.ts'
import { createSubjectVerifier } from './authorization-server/create-subject-verifier.ts'
import { createAuthorizationServer } from './authorization-server/oidc/create-authorization-server.ts'
import { createGrantStatus } from './authorization-server/oidc/create-grant-status.ts'
import { createLoginTokens } from './authorization-server/oidc/create-login-tokens.ts'
import { createProfileStore } from './authorization-server/oidc/profiles.ts'
import { createRefreshTokenVerifier } from './authorization-server/oidc/create-refresh-token-verifier.ts'
import { createTrustedIssuerVerifier } from './authorization-server/create-trusted-issuer-verifier.ts'
import { createVaultTokenVerifier } from './authorization-server/create-vault-token-verifier.ts'
import { createDpopNonces, dpopNonceSecret } from './authorization-server/dpop-nonces.ts'
import { createTokenIntrospection } from './authorization-server/create-token-introspection.ts'
import { createSigningKeys } from './authorization-server/signing-keys.ts'
import { DEFAULT_SIGNATURE_ALGORITHMS } from './authorization-server/verification-key.ts'
import { startBackgroundLoops } from './background-loops.ts'
import type { BackgroundLoops } from './background-loops.ts'
import { ConfigError } from './config/config-error.ts'
import { createConfiguredApis } from './config/configured-apis.ts'
import { createConfiguredClients } from './config/configured-clients.ts'
import { createConfiguredConnections } from './config/configured-connections.ts'
import { parseVaultConfig } from './config/define-vault.ts'
import { createRegistry } from './config/registry.ts'
import { resolveSecrets } from './config/resolve-secrets.ts'
import type { ResolvedSecrets } from './config/resolve-secrets.ts'
import type { ParsedVaultConfig } from './config/vault-config-schema.ts'
import type { VaultConfig } from './config/vault-config.ts'
import { withAccountClient } from './config/with-account-client.ts'
import { createKeyRing, type KeyPurpose, type KeyRing } from './crypto/key-ring.ts'
import { createLocalKeyService } from './crypto/local-key-service.ts'
import { createSealer } from './crypto/sealer.ts'
import { createSecretHasher } from './crypto/secret-hasher.ts'
import { createTokenBoundBox } from './crypto/token-bound-box.ts'
import { randomText } from './domain/random-text.ts'
import { createRouter } from './http/router.ts'
import type { Route, Router } from './http/router.ts'
import { createInFlight } from './in-flight.ts'
import { createLogger } from './logging/create-logger.ts'
import type { Logger } from './ports/logger.ts'
import type { Runtime } from './ports/runtime.ts'
import { behaviourOf } from './provider-client/behaviour-of.ts'
import { loginFactsOf } from './provider-client/login-facts-of.ts'
import { vaultScopesOf } from './provider-client/authorization-parameters.ts'
import { originsOf } from './provider-client/origins-of.ts'
import { createDeploymentProbe } from './provider-client/deployment-probe.ts'
import { createOutboundFetch } from './provider-client/outbound-fetch.ts'
import { createProviderClient } from './provider-client/provider-client.ts'
import { publishAuditHead } from './publish-audit-head.ts'
import { monotonicNow, processUserId, systemRuntime } from './runtime.ts'
import type { ChainedAuditLog } from './storage/audit-log.ts'
import { createMemoryRateLimiter } from './storage/memory-rate-limiter.ts'
import { openSqliteStore } from './storage/sqlite-store.ts'
import type { SqliteStore } from './storage/sqlite-store.ts'
import { deliverOutbox } from './use-cases/deliver-outbox.ts'
import { createAccountRefresher, type AccountRefresher } from './use-cases/refresh-account.ts'
import type { CrashPoint } from './use-cases/refresh-run.ts'
import { sweepAttempts } from './use-cases/sweep-attempts.ts'
import { sweepExpired } from './use-cases/sweep-expired.ts'
import type { VaultParts } from './vault-parts.ts'
import { vaultRoutes } from './vault-routes.ts'

/** A vault, ready to answer. */
export interface Vault {
  /** With its trailing slash, as in every `iss`. */
  readonly issuer: string
  /** Answers a request, whatever it is; never rejects. */
  fetch(
    request: Request,
    /** The address of whoever opened the connection: rate limits count by it. */
    info?: { readonly remoteAddress?: string | undefined },
  ): Promise<Response>
  /** The admin API, where it has a port of its own: then `fetch` does not answer for it. */
  readonly adminFetch?: Vault['fetch'] | undefined
  /**
   * Finishes what is under way (15 s at most), writes the audit log out and closes the database. Whatever comes from now
   * on is answered 503. Idempotent.
   */
  stop(): Promise<void>
}

export interface CreateVaultOptions {
  /** Where `env:NAME` leads. Default: nowhere. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
  /** What relative paths of the configuration are relative to. Default: the working folder. */
  readonly folder?: string | undefined
  /** `refused` makes a secret that is written out an error, as it is for configuration files. Default: `allowed`. */
  readonly literalSecrets?: 'allowed' | 'refused' | undefined
  /** Default: nothing is logged. */
  readonly logger?: Logger | undefined
  /** Clock and randomness. Default: the machine's. */
  readonly runtime?: Runtime | undefined
  /** Called at points of a refresh at which a process may die, for tests that make it die there. Default: nothing. */
  readonly crashPointForTests?: ((point: CrashPoint) => void) | undefined
}

/** One tenant per deployment in this version (R22); every key has it all the same. */
export const TENANT = 'default'

/** Between two forced refreshes of one account, whoever asks (R17). */
const FORCED_REFRESH_SECONDS = 30

/** A refresh that has begun may take the 10 s of a request to a provider, and its token must not be lost. */
const DRAIN_SECONDS = 12

/**
 * Puts a vault together: the only place that joins the layers. Fails closed: what is wrong with the configuration, the
 * keys or the database is thrown here, before anything can be answered.
 *
 * @throws {ConfigError} `config_invalid`
 * @throws {KeyError} when the root key is missing, weak, readable by others, or not the one that sealed the database
 * @throws {StorageError} when the database cannot be opened
 */
export async function createVault(
  config: VaultConfig,
  options: CreateVaultOptions = {},
): Promise<Vault> {
  return await openVault(config, options)
}

export interface OpenVaultOptions extends CreateVaultOptions {
  /**
   * What else can fail, such as taking a port: called when everything is checked and nothing of a start is in the audit
   * log yet. Default: nothing.
   */
  readonly beforeStart?: (() => Promise<unknown>) | undefined
}

/** {@link createVault}, for whoever starts more than a vault. */
export async function openVault(
  config: VaultConfig,
  options: OpenVaultOptions = {},
): Promise<Vault> {
  const { folder = '.' } = options
  const parsed = parseVaultConfig(config)
  const secrets = resolveSecrets(parsed, {
    environment: options.environment ?? {},
    folder,
    literals: options.literalSecrets ?? 'allowed',
  })
  const store = await openSqliteStore({ path: resolve(folder, parsed.storage.sqlite) })
  try {
    return await compose({ config: parsed, secrets, store, ...options, folder })
  } catch (error) {
    store.close()
    throw error
  }
}

interface Foundation extends Pick<
  OpenVaultOptions,
  'beforeStart' | 'crashPointForTests' | 'logger' | 'runtime'
> {
  readonly config: ParsedVaultConfig
  readonly secrets: ResolvedSecrets
  readonly store: SqliteStore
  readonly folder: string
}

async function compose({
  config,
  secrets,
  store,
  folder,
  beforeStart,
  crashPointForTests,
  runtime = systemRuntime,
  logger = createLogger({ write: () => {}, now: runtime.now, level: 'silent' }),
}: Foundation): Promise<Vault> {
  const tenant = TENANT
  const issuer = requireIssuer(config)

  const keyService = createLocalKeyService({ ...secrets.rootKey, ownerId: processUserId() })
  await keyService.check()
  const keyRing = createKeyRing({ keyService, keyVersions: store.keyVersions, runtime, tenant })
  await keyRing.active()
  const sealer = createSealer({ keyRing, runtime })
  const hasher = createSecretHasher()
  const { headFile } = config.audit
  const audit = store.audit({
    tenant,
    // Each process writes a chain of its own (R19).
    writerId: randomText(runtime.randomBytes, 16),
    keys: keyRing.purpose('audit'),
    runtime,
    logger,
    onHead: publishAuditHead({ file: headFile && resolve(folder, headFile), logger }),
  })

  const outboundFetch = createOutboundFetch({
    allowLoopback: config.development.dangerouslyAllowLoopbackHttp,
    ...config.outbound,
  })
  const known = {
    config,
    secrets,
    tenant,
    sealer,
    hasher,
    runtime,
    logger,
    behaviourOf,
    loginFactsOf,
    originsOf,
    vaultScopesOf,
  }
  const configured = createConfiguredConnections(known)
  const { registry, connections, providers, ...registered } = createRegistry({
    ...known,
    store: store.registrations,
    configured: {
      clients: createConfiguredClients(known),
      connections: configured.store,
      providers: configured.registrations,
    },
  })
  const clients = withAccountClient(registered.clients, { tenant, issuer })
  const keys = createSigningKeys({ ...store, tenant, sealer, runtime })
  // Made or opened now, not with the first request.
  await keys.jwks()
  const users = store.users({ keys: keyRing.purpose('identity'), logger, vaultIssuer: issuer })
  const apis = createConfiguredApis({ config, tenant })
  const recorded = {
    ...store,
    tenant,
    sealer,
    hasher,
    runtime,
    box: createTokenBoundBox({ runtime }),
  }
  const profiles = createProfileStore(recorded)
  const loginTokens = createLoginTokens(recorded)
  const grants = createGrantStatus(recorded)
  const nonceSecret = await dpopNonceSecret(keyRing.purpose('dpop-nonce'))
  const nonces = createDpopNonces({ secret: nonceSecret, runtime })
  const parts: VaultParts = {
    ...store,
    users,
    consents: store.consents({ keys: keyRing.purpose('consent'), logger }),
    profiles,
    loginTokens,
    authorizationServer: createAuthorizationServer({
      ...recorded,
      issuer,
      clients,
      apis,
      users,
      profiles,
      outboundFetch,
      logger,
      keys,
      vaultProof: randomText(runtime.randomBytes, 43),
      cookieKey: (await secretOf(keyRing, 'cookie')).toString('base64url'),
      nonceSecret,
      sessionSeconds: config.login.sessionSeconds,
      grantClaims: toGrantClaims,
    }),
    tenant,
    issuer,
    runtime,
    logger,
    audit,
    auditTrail: store.auditTrail({ tenant, keys: keyRing.purpose('audit'), logger }),
    sealer,
    hasher,
    clients,
    connections,
    providerClient: createProviderClient({ connections: providers, outboundFetch, runtime }),
    subjectVerifier: createSubjectVerifier({
      jwts: [
        createTrustedIssuerVerifier({
          issuers: config.trustedIssuers,
          outboundFetch,
          runtime,
          vaultIssuer: issuer,
        }),
        createVaultTokenVerifier({ vaultIssuer: issuer, tenant, keys, grants, runtime }),
        createClientSignedVerifier({ ...store, vaultIssuer: issuer, tenant, runtime }),
      ],
      refreshTokens: createRefreshTokenVerifier({ ...recorded, vaultIssuer: issuer, loginTokens }),
    }),
    assertions: createClientAssertionVerifier({ ...store, issuer, tenant, runtime }),
    dpop: createDpopVerifier({ ...store, nonces, tenant, runtime }),
    accessTokens: createAccessTokens({ issuer, keys, runtime }),
    tokenIntrospection: createTokenIntrospection({ issuer, tenant, keys, grants, runtime }),
    publicKeys: keys,
    apis,
    grants,
    outboxChanged: () => loops.wake('outbox'),
  }
  await warnOfAnotherIssuer(store, parts)
  await beforeStart?.()
  await audit.append({ tenant, at: runtime.now(), type: 'vault.started', outcome: 'success' })

  const refresher = createAccountRefresher({
    ...parts,
    forcedRefreshes: createMemoryRateLimiter({
      points: 1,
      durationSeconds: FORCED_REFRESH_SECONDS,
    }),
    crashPoint: crashPointForTests,
  })
  const deliver = deliverOutbox(parts)
  const loops = startBackgroundLoops(
    [
      {
        name: 'outbox',
        everySeconds: 30,
        run: async (signal) => {
          while (!signal.aborted && (await deliver({ signal })).claimed > 0);
        },
      },
      { name: 'sweep_attempts', everySeconds: 60, run: sweepAttempts(parts) },
      {
        name: 'rotate_signing_keys',
        everySeconds: 3_600,
        run: async () => {
          const made = await keys.rotate()
          if (made.length > 0) logger.info('signing keys were made', { count: made.length })
        },
      },
      {
        name: 'sweep_records',
        everySeconds: 60,
        run: sweepExpired({ tenant, runtime, sweep: (query) => store.records.sweep(query) }),
      },
      {
        name: 'sweep_replays',
        everySeconds: 60,
        run: sweepExpired({ tenant, runtime, sweep: (query) => store.replays.sweep(query) }),
      },
    ],
    { runtime, logger },
  )
  const checkKeys = async (): Promise<void> => {
    await store.keyVersions.list({ tenant })
    await keyRing.active()
  }
  const admin = adminRoutes({
    parts,
    replays: store.replays,
    userDirectory: store.userDirectory,
    config,
    secrets,
    registry,
    auditReader: createAuditReader({ store, tenant, keys: keyRing.purpose('audit') }),
    probe: createDeploymentProbe({ ...config, connections: providers, outboundFetch, runtime }),
  })
  return operate({ parts, config, store, audit, loops, refresher, checkKeys, admin })
}

/** What happens from here on: answering, and stopping without losing anything. */
function operate({
  parts,
  config,
  store,
  audit,
  loops,
  refresher,
  checkKeys,
  admin,
}: {
  readonly parts: VaultParts
  readonly config: ParsedVaultConfig
  readonly store: SqliteStore
  readonly audit: ChainedAuditLog
  readonly loops: BackgroundLoops
  readonly refresher: AccountRefresher
  readonly checkKeys: () => Promise<void>
  readonly admin: readonly Route[]
}): Vault {
  const { issuer, tenant, runtime, logger } = parts
  const inFlight = createInFlight()
  let stopped: Promise<void> | undefined

  const serving = {
    issuer,
    runtime,
    monotonicNow,
    logger,
    trustedHops: config.proxy.trustedHops,
    isStopping: () => stopped !== undefined,
  }
  const isApart = config.admin?.port !== undefined
  const adminRouter = isApart ? createRouter({ ...serving, routes: admin }) : undefined
  const routes = [
    ...vaultRoutes({
      parts,
      refresher,
      limits: config.limits,
      loginConnections: config.login.connections,
      assertionAlgorithms: DEFAULT_SIGNATURE_ALGORITHMS,
      dpopAlgorithms: DPOP_ALGORITHMS,
      isReady: async () => {
        try {
          await checkKeys()
          return true
        } catch (error) {
          logger.error('not ready', { error })
          return false
        }
      },
    }),
    ...(isApart ? [] : admin),
  ]
  const router = createRouter({
    ...serving,
    routes,
    isScriptOrigin: async (origin) => (await parts.clients.origins({ tenant })).has(origin),
  })

  async function finish(): Promise<void> {
    const drained = new AbortController()
    const finishRequests = async (): Promise<void> => {
      await inFlight.idle()
      // They may have begun refreshes that they did not wait for.
      await refresher.drain()
    }
    const drain = async (): Promise<boolean> => {
      try {
        await Promise.all([finishRequests(), loops.stop()])
        return true
      } catch (error) {
        logger.error('draining failed', { error })
        return false
      } finally {
        drained.abort()
      }
    }
    const timeOut = async (): Promise<boolean> => {
      await runtime.sleep(DRAIN_SECONDS, drained.signal)
      return drained.signal.aborted
    }
    const inTime = await Promise.race([drain(), timeOut()])
    if (!inTime) logger.error('stopped before everything was finished')
    try {
      await audit.append({ tenant, at: runtime.now(), type: 'vault.stopped', outcome: 'success' })
    } catch (error) {
      logger.error('the stop could not be recorded', { error })
    }
    await audit.close()
    store.close()
  }

  const serve =
    (answering: Router): Vault['fetch'] =>
    async (request, { remoteAddress } = {}) => {
      const answer = (): Promise<Response> =>
        answering.fetch(request, { peerAddress: remoteAddress })
      // What is refused while stopping is nothing to wait for: callers who try again would keep the vault from stopping.
      return stopped === undefined ? await inFlight.track(answer) : await answer()
    }

  return {
    issuer,
    fetch: serve(router),
    adminFetch: adminRouter && serve(adminRouter),
    stop: () => (stopped ??= finish()),
  }
}

/** A key of the ring as bytes, for a library that takes nothing else; the same in every process of the tenant. */
async function secretOf(keyRing: KeyRing, purpose: KeyPurpose): Promise<Buffer> {
  return (await keyRing.purpose(purpose).active()).key.export()
}

function requireIssuer({ issuer }: ParsedVaultConfig): string {
  if (issuer !== undefined) return issuer
  throw new ConfigError([
    {
      path: 'issuer',
      message:
        'is missing. Give the public address of the vault, such as "https://vault.example.com/"',
    },
  ])
}

/** Users and apps know a vault by its issuer: one that changes is most often a mistake, and sometimes a move. */
async function warnOfAnotherIssuer(
  { tenants }: SqliteStore,
  { tenant, issuer, runtime, logger }: VaultParts,
): Promise<void> {
  const first = await tenants.ensure({ tenant, issuer, now: runtime.now() })
  if (first.issuer !== issuer) {
    logger.warn('this database began with another issuer', { code: 'issuer_changed' })
  }
}
