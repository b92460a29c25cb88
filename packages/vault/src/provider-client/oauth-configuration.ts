import { allowInsecureRequests, Configuration, customFetch, type CustomFetch } from 'openid-client'

import { clientAuthentication } from './client-authentication.ts'
import type { ProviderConnection } from './provider-connection.ts'

/** openid-client's view of one connection, for one call; every request it makes goes through `fetch`. */
export function oauthConfiguration(
  { definition, clientId, clientSecret }: ProviderConnection,
  fetch: CustomFetch,
): Configuration {
  const configuration = new Configuration(
    {
      // Without an issuer none is ever compared: neither an ID token nor a foreign `iss` is handed to openid-client.
      issuer: definition.issuer ?? new URL(definition.authorizationEndpoint).origin,
      authorization_endpoint: definition.authorizationEndpoint,
      token_endpoint: definition.tokenEndpoint,
      ...(definition.revocation && { revocation_endpoint: definition.revocation.endpoint }),
    },
    clientId,
    undefined,
    clientAuthentication(definition.clientAuthentication, { clientId, clientSecret }),
  )
  configuration[customFetch] = fetch
  // The guarded fetch has the time limit, and decides where http is allowed.
  configuration.timeout = undefined
  allowInsecureRequests(configuration)
  return configuration
}
