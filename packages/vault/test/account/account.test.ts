import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { decodeJwt } from 'jose'
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBrowser } from '../connect/browser.ts'
import { EXCHANGE } from '../front-door/vault-world.ts'
import { CALLBACK, CLIENTS, SECRET } from '../login/login-world.ts'
import { type AccountWorld, startAccountWorld } from './account-world.ts'

const REFRESH_TOKEN = 'urn:ietf:params:oauth:token-type:refresh_token'
const LISTENING = 'listening-app'

/** An app that wants to be told when a session ends. */
const received: string[] = []
const listener = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString()
  })
  request.on('end', () => {
    received.push(new URLSearchParams(body).get('logout_token') ?? '')
    response.end()
  })
})

let world: AccountWorld
beforeAll(async () => {
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  world = await startAccountWorld({
    configure: (config) => ({
      ...config,
      clients: [
        ...(config.clients ?? []),
        {
          id: LISTENING,
          name: 'Listening app',
          secret: SECRET,
          redirectUris: [CALLBACK],
          grants: ['authorization_code', 'refresh_token', 'token_exchange'],
          connections: { 'google-oauth2': { scopes: ['openid', 'email'] } },
          backchannelLogoutUri: `http://127.0.0.1:${port}/logged-out`,
        },
      ],
    }),
  })
})
afterAll(async () => {
  listener.close()
  await world.close()
})

const google = (user: string) => world.person({ user, connection: 'google-oauth2' })

/** What stands in a page's form under this name, in the order of the page. */
const valuesOf = (html: string, name: string): readonly string[] =>
  [...html.matchAll(new RegExp(`name="${name}" value="([^"]*)"`, 'g'))].map(
    ([, value = '']) => value,
  )

describe('the account page', () => {
  test('asks for a login, and shows who is logged in, by what, and where', async () => {
    const alice = google('alice')

    const page = await alice.open('/account')

    expect(page.status).toBe(200)
    expect(new URL(page.url).pathname).toBe('/account')
    expect(page.html).toContain('<bdi>Alice Archer (alice@example.com)</bdi>')
    expect(page.html).toContain('This browser')
    expect(page.html).toMatch(/<ul class="rows" aria-labelledby="identities"><li>.*Google/)
    expect(page.html).toContain('Nothing is connected')
  })

  test('RV-71, RV-72: is framed by nobody, runs nothing, and its session cookie is out of reach of scripts', async () => {
    const alice = google('alice')
    const page = await alice.open('/account')

    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; .*frame-ancestors 'none'; base-uri 'none'$/,
    )
    expect(page.headers.get('x-frame-options')).toBe('DENY')
    expect(page.html).not.toMatch(/<script|style=|onclick/)
    expect(page.headers.get('cache-control')).toBe('no-store')
    const stranger = await fetch(new URL('/account', world.vault.issuer), { redirect: 'manual' })
    expect(stranger.status).toBe(303)
  })

  test('an account is shown in words, and disconnected after a second look', async () => {
    const app = await world.app(CLIENTS.web)
    await world.logIn({ app, user: 'bob' })
    const bob = google('bob')
    const page = await bob.open('/account')
    expect(page.html).toContain('bob@example.com')
    expect(page.html).toContain('See your e-mail address')
    const id = /\/account\/accounts\/(cac_\w+)/.exec(page.html)?.[1] ?? ''

    const confirm = await bob.open(`/account/accounts/${id}`)
    expect(confirm.html).toContain('Disconnect bob@example.com?')
    const done = await bob.press(confirm, {})

    expect(done.status).toBe(303)
    const after = await bob.open('/account')
    expect(after.html).not.toContain(id)
    expect(await world.events('account.disconnected')).toMatchObject([
      { accountId: id, clientId: 'valetkey-account' },
    ])
  })

  test("somebody else's account is not there", async () => {
    const app = await world.app(CLIENTS.web)
    const browser = createBrowser()
    await world.logIn({ app, user: 'demo', browser })
    const demo = google('demo')
    const mine = await demo.open('/account')
    const demosId = /\/account\/accounts\/(cac_\w+)/.exec(mine.html)?.[1] ?? ''
    expect(demosId).toMatch(/^cac_/)
    const alice = google('alice')
    const page = await alice.open('/account')

    const look = await alice.open(`/account/accounts/${demosId}`)
    const end = await alice.press(page, {}, { action: `/account/accounts/${demosId}` })

    expect([look.status, end.status]).toEqual([404, 404])
    expect((await demo.open('/account')).html).toContain(demosId)
  })

  test('who does not want to log in is told so, and is not asked again and again', async () => {
    const alice = google('alice')
    const { browser } = alice
    const login = await browser.follow(
      await browser.open(new URL('/account', world.vault.issuer).href),
    )

    const end = await browser.follow(await browser.press(login, { decision: 'deny' }))

    expect(end.html).toContain('You are not logged in')
  })
})

describe("the vault's own client", () => {
  test('RV-64: its login leads to pages of the vault alone, whatever the state says', async () => {
    const alice = google('alice')
    await alice.open('/account')
    const sealed = new URL(
      (await createBrowser().open(new URL('/account', world.vault.issuer).href)).location ?? '',
    ).searchParams.get('state')

    const answers = await Promise.all(
      [
        '',
        'state=https://evil.example.com/',
        'state=/account',
        `state=${sealed}x`,
        `state=${sealed}&state=${sealed}`,
        `state=${'A'.repeat(9_000)}`,
      ].map((query) => alice.browser.open(`${world.vault.issuer}account/signed-in?${query}`)),
    )
    const right = await alice.browser.open(`${world.vault.issuer}account/signed-in?state=${sealed}`)

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404])
    expect(answers.map(({ location }) => location)).toEqual(answers.map(() => undefined))
    expect(right.location).toBe(`${world.vault.issuer}account`)
  })

  test.each([
    ['without a secret', {}],
    ['with an empty one', { client_secret: '' }],
    ['with any', { client_secret: 'vks_0123456789abcdef0123456789abcdef' }],
  ])('is good for nothing else: no code of it is redeemed %s', async (_, credentials) => {
    const verifier = client.randomPKCECodeVerifier()
    const own = await (async () => {
      const alice = google('alice')
      await alice.open('/account')
      const url = new URL('/authorize', world.vault.issuer)
      url.search = new URLSearchParams({
        client_id: 'valetkey-account',
        redirect_uri: `${world.vault.issuer}account/signed-in`,
        response_type: 'code',
        scope: 'openid offline_access',
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state: 'x',
      }).toString()
      return new URL((await alice.browser.open(url.href)).location ?? '')
    })()
    expect(own.searchParams.get('code')).toEqual(expect.any(String))

    const answer = await world.request('/oauth/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: 'valetkey-account',
        redirect_uri: `${world.vault.issuer}account/signed-in`,
        code: own.searchParams.get('code') ?? '',
        code_verifier: verifier,
        ...credentials,
      }),
    })

    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })

  test('redirects nowhere but to its own page', async () => {
    const url = new URL('/authorize', world.vault.issuer)
    url.search = new URLSearchParams({
      client_id: 'valetkey-account',
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    }).toString()

    const answer = await createBrowser().open(url.href)

    expect(answer).toMatchObject({ status: 400, location: undefined })
  })
})

describe('one session', () => {
  test('RV-72: a login changes the value of its cookie, and one from elsewhere is not taken on', async () => {
    const { host } = new URL(world.vault.issuer)
    const alice = google('alice')
    alice.browser.cookies.set(`${host} valetkey-session`, 'planted-by-somebody-else')

    await alice.open('/account')
    const first = alice.sessionCookie()
    const page = await alice.open('/account')
    const again = await alice.press(page, {}, { action: '/account/confirm' })
    await alice.open(again.location ?? '')
    const second = alice.sessionCookie()

    expect(first).not.toBe('planted-by-somebody-else')
    expect(second).not.toBe(first)
    // What was before opens nothing any more.
    const thief = world.person({ user: 'alice', connection: 'google-oauth2' })
    thief.browser.cookies.set(`${host} valetkey-session`, first ?? '')
    const answer = await thief.browser.open(new URL('/account', world.vault.issuer).href)
    expect(answer.location).toContain('/authorize?')
  })

  test('serves apps and the account page alike, and names the apps', async () => {
    const app = await world.app(CLIENTS.web)
    const carol = world.person({ user: 'bobby', connection: 'google-oauth2' })
    await world.logIn({ app, user: 'bobby', browser: carol.browser })

    const page = await carol.browser.follow(
      await carol.browser.open(new URL('/account', world.vault.issuer).href),
    )

    expect(new URL(page.url).pathname).toBe('/account')
    expect(page.html).toContain('Used by <bdi>Web app</bdi>')
    expect(page.html).not.toContain('valetkey-account')
  })

  test('RV-54: its end ends logins that do not outlive it, and leaves the others', async () => {
    const app = await world.app(LISTENING)
    const alice = google('alice')
    const short = await world.logIn({
      app,
      user: 'alice',
      browser: alice.browser,
      parameters: { scope: 'openid email' },
    })
    const { browser } = google('alice')
    const long = await world.logIn({ app, user: 'alice', browser })
    received.length = 0
    const page = await alice.open('/account')
    const [others] = valuesOf(page.html, 'session').filter((value) => value === 'others')
    expect(others).toBe('others')

    await alice.press(page, { session: 'others' }, { action: '/account/sessions/end' })
    const logout = await alice.press(page, {}, { action: '/account/log-out' })

    expect(logout.html).toContain('You are logged out')
    expect((await client.tokenIntrospection(app, short.access_token)).active).toBe(false)
    expect(await client.refreshTokenGrant(app, long.refresh_token ?? '')).toMatchObject({
      access_token: expect.any(String),
    })
    const told = received.map((token) => decodeJwt(token))
    expect(told).toHaveLength(2)
    expect(told).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ aud: LISTENING, sid: short.claims()?.['sid'] }),
        expect.objectContaining({ aud: LISTENING, sid: long.claims()?.['sid'] }),
      ]),
    )
    const back = await alice.browser.open(new URL('/account', world.vault.issuer).href)
    expect(back.location).toContain('/authorize?')
  })

  test('is ended by its user alone: the id of another’s ends nothing', async () => {
    const alice = google('alice')
    const aliceAgain = google('alice')
    const page = await alice.open('/account')
    await aliceAgain.open('/account')
    const bob = google('bob')
    const bobs = await bob.open('/account')
    const [id] = valuesOf((await alice.open('/account')).html, 'session').filter(
      (value) => value !== 'others',
    )

    const foreign = await bob.press(
      bobs,
      { session: id ?? '' },
      { action: '/account/sessions/end' },
    )
    expect(foreign.status).toBe(303)
    const still = await aliceAgain.browser.open(new URL('/account', world.vault.issuer).href)
    expect(still.status).toBe(200)
    await alice.press(page, { session: id ?? '' }, { action: '/account/sessions/end' })
    const gone = await aliceAgain.browser.open(new URL('/account', world.vault.issuer).href)
    expect(gone.status).toBe(303)
  })
})

describe('forms of the account pages', () => {
  const FORMS = [
    '/account/log-out',
    '/account/confirm',
    '/account/sessions/end',
    '/account/apps/end',
    '/account/identities',
    '/account/identities/abc',
    '/account/accounts/cac_abc',
  ]

  test.each(FORMS)(
    'T33, RV-71: %s does nothing from another site, or without its token',
    async (action) => {
      const alice = google('alice')
      const bob = google('bob')
      const page = await alice.open('/account')
      const bobs = await bob.open('/account')
      const fields = { session: 'others', connection: 'google-oauth2' }
      const form =
        action === '/account/sessions/end'
          ? { session: fields.session }
          : action === '/account/apps/end'
            ? { app: CLIENTS.asked }
            : action === '/account/identities'
              ? { connection: fields.connection }
              : {}

      const answers = [
        await alice.press(page, form, { action, headers: { 'sec-fetch-site': 'cross-site' } }),
        await alice.press(page, form, { action, headers: { 'sec-fetch-site': 'same-site' } }),
        await alice.press(page, form, { action, headers: { origin: 'https://evil.example.com' } }),
        await alice.press(page, { ...form, form_token: '' }, { action }),
        await alice.press(
          page,
          { ...form, form_token: valuesOf(bobs.html, 'form_token')[0] ?? '' },
          { action },
        ),
        await alice.press(page, { ...form, more: 'x' }, { action }),
      ]

      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403])
      expect(answers.map(({ location }) => location)).toEqual(answers.map(() => undefined))
      expect((await alice.browser.open(new URL('/account', world.vault.issuer).href)).status).toBe(
        200,
      )
    },
  )

  test('a form of a session that has ended does nothing for the next one', async () => {
    const browser = google('alice')
    const page = await browser.open('/account')
    await browser.press(page, {}, { action: '/account/log-out' })
    await browser.open('/account', { user: 'bob' })

    const answer = await browser.press(page, {}, { action: '/account/log-out' })

    expect(answer.status).toBe(403)
  })

  test('a refresh token that was a subject still is one after the account page was used', async () => {
    const app = await world.app(CLIENTS.web)
    const tokens = await world.logIn({ app, user: 'demo' })
    await google('demo').open('/account')

    const exchanged = await client.genericGrantRequest(app, EXCHANGE, {
      subject_token: tokens.refresh_token ?? '',
      subject_token_type: REFRESH_TOKEN,
      audience: 'google-oauth2',
    })

    expect(exchanged).toMatchObject({ connection: 'google-oauth2' })
  })
})
