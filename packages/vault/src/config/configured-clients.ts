import type { Client, ClientAuthenticationMethod } from '../domain/client.ts'
import type { ClientStore } from '../ports/client-store.ts'
import type { SecretHasher } from '../ports/secret-hasher.ts'
import type { ResolvedSecrets } from './resolve-secrets.ts'
import type { ParsedVaultConfig } from './vault-config-schema.ts'

export interface ConfiguredClientsOptions {
  readonly config: ParsedVaultConfig
  readonly secrets: ResolvedSecrets
  readonly hasher: SecretHasher
  readonly tenant: string
}

/** The clients of the configuration. Of their secrets only hashes are kept (RV-23). */
export function createConfiguredClients(options: ConfiguredClientsOptions): ClientStore {
  const clients = new Map(
    options.config.clients.map((client) => [client.id, toClient(client, options)]),
  )
  return {
    find: async ({ tenant, clientId }) =>
      tenant === options.tenant ? clients.get(clientId) : undefined,
  }
}

function toClient(
  client: ParsedVaultConfig['clients'][number],
  options: ConfiguredClientsOptions,
): Client {
  return {
    tenant: options.tenant,
    id: client.id,
    name: client.name ?? client.id,
    authentication: authenticationOf(client, options),
    redirectUris: client.redirectUris,
    grants: ['token_exchange', 'auth0_token_exchange'],
    connections: client.connections,
    subjects: client.subjects,
    consent: client.consent,
    myAccountScopes: client.myAccountScopes,
  }
}

function authenticationOf(
  { id, jwks }: ParsedVaultConfig['clients'][number],
  { secrets, hasher }: ConfiguredClientsOptions,
): ClientAuthenticationMethod {
  if (jwks !== undefined) return { method: 'private_key_jwt', keys: jwks.keys }
  const secretHashes = (secrets.clients.get(id) ?? []).map((secret) => hasher.hash(secret))
  return { method: 'client_secret', secretHashes }
}
