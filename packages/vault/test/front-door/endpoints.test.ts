import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { CALENDAR, CLIENT, EXCHANGE, JWT, startVaultWorld, type VaultWorld } from './vault-world.ts'

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

    const config = await client.discovery(
      new URL(world.vault.issuer),
      CLIENT.id,
      undefined,
      client.ClientSecretBasic(CLIENT.secret),
      { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
    )
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
