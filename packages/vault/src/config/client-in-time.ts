import type { Client, ClientAuthenticationMethod } from '../domain/client.ts'
import { type ClientSecret, liveSecrets } from '../domain/registration.ts'
import { withOverScopes } from './client-settings.ts'
import { toClient } from './configured-clients.ts'
import type { RegisteredClient, SealedClient } from './registered-settings.ts'

/**
 * A registered client as it is at a time: what its secrets are worth changes with time alone. The same value until one
 * runs out.
 */
export function clientInTime(
  { settings, secrets }: SealedClient,
  { tenant }: { readonly tenant: string },
): (now: number) => Client {
  let known: { readonly live: number; readonly client: Client } | undefined
  return (now) => {
    const live = liveSecrets(secrets, now)
    if (known?.live === live.length) return known.client
    const client = toClient(withOverScopes(settings), {
      tenant,
      authentication: authenticationOf(settings, live),
    })
    known = { live: live.length, client }
    return client
  }
}

function authenticationOf(
  { type, jwks }: RegisteredClient,
  secrets: readonly ClientSecret[],
): ClientAuthenticationMethod {
  if (type === 'public') return { method: 'none' }
  if (jwks !== undefined) return { method: 'private_key_jwt', keys: jwks.keys }
  const secretHashes = secrets.map(({ hash }) => Buffer.from(hash, 'base64url'))
  return { method: 'client_secret', secretHashes }
}
