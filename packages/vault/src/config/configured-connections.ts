import { findProvider } from '@valetkey/providers'
import type { ProviderDefinition } from '@valetkey/providers'

import type { Connection, LoginFacts, ProviderBehaviour } from '../domain/connection.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { ResolvedSecrets } from './resolve-secrets.ts'
import type { ParsedVaultConfig } from './vault-config-schema.ts'

export interface ConfiguredConnectionsOptions extends ToConnectionOptions {
  readonly config: ParsedVaultConfig
  readonly secrets: ResolvedSecrets
}

export interface ToConnectionOptions {
  readonly tenant: string
  /** What the domain must know of a provider, read off its definition. */
  readonly behaviourOf: (definition: ProviderDefinition) => ProviderBehaviour
  readonly originsOf: (
    definition: ProviderDefinition,
  ) => Pick<Connection, 'apiOrigins' | 'apiErrors' | 'consentOrigins'>
  readonly loginFactsOf: (definition: ProviderDefinition) => LoginFacts
  readonly vaultScopesOf: (definition: ProviderDefinition) => readonly string[]
}

/** How the vault is known at a provider. Holds a secret. */
export interface ProviderRegistration {
  readonly definition: ProviderDefinition
  readonly clientId: string
  readonly clientSecret: string
}

/** The connections of the configuration, and apart from them what only the provider client may see. */
export function createConfiguredConnections(options: ConfiguredConnectionsOptions): {
  readonly store: ConnectionStore
  readonly registrations: ReadonlyMap<string, ProviderRegistration>
} {
  const connections = new Map<string, Connection>()
  const registrations = new Map<string, ProviderRegistration>()
  for (const configured of options.config.connections) {
    const definition = definitionOf(configured)
    const { name, clientId } = configured
    connections.set(name, toConnection(configured, definition, options))
    registrations.set(name, {
      definition,
      clientId,
      clientSecret: options.secrets.connections.get(name) ?? '',
    })
  }
  const ordered = [...connections.values()].toSorted((first, second) =>
    first.name < second.name ? -1 : 1,
  )
  return {
    registrations,
    store: {
      find: async ({ tenant, name }) =>
        tenant === options.tenant ? connections.get(name) : undefined,
      list: async ({ tenant }) => (tenant === options.tenant ? ordered : []),
    },
  }
}

/** A connection of the configuration, or one registered with the same settings. */
export function toConnection(
  configured: ConnectionSettings,
  definition: ProviderDefinition,
  { tenant, behaviourOf, originsOf, loginFactsOf, vaultScopesOf }: ToConnectionOptions,
): Connection {
  return {
    tenant,
    name: configured.name,
    providerId: definition.id,
    displayName: configured.displayName ?? definition.name,
    clientId: configured.clientId,
    scopes: configured.scopes,
    vaultScopes: vaultScopesOf(definition),
    impliedScopes: definition.impliedScopes,
    scopeTexts: definition.scopeTexts,
    behaviour: behaviourOf(definition),
    ...originsOf(definition),
    login: loginFactsOf(definition),
  }
}

type ConnectionSettings = Omit<ParsedVaultConfig['connections'][number], 'clientSecret'>

export function definitionOf({ name, provider }: ConnectionSettings): ProviderDefinition {
  const definition = typeof provider === 'string' ? findProvider(provider) : provider
  if (definition === undefined) throw new Error(`connection "${name}" was not checked at start-up`)
  return definition
}
