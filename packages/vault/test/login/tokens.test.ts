import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { ClientConfig } from '../../src/index.ts'
import { type Answer, EXCHANGE } from '../front-door/vault-world.ts'
import { CLIENTS, type LoginWorld, ORDERS, SECRET, startLoginWorld } from './login-world.ts'

const API: ClientConfig = { id: 'orders-api', name: 'Orders', secret: SECRET, api: ORDERS }

let world: LoginWorld
let app: client.Configuration
beforeAll(async () => {
  world = await startLoginWorld({
    configure: (config) => ({ ...config, clients: [...(config.clients ?? []), API] }),
  })
  app = await world.app(CLIENTS.web)
})
afterAll(() => world.close())

const INACTIVE = { status: 200, body: { active: false } }

async function introspect(token: string, clientId: string = CLIENTS.web): Promise<Answer> {
  return await world.call('/oauth/introspect', clientId, { token })
}

async function logIn(
  parameters: Readonly<Record<string, string>> = {},
): Promise<client.TokenEndpointResponse & client.TokenEndpointResponseHelpers> {
  return await world.logIn({ app, user: 'alice', parameters })
}

async function jwtFor(scope = 'openid offline_access orders:read'): ReturnType<typeof logIn> {
  return await logIn({ scope, audience: ORDERS })
}

/** Status and body alone: RFC 7662 section 2.2 allows nothing beside `active`. */
async function introspected(
  token = '',
  clientId?: string,
): Promise<Pick<Answer, 'status' | 'body'>> {
  const { status, body } = await introspect(token, clientId)
  return { status, body }
}

describe('introspection', () => {
  test('RV-12: an unmodified openid-client learns of its own opaque tokens', async () => {
    const tokens = await logIn()

    const access = await client.tokenIntrospection(app, tokens.access_token)
    const refresh = await client.tokenIntrospection(app, tokens.refresh_token ?? '')

    expect(access).toMatchObject({
      active: true,
      iss: world.vault.issuer,
      client_id: CLIENTS.web,
      sub: tokens.claims()?.sub,
      token_type: 'Bearer',
      exp: expect.any(Number),
    })
    expect(refresh).toMatchObject({ active: true, sub: tokens.claims()?.sub })
    expect(refresh).not.toHaveProperty('token_type')
    for (const said of [access, refresh]) {
      expect(JSON.stringify(said)).not.toContain(tokens.access_token)
      expect(JSON.stringify(said)).not.toContain(tokens.refresh_token)
    }
  })

  test('RV-12: a JWT is told to its client, and to the API that it is for', async () => {
    const tokens = await jwtFor()

    for (const caller of [CLIENTS.web, API.id]) {
      const { body } = await introspect(tokens.access_token, caller)
      expect(body).toEqual({
        active: true,
        iss: world.vault.issuer,
        sub: tokens.claims()?.sub,
        aud: ORDERS,
        client_id: CLIENTS.web,
        scope: 'orders:read',
        iat: expect.any(Number),
        exp: expect.any(Number),
        jti: expect.any(String),
        token_type: 'Bearer',
      })
    }
  })

  test('RV-12: of what is not the caller’s, unknown or no access token nothing is said', async () => {
    const tokens = await jwtFor()
    const opaque = await logIn()
    const [head = '', payload = '', signature = ''] = tokens.access_token.split('.')
    const claims = Buffer.from(payload, 'base64url').toString()
    const forged = Buffer.from(claims.replace('orders:read', 'orders:admin')).toString('base64url')
    const unsigned = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')

    expect(await introspected(tokens.access_token, CLIENTS.rotating)).toEqual(INACTIVE)
    expect(await introspected(opaque.access_token, CLIENTS.rotating)).toEqual(INACTIVE)
    expect(await introspected(opaque.refresh_token ?? '', CLIENTS.rotating)).toEqual(INACTIVE)
    for (const token of [
      'unknown',
      'x.y.z',
      '...',
      `${head}.${forged}.${signature}`,
      `${unsigned}.${payload}.`,
      `${unsigned}.${payload}.${signature}`,
      tokens.id_token ?? '',
      `${tokens.access_token}.`,
      await world.login('alice'),
      'a.'.repeat(20_000),
    ]) {
      expect(await introspected(token)).toEqual(INACTIVE)
    }
  })

  test('a code, a session and a request are no tokens', async () => {
    const { code = '' } = await world.codeFor({ app, user: 'alice' })

    expect(await introspected(code)).toEqual(INACTIVE)
  })

  test('what has expired is not active', async () => {
    const [jwt, opaque] = [await jwtFor(), await logIn()]
    world.passTime(601)

    expect(await introspected(jwt.access_token)).toEqual(INACTIVE)
    expect(await introspected(jwt.access_token, API.id)).toEqual(INACTIVE)
    expect(await introspected(opaque.access_token)).toEqual(INACTIVE)
  })

  test('RV-12: nobody asks without authentication, and no public client at all', async () => {
    const { access_token: token } = await logIn()
    const nobody = await world.request('/oauth/introspect', {
      method: 'POST',
      body: new URLSearchParams({ token }),
    })
    const wrong = await world.request('/oauth/introspect', {
      method: 'POST',
      body: new URLSearchParams({ token }),
      headers: { authorization: `Basic ${Buffer.from(`${CLIENTS.web}:x`).toString('base64')}` },
    })

    expect(nobody).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect(wrong.status).toBe(401)
    expect(wrong.headers.get('www-authenticate')).toMatch(/^Basic /)
    expect((await introspect(token, CLIENTS.spa)).status).toBe(400)
  })

  test('a request without a token is malformed', async () => {
    expect(await world.call('/oauth/introspect', CLIENTS.web, {})).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    })
  })
})

describe('revocation', () => {
  test('RV-11: ends a login: refresh, access, subject, and JWTs that came of it', async () => {
    const tokens = await logIn()
    const jwt = await client.refreshTokenGrant(app, (await jwtFor()).refresh_token ?? '')

    await client.tokenRevocation(app, tokens.refresh_token ?? '')
    await client.tokenRevocation(app, jwt.refresh_token ?? '')

    expect(await introspected(tokens.refresh_token ?? '')).toEqual(INACTIVE)
    expect(await introspected(tokens.access_token)).toEqual(INACTIVE)
    expect(await introspected(jwt.access_token)).toEqual(INACTIVE)
    expect(await introspected(jwt.access_token, API.id)).toEqual(INACTIVE)
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' }
    expect(await world.redeem(CLIENTS.web, refresh)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    })
    const exchanged = await world.redeem(CLIENTS.web, {
      grant_type: EXCHANGE,
      subject_token: tokens.refresh_token ?? '',
      subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
      audience: 'google-oauth2',
    })
    expect(exchanged).toMatchObject({ body: { vault_error: 'subject_token_invalid' } })
    expect((await userinfo(tokens.access_token)).status).toBe(401)
  })

  test.for(['form', 'json'] as const)('takes a body as %s', async (kind) => {
    const { refresh_token: token = '' } = await logIn()
    const parameters = { client_id: CLIENTS.web, client_secret: SECRET, token }
    const answer = await world.request('/oauth/revoke', {
      method: 'POST',
      ...(kind === 'form'
        ? { body: new URLSearchParams(parameters) }
        : { body: JSON.stringify(parameters), headers: { 'content-type': 'application/json' } }),
    })

    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await introspected(token)).toEqual(INACTIVE)
  })

  test('RV-11: another client’s token is as unknown as one that never was, and lives on', async () => {
    const { refresh_token: token = '' } = await logIn()

    const foreign = await world.call('/oauth/revoke', CLIENTS.rotating, { token })
    const unknown = await world.call('/oauth/revoke', CLIENTS.rotating, { token: 'unknown' })
    const spa = await world.call('/oauth/revoke', CLIENTS.spa, { token })

    for (const answer of [foreign, unknown, spa]) {
      expect(answer).toMatchObject({ status: 200, body: unknown.body })
    }
    expect((await introspect(token)).body).toMatchObject({ active: true })
  })

  test('RV-11: the hint is only a hint, and the caller has to say who it is', async () => {
    const { refresh_token: token = '' } = await logIn()
    const nobody = await world.request('/oauth/revoke', {
      method: 'POST',
      body: new URLSearchParams({ token }),
    })
    expect(nobody.status).toBe(401)

    const hint = { token, token_type_hint: 'access_token' }
    expect((await world.call('/oauth/revoke', CLIENTS.web, hint)).status).toBe(200)
    expect(await introspected(token)).toEqual(INACTIVE)
  })

  test('RV-11: a JWT cannot be revoked, and the answer says so', async () => {
    const { access_token: token } = await jwtFor()

    expect(await world.call('/oauth/revoke', CLIENTS.web, { token })).toMatchObject({
      status: 400,
      body: { error: 'unsupported_token_type' },
    })
  })

  test('a public client revokes what is its own', async () => {
    const spa = await world.app(CLIENTS.spa)
    const { refresh_token: token = '' } = await world.logIn({ app: spa, user: 'alice' })

    await client.tokenRevocation(spa, token)

    const refresh = { grant_type: 'refresh_token', refresh_token: token }
    expect((await world.redeem(CLIENTS.spa, refresh)).status).toBe(400)
  })
})

describe('userinfo', () => {
  test.for(['GET', 'POST'] as const)('answers %s with what the scopes allow', async (method) => {
    const tokens = await logIn({ scope: 'openid email' })

    const answer = await userinfo(tokens.access_token, method)

    expect(answer).toMatchObject({ status: 200 })
    expect(answer.body).toEqual({
      sub: tokens.claims()?.sub,
      email: 'alice@example.com',
      email_verified: true,
    })
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('a refusal says by which scheme to come (RFC 6750 section 3)', async () => {
    const jwt = await jwtFor()
    const spent = await logIn()
    await client.tokenRevocation(app, spent.access_token)

    for (const token of [
      'unknown',
      'a b',
      jwt.access_token,
      jwt.id_token ?? '',
      spent.access_token,
    ]) {
      const answer = await userinfo(token)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /)
      expect(answer.headers.get('www-authenticate')).toContain('error="')
    }
    const nobody = await world.request('/userinfo')
    expect(nobody.status).toBe(401)
    expect(nobody.headers.get('www-authenticate')).toMatch(/^Bearer /)
  })

  test('RV-01: no token is read from the address or the body', async () => {
    const { access_token: token } = await logIn()

    const inAddress = await world.request(`/userinfo?access_token=${token}`)
    const inBody = await world.request('/userinfo', {
      method: 'POST',
      body: new URLSearchParams({ access_token: token }),
    })

    for (const answer of [inAddress, inBody]) expect(answer.status).toBe(401)
  })
})

test('RV-21: a public client gets a login, and never a provider’s token', async () => {
  const spa = await world.app(CLIENTS.spa)
  const tokens = await world.logIn({ app: spa, user: 'alice' })

  const exchanged = await world.redeem(CLIENTS.spa, {
    grant_type: EXCHANGE,
    subject_token: tokens.refresh_token ?? '',
    subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
    audience: 'google-oauth2',
  })
  const auth0 = await world.redeem(CLIENTS.spa, {
    grant_type:
      'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
    subject_token: tokens.refresh_token ?? '',
    subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
    requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
    connection: 'google-oauth2',
  })
  // Nor does anybody else get one for its users.
  const other = await world.redeem(CLIENTS.web, {
    grant_type: EXCHANGE,
    subject_token: tokens.refresh_token ?? '',
    subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
    audience: 'google-oauth2',
  })

  expect(exchanged).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } })
  expect(auth0).toMatchObject({ status: 403, body: { error: 'unauthorized_client' } })
  expect(other).toMatchObject({ body: { vault_error: 'subject_token_invalid' } })
  for (const { body } of [exchanged, auth0, other]) expect(body).not.toHaveProperty('access_token')
})

async function userinfo(token: string, method: 'GET' | 'POST' = 'GET'): Promise<Answer> {
  return await world.request('/userinfo', { method, headers: { authorization: `Bearer ${token}` } })
}
