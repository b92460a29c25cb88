import { findProvider, type ProviderDefinition, providers } from '@valetkey/providers'

import { isLoopbackHost } from '../domain/loopback-host.ts'
import { loginFactsOf } from '../provider-client/login-facts-of.ts'
import type { ParsedVaultConfig } from './vault-config-schema.ts'

/** Somebody who is believed to say who a user is, under names of this issuer. */
interface Voucher {
  readonly issuer: string
  readonly origins: readonly string[]
}

/**
 * Users are known by issuer and name, so whoever speaks for an issuer speaks for all its users. What describes a
 * provider itself may name any issuer: one that others speak for already takes the same servers.
 *
 * @returns what is wrong with a provider that the configuration describes itself
 */
export function checkLoginIssuer(
  definition: ProviderDefinition,
  config: ParsedVaultConfig,
): string | undefined {
  const origins = speakers(definition).map(originOf)
  // A definition that is not whole is reported where it is not.
  if (origins.includes(undefined) || originOf(definition.authorizationEndpoint) === undefined) {
    return undefined
  }
  const { issuer } = loginFactsOf(definition)
  if (isOwnIssuer(issuer, config)) {
    return "names the vault's own issuer. Its users are the vault's, and no provider's"
  }
  // Providers that are emulated share an address, and there is nobody to be taken for.
  const host = URL.parse(issuer)?.hostname ?? ''
  if (config.development.dangerouslyAllowLoopbackHttp && isLoopbackHost(host)) return undefined
  const isForged = vouchers(config).some(
    (voucher) =>
      voucher.issuer === issuer &&
      origins.some((origin) => origin !== undefined && !voucher.origins.includes(origin)),
  )
  return isForged
    ? `says who the users of ${issuer} are, from other servers than what speaks for it already`
    : undefined
}

/** What is wrong with an issuer under which a client signs for users. */
export function checkSigningIssuer(issuer: string, config: ParsedVaultConfig): string | undefined {
  if (isOwnIssuer(issuer, config)) return "is the vault's own. Give the app's address"
  return vouchers(config).some((voucher) => voucher.issuer === issuer)
    ? "is a login system's: the client could sign for users that it does not know. Give the app's address"
    : undefined
}

function isOwnIssuer(issuer: string, config: ParsedVaultConfig): boolean {
  return config.issuer !== undefined && [config.issuer, config.issuer.slice(0, -1)].includes(issuer)
}

function vouchers({ connections, trustedIssuers }: ParsedVaultConfig): readonly Voucher[] {
  const configured = connections.map(({ provider }) =>
    typeof provider === 'string' ? findProvider(provider) : provider,
  )
  const catalog = Object.values(providers)
  return [
    ...[...configured, ...catalog].flatMap((definition) => {
      if (definition === undefined || originOf(definition.authorizationEndpoint) === undefined) {
        return []
      }
      const { issuer } = loginFactsOf(definition)
      return [
        { issuer, origins: definedOrigins([...speakers(definition), definition.tokenEndpoint]) },
      ]
    }),
    ...trustedIssuers.map(({ issuer, jwksUri }) => ({
      issuer,
      origins: definedOrigins([issuer, jwksUri]),
    })),
  ]
}

/** Where it is said who the user is. */
function speakers({ identity, jwksUri, tokenEndpoint }: ProviderDefinition): readonly string[] {
  switch (identity.source) {
    case 'id_token':
      return [jwksUri ?? tokenEndpoint]
    case 'userinfo':
      return [identity.endpoint, tokenEndpoint]
    case 'token_response':
      return [tokenEndpoint]
  }
}

function definedOrigins(urls: readonly string[]): readonly string[] {
  return urls.map(originOf).filter((origin) => origin !== undefined)
}

function originOf(url: string): string | undefined {
  return URL.parse(url)?.origin
}
