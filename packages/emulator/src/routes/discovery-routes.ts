import type { EmulatedProvider, Emulation } from '../emulation.ts'
import { providerEndpoint } from '../provider-endpoint.ts'
import { jsonReply } from '../reply.ts'

/** `GET /.well-known/openid-configuration`, OpenID Connect Discovery section 4. */
export function discoveryRoute(
  emulation: Emulation,
  provider: EmulatedProvider,
): (request: Request) => Promise<Response> {
  return providerEndpoint(emulation, provider, {
    route: 'discovery',
    faultPoints: () => ['discovery'],
    handle: ({ definition }) =>
      jsonReply({
        issuer: definition.issuer,
        authorization_endpoint: definition.authorizationEndpoint,
        token_endpoint: definition.tokenEndpoint,
        jwks_uri: definition.jwksUri,
        userinfo_endpoint: `${definition.issuer?.replace(/\/$/, '')}/userinfo`,
        ...(definition.revocation?.style === 'rfc7009' && {
          revocation_endpoint: definition.revocation.endpoint,
        }),
        response_types_supported: ['code'],
        grant_types_supported: ['authorization_code', 'refresh_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        token_endpoint_auth_methods_supported: [definition.clientAuthentication],
        ...(definition.pkce === 'S256' && { code_challenge_methods_supported: ['S256'] }),
      }),
  })
}

/** The public keys of a provider with an issuer, RFC 7517 section 5. */
export function jwksRoute(
  emulation: Emulation,
  provider: EmulatedProvider,
): (request: Request) => Promise<Response> {
  return providerEndpoint(emulation, provider, {
    route: 'jwks',
    faultPoints: () => ['jwks'],
    handle: async () => jsonReply({ keys: await emulation.keys.published(provider.id) }),
  })
}
