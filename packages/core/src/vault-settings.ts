import type { CheckedOptions } from './checked-options.ts'
import type { ClientCredential } from './client-authentication.ts'
import type { DpopKeySource } from './dpop-key.ts'
import { type Environment, fillFromEnvironment } from './environment.ts'
import { ValetKeyError } from './valet-key-error.ts'
import { parseDomain, parseIssuer, type VaultAddress } from './vault-address.ts'
import type { Dialect } from './wire-codes.ts'

/** Which vault, as which client. */
export interface VaultSettings {
  readonly address: VaultAddress
  readonly dialect: Dialect
  readonly clientId: string
  readonly credential: ClientCredential
  readonly dpop: DpopKeySource | undefined
  readonly timeoutSeconds: number
}

/**
 * The options, completed from the environment.
 *
 * @throws {client_misconfigured} when a variable is missing or wrong
 */
export function settleVault(options: CheckedOptions, environment: Environment): VaultSettings {
  const { privateKey, timeoutSeconds } = options
  const filled = fillFromEnvironment(
    {
      issuer: options.issuer?.issuer,
      domain: options.domain?.issuer,
      clientId: options.clientId,
      clientSecret: options.clientSecret,
      needsSecret: privateKey === undefined,
    },
    environment,
  )
  const isAuth0 = filled.domain !== undefined
  return {
    address: options.issuer ?? options.domain ?? addressFrom(filled),
    dialect: options.dialect ?? (isAuth0 ? 'auth0' : 'rfc8693'),
    clientId: filled.clientId ?? '',
    credential:
      privateKey === undefined
        ? { kind: 'secret', secret: filled.clientSecret ?? '' }
        : { kind: 'private_key', privateKey },
    dpop: options.dpop,
    timeoutSeconds,
  }
}

/** A wrong variable shows at first use, as a missing one does. */
function addressFrom({
  issuer = '',
  domain,
}: {
  readonly issuer?: string | undefined
  readonly domain?: string | undefined
}): VaultAddress {
  try {
    return domain === undefined
      ? parseIssuer(issuer, 'VALETKEY_ISSUER')
      : parseDomain(domain, 'AUTH0_DOMAIN')
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new ValetKeyError('client_misconfigured', `The environment is wrong: ${error.message}.`)
  }
}
