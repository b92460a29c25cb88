import type { RouteHandler } from '../request-context.ts'

export interface MetadataRouteDependencies {
  /** With its trailing slash. */
  readonly issuer: string
  readonly grantTypes: readonly string[]
  /** For `private_key_jwt`. */
  readonly assertionAlgorithms: readonly string[]
}

/**
 * `GET /.well-known/oauth-authorization-server`, RFC 8414 section 3. The same document is served as
 * `/.well-known/openid-configuration` for clients that look nowhere else; it names only what there is.
 */
export function metadataRoute(dependencies: MetadataRouteDependencies): RouteHandler {
  const { issuer, grantTypes, assertionAlgorithms } = dependencies
  const metadata = {
    issuer,
    token_endpoint: `${issuer}oauth/token`,
    jwks_uri: `${issuer}.well-known/jwks.json`,
    response_types_supported: [],
    grant_types_supported: grantTypes,
    token_endpoint_auth_methods_supported: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
    ],
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
  }
  return async () =>
    Response.json(metadata, { headers: { 'cache-control': 'public, max-age=300' } })
}
