// Auth0's sessions for JavaScript servers, as npm has them, against a vault.
import { ServerClient, type StateData, type TransactionData } from '@auth0/auth0-server-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimsOf } from './src/claims-of.ts'
import {
  APP,
  type ClientsWorld,
  LOGIN_SCOPE,
  newBrowser,
  ORDERS,
  startClientsWorld,
} from './src/clients-world.ts'

let world: ClientsWorld
beforeAll(async () => {
  world = await startClientsWorld()
})
afterAll(async () => await world.close())

/** The app as one visitor meets it, with a session of their own. */
function newVisit(): ServerClient {
  const sessions = new Map<string, StateData>()
  return new ServerClient({
    domain: world.domain,
    clientId: APP.clientId,
    clientSecret: APP.clientSecret,
    authorizationParams: { redirect_uri: APP.redirectUri },
    stateStore: {
      ...storeIn(sessions),
      deleteByLogoutToken: async ({ sid }) => {
        for (const [id, session] of sessions) if (session.internal.sid === sid) sessions.delete(id)
      },
    },
    transactionStore: storeIn(new Map<string, TransactionData>()),
  })
}

function storeIn<Data>(kept: Map<string, Data>) {
  return {
    get: async (id: string) => kept.get(id),
    set: async (id: string, data: Data) => void kept.set(id, data),
    delete: async (id: string) => void kept.delete(id),
  }
}

test.each([false, true])(
  'keeps a session from login to logout, with tokens of the provider (pushed: %s)',
  async (pushedAuthorizationRequests) => {
    const user = world.newUser()
    const browser = newBrowser()
    const client = newVisit()

    const url = await client.startInteractiveLogin({
      pushedAuthorizationRequests,
      appState: { returnTo: '/calendar' },
      authorizationParams: { connection: 'google-oauth2', login_hint: user },
    })
    const completed = await client.completeInteractiveLogin(await world.browse(url, browser))

    expect(completed.appState).toEqual({ returnTo: '/calendar' })
    expect(await client.getUser()).toMatchObject({ email: `${user}@example.com` })
    expect(await client.getAccessToken()).toMatchObject({ scope: LOGIN_SCOPE })
    const google = await client.getAccessTokenForConnection({ connection: 'google-oauth2' })
    expect(await world.ownerAtGoogle(google.accessToken)).toBe(`${user}@example.com`)
    await expect(
      client.getAccessTokenForConnection({ connection: 'github' }),
    ).rejects.toMatchObject({ code: 'token_for_connection_error' })

    const logout = await client.logout({ returnTo: APP.loggedOutUri })
    expect((await world.browse(logout, browser)).href).toBe(APP.loggedOutUri)
    expect(await client.getUser()).toBeUndefined()
  },
)

test('has tokens for other APIs by the refresh token of its session, and keeps them', async () => {
  const client = newVisit()
  const url = await client.startInteractiveLogin({
    authorizationParams: { connection: 'google-oauth2', login_hint: world.newUser() },
  })
  await client.completeInteractiveLogin(await world.browse(url))
  const sub = (await client.getUser())?.sub
  const requests = [
    { audience: ORDERS, scope: 'orders:read' },
    { audience: `${world.issuer}me/`, scope: 'create:me:connected_accounts' },
  ]

  for (const { audience, scope } of requests) {
    const token = await client.getAccessToken({ audience, scope })

    expect(token).toMatchObject({ audience, scope })
    expect(claimsOf(token.accessToken)).toMatchObject({ sub, aud: audience, scope })
    const again = await client.getAccessToken({ audience, scope })
    expect(again.accessToken).toBe(token.accessToken)
  }
  expect(await client.getAccessToken()).toMatchObject({ scope: LOGIN_SCOPE })
})

test('is told by the vault that a session has ended, and ends its own', async () => {
  const browser = newBrowser()
  const client = newVisit()
  const url = await client.startInteractiveLogin({
    authorizationParams: { connection: 'google-oauth2', login_hint: world.newUser() },
  })
  await client.completeInteractiveLogin(await world.browse(url, browser))

  const sessionId = String((await client.getUser())?.['sid'])

  const page = await browser.open(`${world.issuer}oidc/logout?client_id=${APP.clientId}`)
  await browser.click(page, /log out/i)

  await client.handleBackchannelLogout(await world.logoutTokenOf(sessionId))
  expect(await client.getUser()).toBeUndefined()
})
