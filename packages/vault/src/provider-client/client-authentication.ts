import type { ProviderDefinition } from '@valetkey/providers'
import { ClientSecretPost, type ClientAuth } from 'openid-client'

/** The vault's credentials as OAuth client of a provider. */
export interface ClientCredentials {
  readonly clientId: string
  readonly clientSecret: string
}

/** How the vault proves itself at a provider's token endpoint, for openid-client (RFC 6749 section 2.3.1). */
export function clientAuthentication(
  method: ProviderDefinition['clientAuthentication'],
  credentials: ClientCredentials,
): ClientAuth {
  switch (method) {
    case 'client_secret_post':
      return ClientSecretPost(credentials.clientSecret)
    case 'client_secret_basic':
      return (_server, _client, _body, headers) => {
        headers.set('authorization', basicAuthorization(credentials))
      }
  }
}

/**
 * The `Authorization` header of HTTP Basic. Encodes both halves as a form does, which leaves `-`, `.` and `_` alone:
 * openid-client's own function encodes those too, and providers that do not decode (they appear in nearly every client
 * id) would then see another client.
 */
export function basicAuthorization({ clientId, clientSecret }: ClientCredentials): string {
  const pair = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`
  return `Basic ${btoa(pair)}`
}

function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
