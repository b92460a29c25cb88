import { resolve } from 'node:path'

import { adminRoutes } from './admin-routes.ts'
import { DPOP_ALGORITHMS } from './authorization-server/create-dpop-verifier.ts'
import { DEFAULT_SIGNATURE_ALGORITHMS } from './authorization-server/verification-key.ts'
import { ConfigError } from './config/config-error.ts'
import { parseVaultConfig } from './config/define-vault.ts'
import { resolveSecrets } from './config/resolve-secrets.ts'
import type { ResolvedSecrets } from './config/resolve-secrets.ts'
import type { ParsedVaultConfig } from './config/vault-config-schema.ts'
import type { VaultConfig } from './config/vault-config.ts'
import { createRouter } from './http/router.ts'
import type { Router } from './http/router.ts'
import { joinLayers, type JoinedLayers } from './join-layers.ts'
import { createLogger } from './logging/create-logger.ts'
import type { Logger } from './ports/logger.ts'
import type { Runtime } from './ports/runtime.ts'
import { operateVault } from './operate-vault.ts'
import { monotonicNow, systemRuntime } from './runtime.ts'
import { createMemoryRateLimiter } from './storage/memory-rate-limiter.ts'
import { openSqliteStore } from './storage/sqlite-store.ts'
import type { SqliteStore } from './storage/sqlite-store.ts'
import { createAccountRefresher, type AccountRefresher } from './use-cases/refresh-account.ts'
import type { CrashPoint } from './use-cases/refresh-run.ts'
import { startVaultLoops } from './vault-loops.ts'
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

/**
 * Puts a vault together and sets it going. Fails closed: what is wrong with the configuration, the keys or the database
 * is thrown here, before anything can be answered.
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
  beforeStart,
  crashPointForTests,
  runtime = systemRuntime,
  logger = createLogger({ write: () => {}, now: runtime.now, level: 'silent' }),
  ...foundation
}: Foundation): Promise<Vault> {
  const { config, store } = foundation
  const tenant = TENANT
  const issuer = requireIssuer(config)
  const layers = await joinLayers({
    ...foundation,
    tenant,
    issuer,
    runtime,
    logger,
    outboxChanged: () => loops.wake('outbox'),
  })
  const { parts, audit } = layers
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
  const loops = startVaultLoops({ ...layers, store })
  const { serve, isStopping, stop } = operateVault({ ...layers, store, refresher, loops })
  const { router, adminRouter } = createRouters({ ...foundation, layers, refresher, isStopping })
  return { issuer, fetch: serve(router), adminFetch: adminRouter && serve(adminRouter), stop }
}

/** Two where the admin API has a port of its own. */
function createRouters({
  config,
  secrets,
  store,
  layers,
  refresher,
  isStopping,
}: Pick<Foundation, 'config' | 'secrets' | 'store'> & {
  readonly layers: JoinedLayers
  readonly refresher: AccountRefresher
  readonly isStopping: () => boolean
}): { readonly router: Router; readonly adminRouter: Router | undefined } {
  const { parts, registry, auditReader, probe } = layers
  const { tenant, issuer, runtime, logger, clients } = parts
  const { trustedHops } = config.proxy
  const serving = { issuer, runtime, monotonicNow, logger, trustedHops, isStopping }
  const { replays, userDirectory } = store
  const admin = adminRoutes({
    parts,
    config,
    secrets,
    registry,
    replays,
    userDirectory,
    auditReader,
    probe,
  })
  const isApart = config.admin?.port !== undefined
  const open = vaultRoutes({
    parts,
    refresher,
    limits: config.limits,
    loginConnections: config.login.connections,
    assertionAlgorithms: DEFAULT_SIGNATURE_ALGORITHMS,
    dpopAlgorithms: DPOP_ALGORITHMS,
    isReady: readinessOf(store, layers),
  })
  return {
    adminRouter: isApart ? createRouter({ ...serving, routes: admin }) : undefined,
    router: createRouter({
      ...serving,
      routes: isApart ? open : [...open, ...admin],
      isScriptOrigin: async (origin) => (await clients.origins({ tenant })).has(origin),
    }),
  }
}

/** Whether the database answers and the keys can be opened. */
function readinessOf(
  { keyVersions }: SqliteStore,
  { keyRing, parts: { tenant, logger } }: JoinedLayers,
): () => Promise<boolean> {
  return async () => {
    try {
      await keyVersions.list({ tenant })
      await keyRing.active()
      return true
    } catch (error) {
      logger.error('not ready', { error })
      return false
    }
  }
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
