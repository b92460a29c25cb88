import { type Client, isConfidential } from '../domain/client.ts'
import type { Connection } from '../domain/connection.ts'
import type { ClientSecret, RegistrationKind, RegistryEntry } from '../domain/registration.ts'
import { accept, refuse } from '../domain/result.ts'
import type { ClientStore } from '../ports/client-store.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { Logger } from '../ports/logger.ts'
import type { RegistrationStore } from '../ports/registration-store.ts'
import type { Registry } from '../ports/registry.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { Sealer } from '../ports/sealer.ts'
import { checkRegistration } from './check-registration.ts'
import { clientInTime } from './client-in-time.ts'
import {
  definitionOf,
  toConnection,
  type ProviderRegistration,
  type ToConnectionOptions,
} from './configured-connections.ts'
import {
  type RegisteredClient,
  type RegisteredConnection,
  SealedClient,
  SealedConnection,
} from './registered-settings.ts'
import { createRegistrationCache } from './registration-cache.ts'
import { createRegistrationSealer } from './registration-sealer.ts'
import { configuredEntry, registeredEntry } from './registry-entry.ts'
import { createScriptOrigins } from './script-origins.ts'
import type { ParsedVaultConfig } from './vault-config-schema.ts'

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
  const { config, tenant, store, runtime, configured } = options
  const shared = { tenant, store, runtime }
  const sealer = createRegistrationSealer(options)
  const isConfigured = {
    client: (name: string) => config.clients.some(({ id }) => id === name),
    connection: (name: string) => config.connections.some((one) => one.name === name),
  }

  const clientCache = createRegistrationCache<OpenedClient>({
    ...shared,
    kind: 'client',
    open: async (registration) => {
      const content = await sealer.open(registration, SealedClient)
      return (
        content && {
          entry: registeredEntry(registration, content),
          clientAt: clientInTime(content, { tenant }),
        }
      )
    },
  })

  const connectionCache = createRegistrationCache<OpenedConnection>({
    ...shared,
    kind: 'connection',
    open: async (registration) => {
      const content = await sealer.open(registration, SealedConnection)
      if (content === undefined) return undefined
      const { settings, providerSecret } = content
      const definition = definitionOf(settings)
      const { clientId } = settings
      return {
        entry: registeredEntry(registration, { settings, secrets: [] }),
        connection: toConnection(settings, definition, options),
        provider: { definition, clientId, clientSecret: providerSecret },
      }
    },
  })

  const caches = { client: clientCache, connection: connectionCache } as const

  function forget(kind: RegistrationKind, name: string): void {
    caches[kind].forget(name)
    if (kind === 'client') scriptOrigins.forget()
  }

  async function namesOf(kind: RegistrationKind): Promise<readonly string[]> {
    const rows = await store.list({ tenant, kind, limit: MAX_REGISTRATIONS })
    return rows.map(({ name }) => name)
  }

  const check = checkRegistration({ config, namesOf })

  const scriptOrigins = createScriptOrigins({
    runtime,
    read: async (now) => {
      const rows = await store.list({ tenant, kind: 'client', limit: MAX_REGISTRATIONS })
      const opened = await Promise.all(rows.map((row) => clientCache.opened(row)))
      return new Set([
        ...(await configured.clients.origins({ tenant })),
        ...opened
          .flatMap((one) => (one === undefined ? [] : [one.clientAt(now)]))
          .filter((client) => !isConfidential(client) && !isConfigured.client(client.id))
          .flatMap((client) => client.origins),
      ])
    },
  })

  const configuredEntries = {
    client: config.clients.map((client) =>
      configuredEntry({ kind: 'client', name: client.id }, client),
    ),
    connection: config.connections.map((connection) =>
      configuredEntry({ kind: 'connection', name: connection.name }, connection),
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
        settings: await sealer.seal(key, content),
        createdAt: now,
        updatedAt: now,
      }
      const isNew = await store.insert(registration)
      forget(kind, name)
      return isNew
        ? accept(registeredEntry(registration, { settings: checked.value, secrets }))
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
        settings: await sealer.seal(key, contentOf(checked.value, secrets, kept)),
        createdAt: expected.createdAt ?? now,
        updatedAt: now,
      }
      const isChanged = await store.replace(registration)
      forget(kind, name)
      return isChanged
        ? accept(registeredEntry(registration, { settings: checked.value, secrets }))
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

  return {
    registry,
    clients: {
      origins: async (query) =>
        query.tenant === tenant ? await scriptOrigins.current() : new Set(),
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

function contentOf(
  settings: RegisteredClient | RegisteredConnection,
  secrets: readonly ClientSecret[],
  providerSecret: string,
): SealedClient | SealedConnection {
  return 'id' in settings ? { settings, secrets: [...secrets] } : { settings, providerSecret }
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1
}

function isOtherClient(
  before: RegistryEntry['settings'],
  after: RegisteredClient | RegisteredConnection,
): boolean {
  return 'clientId' in after && after.clientId !== before['clientId']
}
