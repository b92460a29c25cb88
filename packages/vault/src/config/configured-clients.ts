import {
  type Client,
  type ClientAuthenticationMethod,
  type GrantType,
  isConfidential,
} from '../domain/client.ts'
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
  const { tenant } = options
  const clients = new Map(
    options.config.clients.map((client) => {
      const authentication = authenticationOf(client, options)
      return [client.id, toClient(client, { tenant, authentication })]
    }),
  )
  const origins = new Set(
    [...clients.values()]
      .filter((client) => !isConfidential(client))
      .flatMap((client) => client.origins),
  )
  return {
    find: async (query) => (query.tenant === tenant ? clients.get(query.clientId) : undefined),
    origins: async (query) => (query.tenant === tenant ? origins : new Set()),
  }
}

/** A client of the configuration, or one registered with the same settings. */
export function toClient(
  client: Omit<ParsedVaultConfig['clients'][number], 'secret'>,
  {
    tenant,
    authentication,
  }: { readonly tenant: string; readonly authentication: ClientAuthenticationMethod },
): Client {
  return {
    tenant,
    id: client.id,
    name: client.name ?? client.id,
    authentication,
    redirectUris: client.redirectUris,
    postLogoutRedirectUris: client.postLogoutRedirectUris,
    origins: client.origins,
    grants: client.grants ?? DEFAULT_GRANTS[client.type],
    connections: client.connections,
    apis: client.apis,
    api: client.api,
    subjects: client.subjects,
    signedSubjects: client.signedSubjects,
    actors: client.actors,
    impersonation: client.impersonation,
    consent: client.consent,
    myAccountScopes: client.myAccountScopes,
    refreshTokens: {
      ...client.refreshTokens,
      rotation: client.refreshTokens.rotation ?? DEFAULT_ROTATION[client.type],
    },
    idTokenAlgorithm: client.idTokenAlgorithm,
    dpop: client.dpop,
    backchannelLogoutUri: client.backchannelLogoutUri,
  }
}

const DEFAULT_GRANTS = {
  confidential: ['token_exchange', 'auth0_token_exchange'],
  public: ['authorization_code', 'refresh_token'],
} as const satisfies Record<string, readonly GrantType[]>

/** RV-50: a public client's refresh token is of use to whoever holds it. */
const DEFAULT_ROTATION = { confidential: 'never', public: 'always' } as const

function authenticationOf(
  { id, type, jwks }: ParsedVaultConfig['clients'][number],
  { secrets, hasher }: ConfiguredClientsOptions,
): ClientAuthenticationMethod {
  if (type === 'public') return { method: 'none' }
  if (jwks !== undefined) return { method: 'private_key_jwt', keys: jwks.keys }
  const secretHashes = (secrets.clients.get(id) ?? []).map((secret) => hasher.hash(secret))
  return { method: 'client_secret', secretHashes }
}
