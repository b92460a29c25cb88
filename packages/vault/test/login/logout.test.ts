import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import * as jose from 'jose'
import * as client from 'openid-client'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { createBrowser, type Browser, type Visit } from '../connect/browser.ts'
import { CLIENTS, LOGGED_OUT, type LoginWorld, startLoginWorld } from './login-world.ts'

let world: LoginWorld
let app: client.Configuration
let browser: Browser
let receiver: Server
/** Logout tokens that arrived at the app. */
let received: string[] = []
beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      received.push(new URLSearchParams(body).get('logout_token') ?? `none: ${body}`)
      response.end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const backchannelLogoutUri = `http://127.0.0.1:${portOf(receiver)}/backchannel`
  world = await startLoginWorld({
    configure: (config) => ({
      ...config,
      clients: (config.clients ?? []).map((one) =>
        one.id === CLIENTS.web || one.id === CLIENTS.rotating
          ? { ...one, backchannelLogoutUri }
          : one,
      ),
    }),
  })
  app = await world.app(CLIENTS.web)
})
afterAll(async () => {
  await world.close()
  await new Promise((resolve) => receiver.close(resolve))
})
beforeEach(() => {
  received = []
  browser = createBrowser()
})

function portOf(server: Server): number {
  const address: string | AddressInfo | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function logIn(
  id: string = CLIENTS.web,
): Promise<client.TokenEndpointResponse & client.TokenEndpointResponseHelpers> {
  return await world.logIn({ app: await world.app(id), user: 'alice', browser })
}

async function isLoggedIn(): Promise<boolean> {
  const end = await world.browse({ app, user: 'alice', browser, parameters: { prompt: 'none' } })
  return end.searchParams.has('code')
}

async function open(path: string, parameters: Readonly<Record<string, string>>): Promise<Visit> {
  const url = new URL(path, world.vault.issuer)
  url.search = new URLSearchParams(parameters).toString()
  return await browser.open(url.href)
}

describe('logging out, begun by an app', () => {
  test('an unmodified openid-client sends the browser there, and it comes back', async () => {
    const tokens = await logIn()
    const url = client.buildEndSessionUrl(app, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: LOGGED_OUT,
      state: 'where I was',
    })

    const page = await browser.open(url.href)
    expect(page).toMatchObject({ status: 200, location: undefined })
    expect(page.html).toContain('Web app')
    expect(await isLoggedIn()).toBe(true)
    const again = await browser.open(url.href)
    const end = await browser.send(again, { logout: 'yes' })

    expect(end).toMatchObject({ status: 303, location: `${LOGGED_OUT}?state=where+I+was` })
    expect(await isLoggedIn()).toBe(false)
  })

  test('opening the page ends nothing, and neither does staying', async () => {
    await logIn()
    const page = await open('/oidc/logout', { client_id: CLIENTS.web })
    const end = await browser.send(page, {})

    expect(end.status).toBe(303)
    const [, cookie] =
      [...browser.cookies].find(([name]) => name.endsWith('valetkey-session')) ?? []
    expect(cookie).toMatch(/.{20}/)
    expect(await isLoggedIn()).toBe(true)
  })

  test('a login for offline use outlives the session; one without does not', async () => {
    const offline = await logIn()
    const parameters = { scope: 'openid', prompt: 'login' }
    const online = await world.logIn({
      app: await world.app(CLIENTS.rotating),
      user: 'alice',
      browser,
      parameters,
    })
    await browser.send(await open('/oidc/logout', {}), { logout: 'yes' })

    const active = async (id: string, token = ''): Promise<unknown> =>
      (await world.call('/oauth/introspect', id, { token })).body['active']
    expect(await active(CLIENTS.web, offline.refresh_token)).toBe(true)
    expect(await active(CLIENTS.rotating, online.access_token)).toBe(false)
  })

  test.for([
    'https://evil.example.com/',
    `${LOGGED_OUT}/`,
    `${LOGGED_OUT}?next=https://evil.example.com`,
    '//evil.example.com',
    'javascript:alert(1)',
  ])('RV-64: nobody is sent to %s', async (uri) => {
    await logIn()
    for (const [path, name] of [
      ['/oidc/logout', 'post_logout_redirect_uri'],
      ['/v2/logout', 'returnTo'],
    ] as const) {
      const page = await open(path, { client_id: CLIENTS.web, [name]: uri })

      expect(page).toMatchObject({ status: 400, location: undefined })
      expect(page.html).not.toContain('evil')
    }
  })

  test('without a client nobody is sent anywhere', async () => {
    await logIn()
    for (const [path, name] of [
      ['/oidc/logout', 'post_logout_redirect_uri'],
      ['/v2/logout', 'returnTo'],
    ] as const) {
      const page = await open(path, { [name]: 'https://evil.example.com/' })
      const end = await browser.follow(await browser.send(page, { logout: 'yes' }))

      expect(end).toMatchObject({ status: 200, location: undefined })
      expect(end.html).toContain('You are logged out')
    }
  })

  test('a hint of another client, and one that is none, is refused', async () => {
    const tokens = await logIn()

    for (const parameters of [
      { id_token_hint: tokens.id_token ?? '', client_id: CLIENTS.rotating },
      { id_token_hint: 'sesame' },
      { id_token_hint: `${tokens.id_token}x` },
      { client_id: 'sesame' },
    ]) {
      const page = await open('/oidc/logout', parameters)
      expect(page.status).toBe(400)
      expect(page.html).not.toContain('sesame')
    }
  })

  test('the form counts with this browser’s secret alone (CSRF)', async () => {
    await logIn()
    const page = await open('/oidc/logout', { client_id: CLIENTS.web })

    for (const xsrf of ['', 'forged']) {
      expect((await browser.send(page, { xsrf, logout: 'yes' })).status).toBe(400)
    }
    expect(await isLoggedIn()).toBe(true)
  })

  test('Auth0’s clients log out by /v2/logout', async () => {
    await logIn()

    const page = await open('/v2/logout', { client_id: CLIENTS.web, returnTo: LOGGED_OUT })
    expect(page.html).toContain('Web app')
    const end = await browser.send(page, { logout: 'yes' })

    expect(end.location).toBe(LOGGED_OUT)
    expect(await isLoggedIn()).toBe(false)
  })

  test('who is not logged in is sent on', async () => {
    const page = await open('/v2/logout', { client_id: CLIENTS.web, returnTo: LOGGED_OUT })

    expect((await browser.follow(page)).location).toBe(LOGGED_OUT)
  })
})

describe('back-channel logout', () => {
  test('tells each app of the session, by a token that its keys verify', async () => {
    const web = await logIn(CLIENTS.web)
    const rotating = await logIn(CLIENTS.rotating)
    await browser.send(await open('/oidc/logout', {}), { logout: 'yes' })

    const keys = jose.createRemoteJWKSet(new URL(`${world.vault.issuer}.well-known/jwks.json`))
    const read = async (token: string): Promise<jose.JWTVerifyResult> =>
      await jose.jwtVerify(token, keys, { issuer: world.vault.issuer, algorithms: ['RS256'] })
    const tokens = await Promise.all(received.map(read))
    expect(tokens).toHaveLength(2)
    for (const [id, login] of [
      [CLIENTS.web, web],
      [CLIENTS.rotating, rotating],
    ] as const) {
      const told = tokens.find(({ payload }) => payload.aud === id)
      expect(told?.protectedHeader).toMatchObject({ typ: 'logout+jwt' })
      expect(told?.payload).toMatchObject({
        sub: login.claims()?.sub,
        sid: login.claims()?.['sid'],
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
        iat: expect.any(Number),
        jti: expect.any(String),
      })
      expect(told?.payload).not.toHaveProperty('nonce')
    }
  })

  test('staying logged in tells nobody of anything', async () => {
    await logIn()
    const page = await open('/oidc/logout', {})
    await browser.send(page, {})

    expect(received).toEqual([])
  })

  test('an app that cannot be reached holds up nobody', async () => {
    await logIn()
    const page = await open('/oidc/logout', { client_id: CLIENTS.web })
    const port = portOf(receiver)
    await new Promise((resolve) => {
      receiver.close(resolve)
      receiver.closeAllConnections()
    })

    const end = await browser.send(page, { logout: 'yes' })

    await new Promise<void>((resolve) => receiver.listen(port, '127.0.0.1', resolve))
    expect(end.status).toBe(303)
    expect(await isLoggedIn()).toBe(false)
  })
})
