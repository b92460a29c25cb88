import { myAccountAudience } from '../../domain/vault-urls.ts'
import type { RouteHandler } from '../request-context.ts'

export interface MetadataRouteDependencies {
  /** With its trailing slash. */
  readonly issuer: string
  readonly grantTypes: readonly string[]
  /** For `private_key_jwt`. */
  readonly assertionAlgorithms: readonly string[]
  readonly dpopAlgorithms: readonly string[]
}

const CONFIDENTIAL_METHODS: readonly string[] = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
]

/**
 * `GET /.well-known/oauth-authorization-server`, RFC 8414 section 3. The same document is served as
 * `/.well-known/openid-configuration` for clients that look nowhere else; it names only what there is.
 */
export function metadataRoute(dependencies: MetadataRouteDependencies): RouteHandler {
  const { issuer, grantTypes, assertionAlgorithms, dpopAlgorithms } = dependencies
  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}authorize`,
    token_endpoint: `${issuer}oauth/token`,
    pushed_authorization_request_endpoint: `${issuer}oauth/par`,
    device_authorization_endpoint: `${issuer}oauth/device/code`,
    backchannel_authentication_endpoint: `${issuer}bc-authorize`,
    revocation_endpoint: `${issuer}oauth/revoke`,
    introspection_endpoint: `${issuer}oauth/introspect`,
    userinfo_endpoint: `${issuer}userinfo`,
    end_session_endpoint: `${issuer}oidc/logout`,
    jwks_uri: `${issuer}.well-known/jwks.json`,
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    grant_types_supported: grantTypes,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    require_pushed_authorization_requests: false,
    dpop_signing_alg_values_supported: dpopAlgorithms,
    backchannel_token_delivery_modes_supported: ['poll'],
    backchannel_user_code_parameter_supported: false,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    scopes_supported: ['openid', 'offline_access', 'profile', 'email'],
    claims_supported: [
      'sub',
      'iss',
      'aud',
      'exp',
      'iat',
      'auth_time',
      'acr',
      'amr',
      'sid',
      'name',
      'picture',
      'email',
      'email_verified',
    ],
    claims_parameter_supported: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    ...Object.fromEntries(
      ['token', 'revocation', 'introspection'].flatMap((endpoint) => [
        [
          `${endpoint}_endpoint_auth_methods_supported`,
          endpoint === 'introspection' ? CONFIDENTIAL_METHODS : [...CONFIDENTIAL_METHODS, 'none'],
        ],
        [`${endpoint}_endpoint_auth_signing_alg_values_supported`, assertionAlgorithms],
      ]),
    ),
    protected_resources: [myAccountAudience(issuer)],
  }
  return async () =>
    Response.json(metadata, { headers: { 'cache-control': 'public, max-age=300' } })
}
