import type { ProviderDefinition } from '@valetkey/providers'

import type { LoginFacts } from '../domain/connection.ts'

/** What the vault must know of a provider to let people log in with it. */
export function loginFactsOf({
  issuer,
  authorizationEndpoint,
  identity,
}: ProviderDefinition): LoginFacts {
  return {
    // A provider without an issuer numbers its users for the whole of its site.
    issuer: issuer ?? new URL(authorizationEndpoint).origin,
    // OpenID Connect Core section 5.4; elsewhere an access token without scopes is enough to ask who it is.
    scopes: identity.source === 'id_token' ? ['openid', 'profile', 'email'] : [],
  }
}
