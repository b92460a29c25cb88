import type { PublicKeys } from '../../ports/access-tokens.ts'
import type { RouteHandler } from '../request-context.ts'

/** `GET /.well-known/jwks.json`: the keys that verify the vault's own tokens, RFC 7517 section 5. */
export function jwksRoute({ publicKeys }: { readonly publicKeys: PublicKeys }): RouteHandler {
  return async () =>
    Response.json(await publicKeys.jwks(), {
      headers: { 'cache-control': 'public, max-age=300', 'content-type': 'application/json' },
    })
}
