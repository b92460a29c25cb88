import { myAccountAudience } from '../../domain/vault-urls.ts'
import type { RouteHandler } from '../request-context.ts'

export interface ProtectedResourceRouteDependencies {
  readonly issuer: string
  readonly scopes: readonly string[]
  readonly dpopAlgorithms: readonly string[]
}

/** `GET /.well-known/oauth-protected-resource/me/`: who may call the connected-accounts API, and how (RFC 9728 section 2). */
export function protectedResourceRoute({
  issuer,
  scopes,
  dpopAlgorithms,
}: ProtectedResourceRouteDependencies): RouteHandler {
  const metadata = {
    resource: myAccountAudience(issuer),
    authorization_servers: [issuer],
    scopes_supported: scopes,
    bearer_methods_supported: ['header'],
    resource_name: 'Connected accounts',
    dpop_signing_alg_values_supported: dpopAlgorithms,
    dpop_bound_access_tokens_required: false,
  }
  return async () =>
    Response.json(metadata, { headers: { 'cache-control': 'public, max-age=300' } })
}
