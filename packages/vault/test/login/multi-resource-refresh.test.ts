import { decodeJwt } from 'jose'
import * as client from 'openid-client'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { CLIENTS, ORDERS, startLoginWorld, type LoginWorld } from './login-world.ts'

let world: LoginWorld
beforeAll(async () => {
  world = await startLoginWorld()
})
afterAll(() => world.close())

test('a refresh gets a token for the connected-accounts API, with what the policy allows of the asked scopes', async () => {
  const app = await world.app(CLIENTS.web)
  const login = await world.logIn({ app, user: 'ada' })

  const refreshed = await client.refreshTokenGrant(app, login.refresh_token ?? '', {
    audience: `${world.vault.issuer}me/`,
    scope: 'openid profile offline_access create:me:connected_accounts read:me:nothing',
  })

  expect(refreshed.scope).toBe('create:me:connected_accounts')
  expect(decodeJwt(refreshed.access_token)).toMatchObject({
    aud: `${world.vault.issuer}me/`,
    sub: login.claims()?.sub,
  })
  const started = await fetch(`${world.vault.issuer}me/v1/connected-accounts/connect`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${refreshed.access_token}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      connection: 'github',
      redirect_uri: 'https://app.example.com/callback',
    }),
  })
  expect(started.status).toBe(201)
})

test('a refresh gets a token for an API of the client, that shows the user and nobody acting', async () => {
  const app = await world.app(CLIENTS.rotating)
  const login = await world.logIn({ app, user: 'bob' })

  const refreshed = await client.refreshTokenGrant(app, login.refresh_token ?? '', {
    resource: ORDERS,
    scope: 'orders:read orders:admin',
  })

  expect(refreshed.scope).toBe('orders:read')
  expect(decodeJwt(refreshed.access_token)).toMatchObject({ aud: ORDERS, scope: 'orders:read' })
  expect(decodeJwt(refreshed.access_token)).not.toHaveProperty('act')
  expect(refreshed.refresh_token).not.toBe(login.refresh_token)
  // It is a refresh like every other: the new refresh token is the one that counts.
  await expect(client.refreshTokenGrant(app, refreshed.refresh_token ?? '')).resolves.toBeDefined()
})

test.each([
  ['an API that there is not', 'https://nothing.example.com'],
  ['a connection', 'google-oauth2'],
  ['no name at all', 'what is this'],
])('RV-43: %s is no target, and the refresh token stays as it was', async (_, audience) => {
  const app = await world.app(CLIENTS.rotating)
  const login = await world.logIn({ app, user: 'eve' })

  await expect(
    client.refreshTokenGrant(app, login.refresh_token ?? '', { audience }),
  ).rejects.toMatchObject({ error: 'invalid_target' })

  await expect(client.refreshTokenGrant(app, login.refresh_token ?? '')).resolves.toBeDefined()
})

test('a public client gets tokens for its APIs, and none for others', async () => {
  const app = await world.app(CLIENTS.spa)
  const login = await world.logIn({ app, user: 'sam' })

  const refreshed = await client.refreshTokenGrant(app, login.refresh_token ?? '', {
    audience: ORDERS,
  })

  expect(decodeJwt(refreshed.access_token)).toMatchObject({ aud: ORDERS, scope: 'orders:read' })
})

test('R8: a client that has to ask gets of an API what the user allowed at the login, and not its policy', async () => {
  const app = await world.app(CLIENTS.asked)
  const narrow = await world.logIn({ app, user: 'kim' })
  const allowed = await world.logIn({
    app,
    user: 'kim',
    parameters: { resource: ORDERS, scope: 'openid offline_access orders:read' },
  })

  await expect(
    client.refreshTokenGrant(app, narrow.refresh_token ?? '', { audience: ORDERS }),
  ).rejects.toMatchObject({ error: 'consent_required' })
  const refreshed = await client.refreshTokenGrant(app, allowed.refresh_token ?? '', {
    audience: ORDERS,
  })
  expect(refreshed.scope).toBe('orders:read')
})

test('a refresh token that is none is refused as ever, whatever it was asked for', async () => {
  const app = await world.app(CLIENTS.web)

  await expect(
    client.refreshTokenGrant(app, 'nothing', { audience: ORDERS }),
  ).rejects.toMatchObject({ error: 'invalid_grant' })
})

test('what a client that has to ask is refused costs it no refresh token', async () => {
  const own = await startLoginWorld({
    configure: (config) => ({
      ...config,
      clients: (config.clients ?? []).map((one) =>
        one.id === CLIENTS.asked
          ? { ...one, refreshTokens: { rotation: 'always', graceSeconds: 0 } }
          : one,
      ),
    }),
  })
  const app = await own.app(CLIENTS.asked)
  const { refresh_token: token = '' } = await own.logIn({ app, user: 'pat' })

  await expect(client.refreshTokenGrant(app, token, { audience: ORDERS })).rejects.toMatchObject({
    error: 'consent_required',
  })
  own.passTime(3)
  const refreshed = await client.refreshTokenGrant(app, token, {
    audience: `${own.vault.issuer}me/`,
  })
  expect(refreshed.refresh_token).not.toBe(token)
  await own.close()
})
