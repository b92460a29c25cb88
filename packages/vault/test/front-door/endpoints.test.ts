import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import {
  APP_ORIGIN,
  CALENDAR,
  CLIENT,
  EXCHANGE,
  JWT,
  startVaultWorld,
  type VaultWorld,
} from './vault-world.ts'

let world: VaultWorld
beforeAll(async () => {
  world = await startVaultWorld()
})
afterAll(async () => {
  await world.close()
})

async function get(path: string, init?: RequestInit): Promise<Response> {
  return fetch(new URL(path, world.vault.url), { redirect: 'manual', ...init })
}

/** What a standard client makes of the metadata. */
async function discover(): Promise<client.Configuration> {
  return client.discovery(
    new URL(world.vault.issuer),
    CLIENT.id,
    undefined,
    client.ClientSecretBasic(CLIENT.secret),
    { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
  )
}

describe('metadata', () => {
  test.each(['oauth-authorization-server', 'openid-configuration'])(
    '%s names the issuer it was asked at, and endpoints that answer',
    async (name) => {
      const response = await get(`/.well-known/${name}`)
      const metadata = (await response.json()) as Record<string, string>

      expect(metadata['issuer']).toBe(world.vault.issuer)
      expect((await get(metadata['jwks_uri'] ?? '')).status).toBe(200)
      expect((await get(metadata['token_endpoint'] ?? '', { method: 'POST' })).status).toBe(400)
    },
  )

  test('publishes public keys only', async () => {
    const response = await get('/.well-known/jwks.json')
    const { keys } = (await response.json()) as { keys: Record<string, unknown>[] }

    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) {
      expect(key).toMatchObject({ use: 'sig', alg: expect.any(String), kid: expect.any(String) })
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'])
        expect(key).not.toHaveProperty(member)
    }
  })

  test('is all that a standard client needs for an exchange', async () => {
    await world.connect('demo', { scopes: [CALENDAR] })

    const config = await discover()
    const tokens = await client.genericGrantRequest(config, EXCHANGE, {
      subject_token: await world.login('demo'),
      subject_token_type: JWT,
      audience: 'google-oauth2',
      scope: CALENDAR,
    })

    expect(tokens.access_token).toMatch(/./)
    expect(tokens.expiresIn()).toBeGreaterThan(0)
  })
})

test.each([
  ['GET', '/oauth/token', 405, 'POST'],
  ['PUT', '/connect', 405, 'GET, POST'],
  ['HEAD', '/connect', 405, 'GET, POST'],
  ['HEAD', '/callback/google-oauth2', 405, 'GET'],
  ['OPTIONS', '/me/v1/connected-accounts/accounts', 405, 'GET'],
  ['POST', '/me/v1/connected-accounts/accounts/cac_1', 405, 'DELETE, PATCH'],
  ['POST', '/.well-known/jwks.json', 405, 'GET, HEAD'],
  ['GET', '/oauth/token/', 404, null],
  ['GET', '/', 404, null],
  ['GET', '/admin', 404, null],
  ['HEAD', '/healthz', 200, null],
  ['GET', '/healthz', 200, null],
  ['GET', '/readyz', 200, null],
])('%s %s is answered %i', async (method, path, status, allow) => {
  const response = await get(path, { method })

  expect(response.status).toBe(status)
  expect(response.headers.get('allow')).toBe(allow)
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  expect(response.headers.get('referrer-policy')).toBe('no-referrer')
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9A-Za-z]{22}$/)
  expect(response.headers.has('access-control-allow-origin')).toBe(false)
  expect(response.headers.has('x-powered-by')).toBe(false)
})

const SCRIPT_PATHS = [
  ['POST', '/oauth/token'],
  ['POST', '/oauth/revoke'],
  ['GET', '/userinfo'],
  ['POST', '/userinfo'],
  ['GET', '/.well-known/jwks.json'],
  ['GET', '/.well-known/openid-configuration'],
  ['GET', '/.well-known/oauth-authorization-server'],
  ['GET', '/.well-known/oauth-protected-resource/me/'],
  ['GET', '/me/v1/connected-accounts/accounts'],
  ['GET', '/me/v1/connected-accounts/connections'],
  ['POST', '/me/v1/connected-accounts/connect'],
  ['POST', '/me/v1/connected-accounts/complete'],
  ['DELETE', '/me/v1/connected-accounts/accounts/cac_1'],
] as const

test.each(SCRIPT_PATHS)(
  'R26: scripts of a public client may call %s %s, and others may not',
  async (method, path) => {
    const answers = async (origin: string) => [
      await get(path, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': method },
      }),
      await get(path, { method, headers: { origin } }),
    ]

    const [asked, sent] = await answers(APP_ORIGIN)
    const others = await answers('https://evil.example.com')

    expect(asked?.status).toBe(204)
    expect(asked?.headers.get('access-control-allow-methods')).toContain(method)
    for (const answer of [asked, sent]) {
      expect(answer?.headers.get('access-control-allow-origin')).toBe(APP_ORIGIN)
      expect(answer?.headers.get('vary')).toContain('Origin')
    }
    for (const { headers } of others) {
      expect(headers.has('access-control-allow-origin')).toBe(false)
    }
  },
)

test('R26, RV-08: no script reads what a confidential client is answered', async () => {
  const body = new URLSearchParams({
    grant_type: EXCHANGE,
    client_id: CLIENT.id,
    client_secret: CLIENT.secret,
    subject_token: await world.login('demo'),
    subject_token_type: JWT,
    audience: 'google-oauth2',
  })

  const { headers, status } = await get('/oauth/token', {
    method: 'POST',
    body,
    headers: { origin: APP_ORIGIN },
  })

  expect(status).toBe(200)
  expect(headers.has('access-control-allow-origin')).toBe(false)
})

test.each(['me/', 'me'])(
  'RV-120: metadata of the connected-accounts API is at oauth-protected-resource/%s',
  async (name) => {
    const response = await get(`/.well-known/oauth-protected-resource/${name}`)

    expect(await response.json()).toEqual({
      resource: `${world.vault.issuer}me/`,
      authorization_servers: [world.vault.issuer],
      scopes_supported: [
        ...['create', 'read', 'update', 'delete'].map((verb) => `${verb}:me:connected_accounts`),
        'read:me:consents',
        'delete:me:consents',
        'read:me:approvals',
        'write:me:approvals',
      ],
      bearer_methods_supported: ['header'],
      resource_name: 'Connected accounts',
      dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'],
      dpop_bound_access_tokens_required: false,
    })
  },
)

test('RV-05: answers that carry tokens are not stored, whoever asks', async () => {
  const answers = [
    await world.exchange('demo'),
    await world.exchange('demo', { audience: `${world.vault.issuer}me/` }),
    await world.exchange('demo', { audience: 'notion' }),
    await world.me('demo', 'GET', '/accounts'),
  ]

  for (const { headers } of answers) {
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('pragma')).toBe('no-cache')
    expect(headers.get('content-type')).toMatch(/^application\/json/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  }
})

test.each([
  'missing_token',
  'invalid_token',
  'insufficient_scope',
  'invalid_dpop_proof',
  'use_dpop_nonce',
  'invalid_request',
  'unsupported_media_type',
  'content_too_large',
  'connection_not_allowed',
  'scopes_not_allowed',
  'session_invalid',
  'account_changed',
  'account_not_found',
  'too_many_attempts',
  'too_many_requests',
  'temporarily_unavailable',
])('the type of the problem %s leads to a page', async (code) => {
  expect((await get(`/errors/${code}`)).status).toBe(200)
})

test('a standard client binds its tokens to its key by DPoP, challenge for a nonce included', async () => {
  const config = await discover()
  const handle = client.getDPoPHandle(config, await client.randomDPoPKeyPair())
  const tokens = await client.genericGrantRequest(
    config,
    EXCHANGE,
    {
      subject_token: await world.login('demo'),
      subject_token_type: JWT,
      audience: `${world.vault.issuer}me/`,
    },
    { DPoP: handle },
  )
  const url = new URL('/me/v1/connected-accounts/accounts', world.vault.url)
  const ask = () =>
    client.fetchProtectedResource(config, tokens.access_token, url, 'GET', undefined, undefined, {
      DPoP: handle,
    })

  const answer = await ask()

  expect(tokens.token_type).toBe('dpop')
  expect(answer.status).toBe(200)
  expect(
    (await get(url.pathname, { headers: { authorization: `Bearer ${tokens.access_token}` } }))
      .status,
  ).toBe(401)
})

test('RV-08, R26: a browser of another site gets no leave to read anything', async () => {
  const headers = { origin: 'https://evil.example.com' }

  const answers = await Promise.all([
    get('/oauth/token', { method: 'POST', headers }),
    get('/oauth/token', {
      method: 'OPTIONS',
      headers: { ...headers, 'access-control-request-method': 'POST' },
    }),
    get('/.well-known/jwks.json', { headers }),
  ])

  for (const answer of answers) {
    expect(answer.headers.has('access-control-allow-origin')).toBe(false)
  }
})

test('RV-01: credentials in the query are not looked at', async () => {
  const query = new URLSearchParams({
    grant_type: EXCHANGE,
    client_id: CLIENT.id,
    client_secret: CLIENT.secret,
  })

  const answer = await world.request(`/oauth/token?${query}`, {
    method: 'POST',
    body: new URLSearchParams(),
  })

  expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  expect(world.logged()).not.toContain(CLIENT.secret)
})

test('error_uri leads to a page with the mend', async () => {
  const refused = await world.exchange('demo', { audience: 'notion' })

  const page = await get(refused.body.error_uri ?? '')

  expect(page.status).toBe(200)
  expect(page.headers.get('content-type')).toContain('text/html')
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(await page.text()).toContain('connect flow')
  expect((await get('/errors/nonsense')).status).toBe(404)
})

test('RV-26: whoever guesses client secrets has to wait, longer the more he does, and the real client does not', async () => {
  const guesses = await Promise.all(
    Array.from({ length: 130 }, () => world.token({ grant_type: EXCHANGE }, { secret: 'guess' })),
  )

  const statuses = new Set(guesses.map(({ status }) => status))
  expect(statuses).toEqual(new Set([401, 429]))
  const waits = guesses
    .filter(({ status }) => status === 429)
    .map(({ headers }) => Number(headers.get('retry-after')))
    .toSorted((a, b) => a - b)
  expect(waits.at(0)).toBeGreaterThan(0)
  expect(waits.at(0)).toBeLessThanOrEqual(60)
  expect(waits.at(-1)).toBeGreaterThan(480)
  expect(await world.exchange('demo')).toMatchObject({ status: 200 })
})
