// Auth0's client for JavaScript servers, as npm has it, against a vault.
import { AuthClient } from '@auth0/auth0-auth-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Auth0App, createAuth0App } from './src/auth0-app.ts'
import { claimsOf } from './src/claims-of.ts'
import {
  APP,
  CALENDAR,
  type ClientsWorld,
  LONG_ENOUGH_SECONDS,
  INVENTORY,
  LOGIN_SCOPE,
  newBrowser,
  ORDERS,
  ORDERS_SERVICE,
  startClientsWorld,
} from './src/clients-world.ts'

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const REFRESH_TOKEN = 'urn:ietf:params:oauth:token-type:refresh_token'

let world: ClientsWorld
let app: Auth0App
beforeAll(async () => {
  world = await startClientsWorld()
  app = createAuth0App(world)
})
afterAll(async () => await world.close())

test('finds everything by discovery', async () => {
  expect(await app.auth.getServerMetadata()).toMatchObject({
    issuer: world.issuer,
    pushed_authorization_request_endpoint: `${world.issuer}oauth/par`,
    backchannel_authentication_endpoint: `${world.issuer}bc-authorize`,
    device_authorization_endpoint: `${world.issuer}oauth/device/code`,
    revocation_endpoint: `${world.issuer}oauth/revoke`,
    end_session_endpoint: `${world.issuer}oidc/logout`,
    userinfo_endpoint: `${world.issuer}userinfo`,
  })
})

describe.each(['direct', 'pushed'] as const)('with a %s authorization request', (request) => {
  test('logs in, and reads who it is', async () => {
    const user = world.newUser()

    const { tokens, userId } = await app.logIn({ user, request })

    expect(tokens).toMatchObject({
      tokenType: 'bearer',
      scope: LOGIN_SCOPE,
      claims: {
        iss: world.issuer,
        aud: APP.clientId,
        email: `${user}@example.com`,
        sid: expect.any(String) as unknown,
      },
    })
    expect(tokens.claims).not.toHaveProperty('nonce')
    const info = await app.auth.getUserInfo({
      accessToken: tokens.accessToken,
      expectedSubject: userId,
    })
    expect(info).toMatchObject({ sub: userId, email: `${user}@example.com` })
  })

  test('logs in for an API, whose token it gets', async () => {
    const { tokens } = await app.logIn({
      user: world.newUser(),
      request,
      parameters: { audience: ORDERS, scope: `${LOGIN_SCOPE} orders:read` },
    })

    expect(claimsOf(tokens.accessToken)).toMatchObject({ aud: ORDERS, scope: 'orders:read' })
  })
})

test('refreshes, for as long as nobody revokes', async () => {
  const { refreshToken, userId } = await app.logIn({ user: world.newUser() })

  const refreshed = await app.auth.getTokenByRefreshToken({ refreshToken })
  expect(refreshed).toMatchObject({ refreshToken, claims: { sub: userId } })

  await app.auth.revokeToken({ token: refreshToken, tokenTypeHint: 'refresh_token' })
  await expect(app.auth.getTokenByRefreshToken({ refreshToken })).rejects.toMatchObject({
    code: 'token_by_refresh_token_error',
    cause: { error: 'invalid_grant' },
  })
})

test('refreshes for another API: the My Account API, where it connects with the token', async () => {
  const { refreshToken, userId } = await app.logIn({ user: world.newUser() })

  const token = await app.auth.getTokenByRefreshToken({
    refreshToken,
    audience: `${world.issuer}me/`,
    scope: `${LOGIN_SCOPE} create:me:connected_accounts read:me:connected_accounts`,
  })

  expect(token.scope).toBe('create:me:connected_accounts read:me:connected_accounts')
  expect(claimsOf(token.accessToken)).toMatchObject({ sub: userId, aud: `${world.issuer}me/` })
  const accounts = await fetch(`${world.issuer}me/v1/connected-accounts/accounts`, {
    headers: { authorization: `Bearer ${token.accessToken}` },
  })
  expect(await accounts.json()).toMatchObject({ accounts: [{ connection: 'google-oauth2' }] })
})

test('refreshes for an API of the app, and for no other', async () => {
  const { refreshToken, userId } = await app.logIn({ user: world.newUser() })
  const refresh = async (audience: string, scope: string) =>
    await app.auth.getTokenByRefreshToken({ refreshToken, audience, scope })

  const token = await refresh(ORDERS, `${LOGIN_SCOPE} orders:read`)

  expect(token.scope).toBe('orders:read')
  expect(claimsOf(token.accessToken)).toMatchObject({ sub: userId, aud: ORDERS })
  await expect(refresh(INVENTORY, 'orders:read')).rejects.toMatchObject({
    code: 'token_by_refresh_token_error',
    cause: { error: 'invalid_target' },
  })
})

test('has the token of the provider that the user logged in with', async () => {
  const user = world.newUser()
  const { refreshToken } = await app.logIn({ user })

  const token = await app.auth.getTokenForConnection({ connection: 'google-oauth2', refreshToken })

  expect(token).toMatchObject({ tokenType: 'bearer', claims: undefined, refreshToken: undefined })
  expect(token.scope?.split(' ')).toContain('email')
  expect(token.expiresAt).toBeGreaterThan(Date.now() / 1000)
  expect(await world.ownerAtGoogle(token.accessToken)).toBe(`${user}@example.com`)
})

test('has the same token by its newer name, for fewer scopes and by a hint', async () => {
  const user = world.newUser()
  const { refreshToken } = await app.logIn({ user })
  const exchange = {
    connection: 'google-oauth2',
    subjectToken: refreshToken,
    subjectTokenType: REFRESH_TOKEN,
  } as const

  const token = await app.auth.exchangeToken({ ...exchange, scope: 'email' })
  expect(token.issuedTokenType).toBe(
    'http://auth0.com/oauth/token-type/federated-connection-access-token',
  )
  const byHint = await app.auth.exchangeToken({ ...exchange, loginHint: `${user}@example.com` })
  expect(byHint.accessToken).toBe(token.accessToken)
  await expect(
    app.auth.exchangeToken({ ...exchange, loginHint: 'nobody@example.com' }),
  ).rejects.toMatchObject({ cause: { error: 'federated_connection_refresh_token_not_found' } })
})

test('is told that nothing is connected, connects over the My Account API, and has the token', async () => {
  const user = world.newUser()
  const { refreshToken } = await app.logIn({ user })
  const ask = { connection: 'github', refreshToken }
  await expect(app.auth.getTokenForConnection(ask)).rejects.toMatchObject({
    code: 'token_for_connection_error',
    cause: { error: 'federated_connection_refresh_token_not_found' },
  })

  const account = await app.connect({
    refreshToken,
    user,
    connection: 'github',
    scopes: ['repo'],
  })

  expect(account).toMatchObject({ connection: 'github' })
  const token = await app.auth.getTokenForConnection(ask)
  expect(token.scope?.split(' ')).toContain('repo')
})

test('is refused what the account was not connected for', async () => {
  const { refreshToken } = await app.logIn({ user: world.newUser() })

  await expect(
    app.auth.exchangeToken({
      connection: 'google-oauth2',
      subjectToken: refreshToken,
      subjectTokenType: REFRESH_TOKEN,
      scope: CALENDAR,
    }),
  ).rejects.toMatchObject({ cause: { error: 'federated_connection_refresh_token_flow_failed' } })
})

describe('in an API that was called with a token of the vault', () => {
  const newService = () =>
    new AuthClient({
      domain: world.domain,
      clientId: ORDERS_SERVICE.clientId,
      clientSecret: ORDERS_SERVICE.clientSecret,
    })
  const parameters = { audience: ORDERS, scope: `${LOGIN_SCOPE} orders:read orders:write` }

  test('has the provider’s token for the caller’s user', async () => {
    const user = world.newUser()
    const { accessToken } = (await app.logIn({ user, parameters })).tokens

    const token = await newService().getTokenForConnection({
      connection: 'google-oauth2',
      accessToken,
    })

    expect(await world.ownerAtGoogle(token.accessToken)).toBe(`${user}@example.com`)
    await expect(
      app.auth.getTokenForConnection({ connection: 'google-oauth2', accessToken }),
    ).rejects.toMatchObject({ cause: { error: 'invalid_grant' } })
  })

  test('has a token for the next API, on behalf of the user', async () => {
    const { tokens, userId } = await app.logIn({ user: world.newUser(), parameters })

    const next = await newService().exchangeToken({
      subjectToken: tokens.accessToken,
      subjectTokenType: ACCESS_TOKEN,
      requestedTokenType: ACCESS_TOKEN,
      audience: INVENTORY,
      scope: 'orders:read',
    })

    expect(next).toMatchObject({ issuedTokenType: ACCESS_TOKEN, refreshToken: undefined })
    expect(claimsOf(next.accessToken)).toMatchObject({
      sub: userId,
      aud: INVENTORY,
      scope: 'orders:read',
      act: { sub: ORDERS_SERVICE.clientId },
    })
  })
})

test('has a token for an API by a custom token exchange of its login', async () => {
  const { refreshToken, userId } = await app.logIn({ user: world.newUser() })

  const token = await app.auth.exchangeToken({
    subjectToken: refreshToken,
    subjectTokenType: REFRESH_TOKEN,
    audience: ORDERS,
    scope: 'orders:read',
  })

  expect(claimsOf(token.accessToken)).toMatchObject({ sub: userId, aud: ORDERS })
})

test('logs out by the address that it is given', async () => {
  const browser = newBrowser()
  await app.logIn({ user: world.newUser(), browser })

  const url = await app.auth.buildLogoutUrl({ returnTo: APP.loggedOutUri })

  expect((await world.browse(url, browser)).href).toBe(APP.loggedOutUri)
})

describe('asks the user without a browser', () => {
  const purchase = (userId: string) => ({
    bindingMessage: 'Buy 3 shares',
    loginHint: { sub: userId },
    requestedExpiry: 120,
    authorizationParams: { audience: ORDERS, scope: 'openid orders:write' },
  })

  test('and is told to wait, then what the user decided', async () => {
    const user = world.newUser()
    const { userId } = await app.logIn({ user })

    const request = await app.auth.initiateBackchannelAuthentication(purchase(userId))
    expect(request).toMatchObject({ expiresIn: 120, interval: 5 })
    await expect(app.auth.backchannelAuthenticationGrant(request)).rejects.toMatchObject({
      cause: { error: 'authorization_pending' },
    })
    await expect(app.auth.backchannelAuthenticationGrant(request)).rejects.toMatchObject({
      cause: { error: 'slow_down' },
    })

    const approval = await app.decide(user, 'approve')
    expect(approval).toMatchObject({
      client_id: APP.clientId,
      scope: 'openid orders:write',
      resources: [ORDERS],
      binding_message: 'Buy 3 shares',
    })
    world.advance(LONG_ENOUGH_SECONDS)
    const tokens = await app.auth.backchannelAuthenticationGrant(request)
    expect(tokens.claims).toMatchObject({ sub: userId })
    expect(claimsOf(tokens.accessToken)).toMatchObject({ aud: ORDERS, scope: 'orders:write' })
    world.advance(LONG_ENOUGH_SECONDS)
    await expect(app.auth.backchannelAuthenticationGrant(request)).rejects.toMatchObject({
      cause: { error: 'invalid_grant' },
    })
  })

  test('and waits by itself', async () => {
    const user = world.newUser()
    const { userId } = await app.logIn({ user })

    const asked = app.auth.backchannelAuthentication(purchase(userId))
    await expect.poll(() => app.decide(user, 'approve')).toMatchObject({ id: expect.any(String) })

    expect((await asked).claims).toMatchObject({ sub: userId })
  })

  test('and is told of a no', async () => {
    const user = world.newUser()
    const { userId } = await app.logIn({ user })

    const request = await app.auth.initiateBackchannelAuthentication(purchase(userId))
    await app.decide(user, 'deny')

    await expect(app.auth.backchannelAuthenticationGrant(request)).rejects.toMatchObject({
      cause: { error: 'access_denied' },
    })
  })
})
