import { ValetKeyError } from './valet-key-error.ts'

/** What the environment may say; `undefined` where it says nothing. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The settings of one vault, as written; not yet validated. */
export interface EnvironmentSettings {
  readonly issuer?: string | undefined
  readonly domain?: string | undefined
  readonly clientId?: string | undefined
  readonly clientSecret?: string | undefined
}

/** Which settings the options leave to the environment. */
export interface MissingSettings extends EnvironmentSettings {
  /** With a private key no secret is needed, and none is read. */
  readonly needsSecret: boolean
}

const valetKeySet = {
  address: 'VALETKEY_ISSUER',
  clientId: 'VALETKEY_CLIENT_ID',
  clientSecret: 'VALETKEY_CLIENT_SECRET',
} as const
const auth0Set = {
  address: 'AUTH0_DOMAIN',
  clientId: 'AUTH0_CLIENT_ID',
  clientSecret: 'AUTH0_CLIENT_SECRET',
} as const

/** The process environment, or nothing on a runtime without one. Read at first use, never at import. */
export function processEnvironment(): Environment {
  return globalThis.process?.env ?? {}
}

/**
 * Fills what the options leave open from one set of variables: `VALETKEY_*` when any of them is set,
 * else `AUTH0_*`. Sets are never mixed, so that a secret cannot reach the other vault: an `issuer`
 * given as an option takes the first set, a `domain` the second.
 *
 * @throws {client_misconfigured} naming every variable that is missing
 */
export function fillFromEnvironment(
  given: MissingSettings,
  environment: Environment,
): EnvironmentSettings {
  const names = chooseSet(given, environment)
  const addressOption = given.issuer ?? given.domain
  const address = addressOption ?? read(environment, names.address)
  const clientId = given.clientId ?? read(environment, names.clientId)
  const clientSecret = given.needsSecret
    ? (given.clientSecret ?? read(environment, names.clientSecret))
    : undefined
  const missing = [
    ...(address === undefined ? [names.address] : []),
    ...(clientId === undefined ? [names.clientId] : []),
    ...(given.needsSecret && clientSecret === undefined ? [names.clientSecret] : []),
  ]
  if (missing.length > 0) {
    throw new ValetKeyError(
      'client_misconfigured',
      `The vault is not configured: set ${missing.join(', ')} in the environment, or pass the options.`,
    )
  }
  return names === auth0Set
    ? { domain: address, clientId, clientSecret }
    : { issuer: address, clientId, clientSecret }
}

function chooseSet(
  given: MissingSettings,
  environment: Environment,
): typeof valetKeySet | typeof auth0Set {
  if (given.issuer !== undefined) return valetKeySet
  if (given.domain !== undefined) return auth0Set
  const has = (name: string): boolean => read(environment, name) !== undefined
  if (Object.values(valetKeySet).some(has)) return valetKeySet
  return Object.values(auth0Set).some(has) ? auth0Set : valetKeySet
}

function read(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim()
  return value === '' ? undefined : value
}
