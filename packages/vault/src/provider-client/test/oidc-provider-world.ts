import { customOidc } from '@valetkey/providers'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ClientAuthMethod, Provider } from 'oidc-provider'
import { vi } from 'vitest'

import type { Connection } from '../../domain/connection.ts'
import type { ProviderClient } from '../../ports/provider-client.ts'
import { createOutboundFetch } from '../outbound-fetch.ts'
import { createProviderClient } from '../provider-client.ts'
import { connectionOf, REDIRECT_URI } from './emulated-world.ts'

const CLIENT_ID = 'vault-client.with_odd~id'
const CLIENT_SECRET = 'a secret: with + signs % and = more-than_32-characters'

/** A provider that we did not write, on loopback, with a user who agrees to everything. */
export interface OidcProviderWorld {
  readonly client: ProviderClient
  readonly connection: Connection
  readonly close: () => Promise<void>
  /** What a browser does from the authorization URL on, cookies included; resolves to the query it comes back with. */
  readonly browse: (url: URL) => Promise<URLSearchParams>
  readonly advance: (seconds: number) => void
}

export async function startOidcProvider(
  clientAuthentication: 'client_secret_basic' | 'client_secret_post',
  overrides: { readonly clientSecret?: string } = {},
): Promise<OidcProviderWorld> {
  let serve: (request: IncomingMessage, response: ServerResponse) => void = () => undefined
  const server = createServer((request, response) => {
    serve(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  serve = handlerOf(withoutWarnings(() => newProvider(issuer, clientAuthentication)))

  const definition = customOidc({
    id: 'second',
    issuer,
    jwksUri: `${issuer}/jwks`,
    authorizationEndpoint: `${issuer}/auth`,
    tokenEndpoint: `${issuer}/token`,
    revocation: { endpoint: `${issuer}/token/revocation`, scope: 'grant' },
    clientAuthentication,
    callbackIssuer: 'always',
    scopesForRefresh: ['offline_access'],
    authorizationParameters: { prompt: 'consent' },
    apiOrigins: [issuer],
    dangerouslyAllowInsecureLoopback: true,
  })
  const connection = {
    definition,
    clientId: CLIENT_ID,
    clientSecret: overrides.clientSecret ?? CLIENT_SECRET,
  }
  let ahead = 0
  return {
    client: createProviderClient({
      connections: new Map([['second', connection]]),
      outboundFetch: createOutboundFetch({ allowLoopback: true }),
      runtime: {
        now: () => Math.floor(Date.now() / 1000) + ahead,
        randomBytes: (length) => new Uint8Array(length),
        sleep: () => Promise.resolve(),
      },
    }),
    connection: connectionOf('second', connection),
    browse,
    advance: (seconds) => {
      ahead += seconds
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** It warns that its keys and grants last no longer than the process, which is what a test wants. */
function withoutWarnings<Value>(make: () => Value): Value {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  try {
    return make()
  } finally {
    warn.mockRestore()
  }
}

function newProvider(issuer: string, clientAuthentication: ClientAuthMethod): Provider {
  return new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [REDIRECT_URI],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: clientAuthentication,
      },
    ],
    claims: { openid: ['sub'], email: ['email'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['a key of this test only'] },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: () => true },
    },
    findAccount: (_context: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId, email: `${accountId}@example.com` }),
    }),
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: 600,
      Grant: 600,
      IdToken: 600,
      Interaction: 600,
      RefreshToken: 600,
      Session: 600,
    },
  })
}

function handlerOf(
  provider: Provider,
): (request: IncomingMessage, response: ServerResponse) => void {
  const callback = provider.callback()
  return (request, response) => {
    if (request.url?.startsWith('/interaction/') === true) {
      void agree(provider, request, response)
    } else {
      void callback(request, response)
    }
  }
}

async function agree(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { params } = await provider.interactionDetails(request, response)
  const grant = new provider.Grant({ accountId: 'ada', clientId: CLIENT_ID })
  grant.addOIDCScope(String(params['scope']))
  await provider.interactionFinished(request, response, {
    login: { accountId: 'ada' },
    consent: { grantId: await grant.save() },
  })
}

async function browse(start: URL): Promise<URLSearchParams> {
  const cookies = new Map<string, string>()
  let url = start
  for (let hop = 0; hop < 10; hop += 1) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split('=')
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) throw new Error(`${response.status} ${await response.text()}`)
    url = new URL(location, url)
    if (url.href.startsWith(REDIRECT_URI)) return url.searchParams
  }
  throw new Error('The provider redirects in circles')
}
