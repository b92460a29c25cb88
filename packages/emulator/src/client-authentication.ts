import { timingSafeEqual } from 'node:crypto'
import type { ProviderDefinition } from '@valetkey/providers'
import type { EmulatedProvider, EmulatorClient } from './emulation.ts'
import { basicOf, type Incoming } from './incoming.ts'
import type { TokenRefusal } from './token-error.ts'

/** The client, or why it is not one. */
export type ClientResult =
  | { readonly ok: true; readonly client: EmulatorClient }
  | { readonly ok: false; readonly refusal: TokenRefusal }

/**
 * RFC 6749 section 2.3.1. Only the method that the definition names is taken, also where the real
 * provider takes more: what works here has to work there.
 */
export function authenticateClient(
  provider: EmulatedProvider,
  method: ProviderDefinition['clientAuthentication'],
  incoming: Incoming,
): ClientResult {
  const credentials =
    method === 'client_secret_basic' ? basicOf(incoming.headers) : credentialsInBody(incoming)
  if (credentials === undefined) {
    return {
      ok: false,
      refusal: { reason: 'client_authentication_missing', expected: method },
    }
  }
  const client = provider.clients.get(credentials.name)
  if (client === undefined) return { ok: false, refusal: { reason: 'client_unknown' } }
  if (!isSame(client.clientSecret, credentials.password)) {
    return { ok: false, refusal: { reason: 'client_secret_wrong' } }
  }
  return { ok: true, client }
}

function credentialsInBody({
  body,
}: Incoming): { readonly name: string; readonly password: string } | undefined {
  const name = body['client_id']
  const password = body['client_secret']
  return typeof name === 'string' && typeof password === 'string' ? { name, password } : undefined
}

function isSame(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}
