import type { ProviderDefinition } from '@valetkey/providers'

/** The definition with every URL moved to the emulator: `https://host/path` becomes `{baseUrl}/{id}/path`. */
export function emulatedDefinition(
  definition: ProviderDefinition,
  baseUrl: string,
): ProviderDefinition {
  const moved = (url: string): string => baseUrl + localPath(definition.id, url)
  return {
    ...definition,
    ...(definition.issuer !== undefined && { issuer: moved(definition.issuer) }),
    ...(definition.jwksUri !== undefined && { jwksUri: moved(definition.jwksUri) }),
    authorizationEndpoint: moved(definition.authorizationEndpoint),
    tokenEndpoint: moved(definition.tokenEndpoint),
    ...(definition.revocation && {
      revocation: { ...definition.revocation, endpoint: moved(definition.revocation.endpoint) },
    }),
    identity:
      definition.identity.source === 'userinfo'
        ? { ...definition.identity, endpoint: moved(definition.identity.endpoint) }
        : definition.identity,
    apiOrigins: [...new Set(definition.apiOrigins.map((origin) => withSlash(moved(origin))))],
    ...(definition.consentOrigins && { consentOrigins: [new URL(baseUrl).origin] }),
  }
}

/** Where the emulator answers for a provider's URL: `/{id}/path`. */
export function localPath(providerId: string, url: string): string {
  // By text, because a URL object would encode the braces of `{client_id}`.
  return `/${providerId}${url.replace(/^https?:\/\/[^/]+/, '')}`
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`
}
