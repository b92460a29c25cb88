import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

import type { ConfigProblem } from './config-error.ts'
import { ConfigError, formatPath } from './config-error.ts'
import type { ParsedVaultConfig } from './vault-config-schema.ts'

/** Where references lead. */
export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What `file:` paths are relative to. */
  readonly folder: string
  /** `refused` for configuration files: a secret in a file ends in version control. */
  readonly literals: 'allowed' | 'refused'
}

/** The secrets of a configuration, opened. Keep it out of logs. */
export interface ResolvedSecrets {
  /** By connection name. */
  readonly connections: ReadonlyMap<string, string>
  /** By client id; none for clients with keys. */
  readonly clients: ReadonlyMap<string, readonly string[]>
  /** By admin client id; none for those with keys. */
  readonly adminClients: ReadonlyMap<string, readonly string[]>
  /** The root key itself, or the path of the file that holds it. */
  readonly rootKey: { readonly path: string } | { readonly key: Uint8Array | string }
}

/** A client secret is stored as a plain hash, so it must not be guessable (256 bits as base64url are 43). */
const MINIMUM_CLIENT_SECRET_LENGTH = 32

/**
 * Follows every reference of a configuration.
 *
 * @throws {ConfigError} `config_invalid`, naming the fields; never the secrets
 */
export function resolveSecrets(config: ParsedVaultConfig, sources: SecretSources): ResolvedSecrets {
  const problems: ConfigProblem[] = []
  const read = (path: readonly PropertyKey[], reference: string): string => {
    const result = readSecret(reference, sources)
    if ('problem' in result) problems.push({ path: formatPath(path), message: result.problem })
    return 'secret' in result ? result.secret : ''
  }

  const connections = new Map(
    config.connections.map(({ name, clientSecret }, index) => [
      name,
      read(['connections', index, 'clientSecret'], clientSecret),
    ]),
  )
  const secretsOf = (
    { secret = [] }: { readonly secret?: readonly string[] | undefined },
    at: readonly PropertyKey[],
  ): readonly string[] =>
    secret.map((reference, which) => {
      const path = [...at, 'secret', which]
      const value = read(path, reference)
      if (value !== '' && value.length < MINIMUM_CLIENT_SECRET_LENGTH) {
        problems.push({
          path: formatPath(path),
          message: `is shorter than ${MINIMUM_CLIENT_SECRET_LENGTH} characters. Make a random one: openssl rand -base64 32`,
        })
      }
      return value
    })
  const clients = withSecrets(
    config.clients.map((client, index) => [client.id, secretsOf(client, ['clients', index])]),
  )
  const adminClients = withSecrets(
    (config.admin?.clients ?? []).map((client, index) => {
      const at = ['admin', 'clients', index]
      const secrets = secretsOf(client, at)
      const ofApps = new Set([...clients.values()].flat().filter((secret) => secret !== ''))
      if (secrets.some((secret) => ofApps.has(secret))) {
        problems.push({
          path: formatPath([...at, 'secret']),
          message: 'is the secret of an app, too. Whoever administers needs one of its own',
        })
      }
      return [client.id, secrets]
    }),
  )
  const rootKey = resolveRootKey(config, sources, problems)

  if (problems.length > 0) throw new ConfigError(problems)
  return { connections, clients, adminClients, rootKey }
}

function withSecrets(
  entries: readonly (readonly [string, readonly string[]])[],
): ReadonlyMap<string, readonly string[]> {
  return new Map(entries.filter(([, secrets]) => secrets.length > 0))
}

function readSecret(
  reference: string,
  { environment, folder, literals }: SecretSources,
): { readonly secret: string } | { readonly problem: string } {
  if (reference.startsWith('env:')) {
    const name = reference.slice(4)
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined
    return value === undefined || value === ''
      ? { problem: `refers to the environment variable ${JSON.stringify(name)}, which is not set` }
      : { secret: value }
  }
  if (reference.startsWith('file:')) {
    const path = resolve(folder, reference.slice(5))
    try {
      const secret = readFileSync(path, 'utf8').replace(/\r?\n$/, '')
      return secret === '' ? { problem: `refers to ${path}, which is empty` } : { secret }
    } catch (error) {
      return { problem: `refers to ${path}, which cannot be read (${codeOf(error)})` }
    }
  }
  return literals === 'allowed'
    ? { secret: reference }
    : { problem: 'is written into the file. Refer to it by "env:NAME" or "file:PATH"' }
}

function resolveRootKey(
  { keys }: ParsedVaultConfig,
  sources: SecretSources,
  problems: ConfigProblem[],
): ResolvedSecrets['rootKey'] {
  const path = 'keys.local'
  if (typeof keys.local !== 'string') return { key: keys.local }
  // The key service reads the file itself: it looks at its permissions too.
  if (keys.local.startsWith('file:')) return { path: resolve(sources.folder, keys.local.slice(5)) }
  if (!keys.local.startsWith('env:')) {
    problems.push({ path, message: 'must be "file:PATH" or "env:NAME" of a 32-byte key' })
    return { key: '' }
  }
  const result = readSecret(keys.local, sources)
  if ('problem' in result) problems.push({ path, message: result.problem })
  return { key: 'secret' in result ? result.secret : '' }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}
