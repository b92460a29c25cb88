import type { AdminRefusal } from '../domain/admin.ts'
import type { ClientSecret, RegistrationKind } from '../domain/registration.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { RegistrationRequest } from '../ports/registry.ts'
import { findProblems } from './check-vault-config.ts'
import { withOverScopes } from './client-settings.ts'
import { RegisteredClient, RegisteredConnection } from './registered-settings.ts'
import type { ParsedVaultConfig } from './vault-config-schema.ts'

export interface CheckRegistrationOptions {
  readonly config: ParsedVaultConfig
  /** Of all that is registered. */
  readonly namesOf: (kind: RegistrationKind) => Promise<readonly string[]>
}

export type CheckRegistration = (
  request: Pick<RegistrationRequest, 'kind' | 'settings' | 'secrets'>,
) => Promise<Result<RegisteredClient | RegisteredConnection, InvalidSettings>>

type InvalidSettings = Extract<AdminRefusal, { readonly reason: 'invalid_settings' }>

/** The rules of the configuration file, for one more client or connection of it. */
export function checkRegistration({
  config,
  namesOf,
}: CheckRegistrationOptions): CheckRegistration {
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

  function withConnection(connection: RegisteredConnection): ParsedVaultConfig {
    return { ...config, connections: [{ ...connection, clientSecret: '' }, ...config.connections] }
  }

  return async ({ kind, settings, secrets }) => {
    const schema = kind === 'client' ? RegisteredClient : RegisteredConnection
    const parsed = schema.safeParse(settings)
    if (!parsed.success) {
      const problems = parsed.error.issues.map(({ path, message }) => ({ path, message }))
      return refuse({ reason: 'invalid_settings', problems })
    }
    const { data } = parsed
    const problems = findProblems(
      'id' in data ? await withClient(data, secrets) : withConnection(data),
    )
    const own = problems
      .filter(({ path: [list, index] }) => list === `${kind}s` && index === 0)
      .map(({ path, message }) => ({ path: path.slice(2), message }))
    return own.length > 0 ? refuse({ reason: 'invalid_settings', problems: own }) : accept(data)
  }
}

/** Of another connection only the name counts. */
function standIn(name: string): ParsedVaultConfig['connections'][number] {
  return { name, provider: 'google', clientId: '', clientSecret: '', scopes: [] }
}
