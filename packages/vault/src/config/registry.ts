import type { AdminRefusal } from '../domain/admin.ts'
import { type Client, type ClientAuthenticationMethod, isConfidential } from '../domain/client.ts'
import type { Connection } from '../domain/connection.ts'
import {
  liveSecrets,
  type ClientSecret,
  type RegistrationKind,
  type RegistryEntry,
} from '../domain/registration.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { ClientStore } from '../ports/client-store.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { Logger } from '../ports/logger.ts'
import type { Registration, RegistrationStore } from '../ports/registration-store.ts'
import type { RegistrationRequest, Registry } from '../ports/registry.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SealContext, Sealer } from '../ports/sealer.ts'
import { findProblems } from './check-vault-config.ts'
import { toClient } from './configured-clients.ts'
import {
  definitionOf,
  toConnection,
  type ProviderRegistration,
  type ToConnectionOptions,
} from './configured-connections.ts'
import {
  RegisteredClient,
  RegisteredConnection,
  SealedClient,
  SealedConnection,
} from './registered-settings.ts'
import { createRegistrationCache, FRESH_SECONDS } from './registration-cache.ts'
import { type ParsedVaultConfig, withOverScopes } from './vault-config-schema.ts'

/** More than this is another kind of product; and every check reads all their names. */
const MAX_REGISTRATIONS = 10_000

export interface RegistryOptions extends ToConnectionOptions {
  readonly config: ParsedVaultConfig
  readonly store: RegistrationStore
  readonly sealer: Sealer
  readonly runtime: Pick<Runtime, 'now'>
  readonly logger: Pick<Logger, 'error'>
  readonly configured: {
    readonly clients: ClientStore
    readonly connections: ConnectionStore
    readonly providers: ReadonlyMap<string, ProviderRegistration>
  }
}

/** What the rest of the vault sees: configured first, then registered. */
export interface OpenedRegistry {
  readonly registry: Registry
  readonly clients: ClientStore
  readonly connections: ConnectionStore
  /** By connection name; holds secrets, for the provider client alone. */
  readonly providers: { get(name: string): Promise<ProviderRegistration | undefined> }
}

interface OpenedClient {
  readonly entry: RegistryEntry
  readonly clientAt: (now: number) => Client
}

interface OpenedConnection {
  readonly entry: RegistryEntry
  readonly connection: Connection
  readonly provider: ProviderRegistration
}

/**
 * Clients and connections from two places. A name of the configuration file can be neither changed nor covered up, also
 * where the file got it after it was registered.
 */
export function createRegistry(options: RegistryOptions): OpenedRegistry {
  const { config, tenant, store, sealer, runtime, logger, configured } = options
  const shared = { tenant, store, runtime }
  const isConfigured = {
    client: (name: string) => config.clients.some(({ id }) => id === name),
    connection: (name: string) => config.connections.some((one) => one.name === name),
  }

  async function unseal(registration: Registration): Promise<unknown> {
    try {
      return JSON.parse(await sealer.open(registration.settings, sealContext(registration)))
    } catch (error) {
      const { name } = registration
      logger.error('A registration cannot be opened: it is as if it were not there', {
        code: 'registration_unreadable',
        ...(registration.kind === 'client' ? { clientId: name } : { connection: name }),
        error,
      })
      // A key service that is away says nothing of the row.
      if (isAltered(error)) return undefined
      throw error
    }
  }

  const clientCache = createRegistrationCache<OpenedClient>({
    ...shared,
    kind: 'client',
    open: async (registration) => {
      const sealed = await unseal(registration)
      if (sealed === undefined) return undefined
      const { settings, secrets } = SealedClient.parse(sealed)
      return {
        entry: entryOf(registration, settings, secrets),
        clientAt: clientInTime(settings, secrets, tenant),
      }
    },
  })

  const connectionCache = createRegistrationCache<OpenedConnection>({
    ...shared,
    kind: 'connection',
    open: async (registration) => {
      const sealed = await unseal(registration)
      if (sealed === undefined) return undefined
      const { settings, providerSecret } = SealedConnection.parse(sealed)
      const definition = definitionOf(settings)
      const { clientId } = settings
      return {
        entry: entryOf(registration, settings, []),
        connection: toConnection(settings, definition, options),
        provider: { definition, clientId, clientSecret: providerSecret },
      }
    },
  })

  let clientChanges = 0
  /** Of public clients, configured or registered: read anew when this process has changed one, or after a while (R26). */
  let scripts: { readonly readAt: number; readonly origins: ReadonlySet<string> } | undefined

  const caches = { client: clientCache, connection: connectionCache } as const

  function forget(kind: RegistrationKind, name: string): void {
    caches[kind].forget(name)
    if (kind !== 'client') return
    scripts = undefined
    clientChanges += 1
  }

  async function namesOf(kind: RegistrationKind): Promise<readonly string[]> {
    const rows = await store.list({ tenant, kind, limit: MAX_REGISTRATIONS })
    return rows.map(({ name }) => name)
  }

  /** The rules of the configuration file, for one more client or connection of it. */
  async function check({
    kind,
    settings,
    secrets,
  }: Pick<RegistrationRequest, 'kind' | 'settings' | 'secrets'>): Promise<
    Result<RegisteredClient | RegisteredConnection, Invalid>
  > {
    const schema = kind === 'client' ? RegisteredClient : RegisteredConnection
    const parsed = schema.safeParse(settings)
    if (!parsed.success) {
      const problems = parsed.error.issues.map(({ path, message }) => ({ path, message }))
      return refuse({ reason: 'invalid_settings', problems })
    }
    const { data } = parsed
    const problems = findProblems('id' in data ? await withClient(data, secrets) : withOne(data))
    const own = problems
      .filter(({ path: [list, index] }) => list === `${kind}s` && index === 0)
      .map(({ path, message }) => ({ path: path.slice(2), message }))
    return own.length > 0 ? refuse({ reason: 'invalid_settings', problems: own }) : accept(data)
  }

  /** The configuration as it would be with one more client, in front; of what else is registered only names count. */
  async function withClient(
    client: RegisteredClient,
    secrets: readonly ClientSecret[],
  ): Promise<ParsedVaultConfig> {
    const ids = await namesOf('client')
    const others = ids
      .filter((id) => id !== client.id)
      .map((id) => withOverScopes(RegisteredClient.parse({ id })))
    const connections = (await namesOf('connection')).map(standIn)
    // The vault makes it and the file's rules ask for one.
    const own = secrets.length > 0 ? { ...client, secret: ['made by the vault'] } : client
    return {
      ...config,
      clients: [withOverScopes(own), ...config.clients, ...others],
      connections: [...config.connections, ...connections],
    }
  }

  function withOne(connection: RegisteredConnection): ParsedVaultConfig {
    return { ...config, connections: [{ ...connection, clientSecret: '' }, ...config.connections] }
  }

  async function seal(
    key: Pick<Registration, 'tenant' | 'kind' | 'name' | 'generation'>,
    content: SealedClient | SealedConnection,
  ): Promise<Uint8Array> {
    return await sealer.seal(JSON.stringify(content), sealContext(key))
  }

  const configuredEntries = {
    client: config.clients.map((client) => configuredEntry('client', client.id, client)),
    connection: config.connections.map((connection) =>
      configuredEntry('connection', connection.name, connection),
    ),
  }

  const find: Registry['find'] = async ({ kind, name }) =>
    configuredEntries[kind].find((entry) => entry.name === name) ??
    (await caches[kind].get(name))?.entry

  const registry: Registry = {
    find,

    async list({ kind, after, limit }) {
      const rows = await store.list({ tenant, kind, after, limit })
      const registered = await Promise.all(rows.map((row) => caches[kind].opened(row)))
      const entries = [
        ...configuredEntries[kind].filter(({ name }) => after === undefined || name > after),
        ...registered.flatMap((opened) =>
          opened === undefined || isConfigured[kind](opened.entry.name) ? [] : [opened.entry],
        ),
      ]
      return entries.toSorted(byName).slice(0, limit)
    },

    async register({ kind, name, settings, secrets, providerSecret = '', now }) {
      if (isConfigured[kind](name)) return refuse({ reason: 'name_taken', what: kind })
      const checked = await check({ kind, settings, secrets })
      if (!checked.ok) return checked
      if ((await namesOf(kind)).length >= MAX_REGISTRATIONS) {
        return refuse({ reason: 'too_many_registrations' })
      }
      const key = { tenant, kind, name, generation: 1 }
      const content = contentOf(checked.value, secrets, providerSecret)
      const registration = {
        ...key,
        settings: await seal(key, content),
        createdAt: now,
        updatedAt: now,
      }
      const isNew = await store.insert(registration)
      forget(kind, name)
      return isNew
        ? accept(entryOf(registration, checked.value, secrets))
        : refuse({ reason: 'name_taken', what: kind })
    },

    async change({ expected, settings, secrets, providerSecret, now }) {
      const { kind, name } = expected
      if (expected.origin === 'configuration') return refuse({ reason: 'configured', what: kind })
      const checked = await check({ kind, settings, secrets })
      if (!checked.ok) return checked
      if (kind === 'connection' && isOtherClient(expected.settings, checked.value)) {
        // Their refresh tokens belong to the client that got them.
        if (await store.hasAccounts({ tenant, connection: name })) {
          return refuse({ reason: 'connection_in_use' })
        }
      }
      const kept = providerSecret ?? (await connectionCache.get(name))?.provider.clientSecret ?? ''
      const key = { tenant, kind, name, generation: expected.generation + 1 }
      const registration = {
        ...key,
        settings: await seal(key, contentOf(checked.value, secrets, kept)),
        createdAt: expected.createdAt ?? now,
        updatedAt: now,
      }
      const isChanged = await store.replace(registration)
      forget(kind, name)
      return isChanged
        ? accept(entryOf(registration, checked.value, secrets))
        : refuse({ reason: 'changed_meanwhile' })
    },

    async remove(expected) {
      const { kind, name, generation, origin } = expected
      if (origin === 'configuration') return refuse({ reason: 'configured', what: kind })
      const removal = await store.remove({ tenant, kind, name, generation })
      forget(kind, name)
      switch (removal) {
        case 'removed':
          return accept('removed')
        case 'in_use':
          return refuse({ reason: 'connection_in_use' })
        case 'not_removed':
          return refuse({ reason: 'changed_meanwhile' })
      }
    },
  }

  async function scriptOrigins(): Promise<ReadonlySet<string>> {
    const now = runtime.now()
    const age = scripts === undefined ? FRESH_SECONDS : now - scripts.readAt
    if (scripts !== undefined && age >= 0 && age < FRESH_SECONDS) return scripts.origins
    const begun = clientChanges
    const rows = await store.list({ tenant, kind: 'client', limit: MAX_REGISTRATIONS })
    const opened = await Promise.all(rows.map((row) => clientCache.opened(row)))
    const origins = new Set([
      ...(await configured.clients.origins({ tenant })),
      ...opened
        .flatMap((one) => (one === undefined ? [] : [one.clientAt(now)]))
        .filter((client) => !isConfidential(client) && !isConfigured.client(client.id))
        .flatMap((client) => client.origins),
    ])
    if (begun === clientChanges) scripts = { readAt: now, origins }
    return origins
  }

  return {
    registry,
    clients: {
      origins: async (query) => (query.tenant === tenant ? await scriptOrigins() : new Set()),
      find: async (query) =>
        (await configured.clients.find(query)) ??
        (query.tenant === tenant
          ? (await clientCache.get(query.clientId))?.clientAt(runtime.now())
          : undefined),
    },
    connections: {
      find: async (query) =>
        (await configured.connections.find(query)) ??
        (query.tenant === tenant ? (await connectionCache.get(query.name))?.connection : undefined),
      list: async (query) => {
        const own = await configured.connections.list(query)
        if (query.tenant !== tenant) return own
        const rows = await store.list({ tenant, kind: 'connection', limit: MAX_REGISTRATIONS })
        const opened = await Promise.all(rows.map((row) => connectionCache.opened(row)))
        const registered = opened.flatMap((one) =>
          one === undefined || isConfigured.connection(one.entry.name) ? [] : [one.connection],
        )
        return registered.length === 0 ? own : [...own, ...registered].toSorted(byName)
      },
    },
    providers: {
      get: async (name) =>
        configured.providers.get(name) ?? (await connectionCache.get(name))?.provider,
    },
  }
}

type Invalid = Extract<AdminRefusal, { readonly reason: 'invalid_settings' }>

/** What a registration is bound to: as what it was registered, and how often it was changed. */
function sealContext({
  tenant,
  kind,
  name,
  generation,
}: Pick<Registration, 'tenant' | 'kind' | 'name' | 'generation'>): SealContext {
  return { tenant, owner: 'registration', record: name, column: kind, generation, bindings: [] }
}

function isAltered(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'decrypt_failed' || error.code === 'key_version_refused')
  )
}

function contentOf(
  settings: RegisteredClient | RegisteredConnection,
  secrets: readonly ClientSecret[],
  providerSecret: string,
): SealedClient | SealedConnection {
  return 'id' in settings ? { settings, secrets: [...secrets] } : { settings, providerSecret }
}

function entryOf(
  { kind, name, generation, createdAt, updatedAt }: Omit<Registration, 'settings'>,
  settings: RegistryEntry['settings'],
  secrets: readonly ClientSecret[],
): RegistryEntry {
  const origin = 'registration'
  return { kind, name, origin, settings, secrets, generation, createdAt, updatedAt }
}

/** References to secrets are no secrets, but code may give secrets literally: neither is shown. */
function configuredEntry(
  kind: RegistrationKind,
  name: string,
  configured: Readonly<Record<string, unknown>>,
): RegistryEntry {
  const settings = Object.fromEntries(
    Object.entries(configured).filter(([member]) => !SECRET_MEMBERS.includes(member)),
  )
  return { kind, name, origin: 'configuration', settings, secrets: [], generation: 0 }
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1
}

/** What a client's secrets are worth changes with time alone: the same value until one runs out. */
function clientInTime(
  settings: RegisteredClient,
  secrets: readonly ClientSecret[],
  tenant: string,
): (now: number) => Client {
  let known: { readonly live: number; readonly client: Client } | undefined
  return (now) => {
    const live = liveSecrets(secrets, now)
    if (known?.live === live.length) return known.client
    const client = toClient(withOverScopes(settings), {
      tenant,
      authentication: authenticationOf(settings, live),
    })
    known = { live: live.length, client }
    return client
  }
}

function authenticationOf(
  { type, jwks }: RegisteredClient,
  secrets: readonly ClientSecret[],
): ClientAuthenticationMethod {
  if (type === 'public') return { method: 'none' }
  if (jwks !== undefined) return { method: 'private_key_jwt', keys: jwks.keys }
  const secretHashes = secrets.map(({ hash }) => Buffer.from(hash, 'base64url'))
  return { method: 'client_secret', secretHashes }
}

/** Of another connection only the name counts. */
function standIn(name: string): ParsedVaultConfig['connections'][number] {
  return { name, provider: 'google', clientId: '', clientSecret: '', scopes: [] }
}

function isOtherClient(
  before: RegistryEntry['settings'],
  after: RegisteredClient | RegisteredConnection,
): boolean {
  return 'clientId' in after && after.clientId !== before['clientId']
}

const SECRET_MEMBERS: readonly string[] = ['secret', 'clientSecret']
