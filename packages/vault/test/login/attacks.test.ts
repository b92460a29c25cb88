import { request as httpRequest } from 'node:http'

import type * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBrowser, type Browser, type Visit } from '../connect/browser.ts'
import { CLIENTS, type LoginWorld, LOGGED_OUT, SECRET, startLoginWorld } from './login-world.ts'

let world: LoginWorld
let app: client.Configuration
beforeAll(async () => {
  world = await startLoginWorld()
  app = await world.app(CLIENTS.web)
})
afterAll(() => world.close())

/** A login that is at the provider, and the address that the provider sends the browser back to. */
async function atCallback(
  browser: Browser,
  user = 'alice',
): Promise<{ readonly callback: URL; readonly asked: Awaited<ReturnType<LoginWorld['ask']>> }> {
  const asked = await world.ask({ app, user })
  let visit = await browser.open(asked.url.href)
  while (!visit.location?.includes('/callback/')) visit = await browser.open(visit.location ?? '')
  return { callback: new URL(visit.location), asked }
}

/** What whoever forges gets: a page, and the way to nowhere. */
const NOTHING = { status: expect.toBeOneOf([400, 404]), location: undefined }

function sessionOf(browser: Browser): string | undefined {
  return [...browser.cookies].find(([name]) => name.endsWith('valetkey-session'))?.[1]
}

async function isLoggedIn(browser: Browser): Promise<boolean> {
  const parameters = { prompt: 'none' }
  const end = await world.browse({ app, user: 'alice', browser, parameters })
  return end.searchParams.has('code')
}

describe('session fixation', () => {
  test('the session gets a new name at login; the old one opens nothing', async () => {
    const browser = createBrowser()
    await browser.open(new URL('/activate', world.vault.issuer).href)
    const before = sessionOf(browser)
    await world.logIn({ app, user: 'alice', browser })
    const after = sessionOf(browser)

    expect(before).toMatch(/.{20}/)
    expect(after).toMatch(/.{20}/)
    expect(after).not.toBe(before)
    const attacker = createBrowser()
    await attacker.open(new URL('/activate', world.vault.issuer).href)
    replaceSession(attacker, before)
    expect(await isLoggedIn(attacker)).toBe(false)
  })

  test('a planted session, made up or another’s, gets the attacker nowhere', async () => {
    const attacker = createBrowser()
    await attacker.open(new URL('/activate', world.vault.issuer).href)
    const planted = sessionOf(attacker)
    for (const value of [planted, 'made-up-by-the-attacker-0123456789abcdefghi']) {
      const victim = createBrowser()
      await victim.open(new URL('/activate', world.vault.issuer).href)
      replaceSession(victim, value)
      await world.logIn({ app, user: 'alice', browser: victim })

      expect(sessionOf(victim)).not.toBe(value)
      expect(await isLoggedIn(attacker)).toBe(false)
      replaceSession(attacker, value)
      expect(await isLoggedIn(attacker)).toBe(false)
    }
  })

  test('every login renames it', async () => {
    const browser = createBrowser()
    await world.logIn({ app, user: 'alice', browser })
    const first = sessionOf(browser)
    await world.logIn({ app, user: 'alice', browser, parameters: { prompt: 'login' } })

    expect(sessionOf(browser)).not.toBe(first)
  })
})

function replaceSession(browser: Browser, value: string | undefined): void {
  const { host } = new URL(world.vault.issuer)
  browser.cookies.set(`${host} valetkey-session`, value ?? '')
}

describe('the callback', () => {
  test('login CSRF: an answer of the provider’s is nobody’s in another browser', async () => {
    const { callback } = await atCallback(createBrowser())
    const victim = createBrowser()

    expect(await victim.open(callback.href)).toMatchObject(NOTHING)
    expect(await isLoggedIn(victim)).toBe(false)
  })

  test('login CSRF: not in one that is in the middle of a login of its own, either', async () => {
    const { callback } = await atCallback(createBrowser(), 'mallory')
    const victim = createBrowser()
    await atCallback(victim, 'alice')

    expect(await victim.open(callback.href)).toMatchObject(NOTHING)
    expect(await isLoggedIn(victim)).toBe(false)
  })

  test('RV-61: a state counts once', async () => {
    const browser = createBrowser()
    const { callback } = await atCallback(browser)
    const first = await browser.open(callback.href)
    const cookies = new Map(browser.cookies)

    expect(first.status).toBe(303)
    browser.cookies.clear()
    for (const [name, value] of cookies) browser.cookies.set(name, value)
    expect(await browser.open(callback.href)).toMatchObject(NOTHING)
  })

  test.for(['', 'forged', `login-${'a'.repeat(32)}`, 'login-', '%00'])(
    'RV-61: a state that is forged (%j) leads nowhere',
    async (state) => {
      const browser = createBrowser()
      const { callback } = await atCallback(browser)
      callback.searchParams.set('state', state)

      expect(await browser.open(callback.href)).toMatchObject(NOTHING)
    },
  )

  test('RV-61: a state that comes twice is none', async () => {
    const browser = createBrowser()
    const { callback } = await atCallback(browser)
    callback.searchParams.append('state', callback.searchParams.get('state') ?? '')

    expect(await browser.open(callback.href)).toMatchObject(NOTHING)
  })

  test('RV-61: a login that takes longer than ten minutes at the provider is over', async () => {
    const browser = createBrowser()
    const { callback } = await atCallback(browser)
    world.passTime(601)

    expect(await browser.open(callback.href)).toMatchObject(NOTHING)
  })

  test('RV-63: mix-up: an answer at another connection’s address is refused', async () => {
    const browser = createBrowser()
    const { callback } = await atCallback(browser)
    callback.pathname = '/callback/github'

    expect(await browser.open(callback.href)).toMatchObject(NOTHING)
  })

  test('RV-63: mix-up: an answer in another issuer’s name ends the login, without a code', async () => {
    const browser = createBrowser()
    const { callback } = await atCallback(browser)
    callback.searchParams.set('iss', 'https://evil.example.com')
    const before = world.emulator.log.tokenRequests('google').length

    const end = await browser.follow(await browser.open(callback.href))

    expect(new URL(end.location ?? '').searchParams.get('error')).toBe('temporarily_unavailable')
    expect(end.location).not.toContain('evil')
    expect(world.emulator.log.tokenRequests('google').length).toBe(before)
  })

  test('code injection: a code of another login at the provider logs in nobody', async () => {
    const attacker = await atCallback(createBrowser(), 'mallory')
    const browser = createBrowser()
    const { callback } = await atCallback(browser, 'alice')
    callback.searchParams.set('code', attacker.callback.searchParams.get('code') ?? '')

    const end = await browser.follow(await browser.open(callback.href))

    expect(end.location).not.toContain('code=')
    expect(await isLoggedIn(browser)).toBe(false)
  })

  test('RV-73: the provider’s error text is not repeated', async () => {
    const browser = createBrowser()
    const { callback } = await atCallback(browser)
    callback.search = new URLSearchParams({
      state: callback.searchParams.get('state') ?? '',
      error: 'sesame<script>',
      error_description: 'sesame<script>',
    }).toString()

    const end = await browser.follow(await browser.open(callback.href))

    expect(`${end.location ?? ''}${end.html}`).not.toContain('sesame')
  })
})

describe('a login that is under way', () => {
  test('is nobody’s in another browser: its page, its decision, its end', async () => {
    const browser = createBrowser()
    const asked = await world.ask({ app, user: 'alice', parameters: { connection: '' } })
    const page = await browser.follow(await browser.open(asked.url.href))
    const other = createBrowser()
    await other.follow(await other.open(asked.url.href))

    expect(await other.open(page.url)).toMatchObject(NOTHING)
    expect((await other.send(page, { connection: 'google-oauth2' })).status).toBe(403)
    expect((await other.send(page, { decision: 'deny' })).status).toBe(403)
    const uid = new URL(page.url).pathname.split('/').at(-1) ?? ''
    expect(
      await createBrowser().open(new URL(`/authorize/${uid}`, world.vault.issuer).href),
    ).toMatchObject(NOTHING)
  })

  test('ends after half an hour', async () => {
    const browser = createBrowser()
    const asked = await world.ask({ app, user: 'alice', parameters: { connection: '' } })
    const page = await browser.follow(await browser.open(asked.url.href))
    world.passTime(1_801)

    expect(await browser.open(page.url)).toMatchObject(NOTHING)
  })

  test('cannot be approved before anybody has logged in', async () => {
    const browser = createBrowser()
    const third = await world.app(CLIENTS.asked)
    const asked = await world.ask({ app: third, user: 'alice', parameters: { connection: '' } })
    const page = await browser.follow(await browser.open(asked.url.href))

    expect(await browser.send(page, { decision: 'approve' })).toMatchObject(NOTHING)
  })

  test.for([
    ['without the form’s token', { form_token: '' }, {}],
    ['with a token of another page', { form_token: 'a'.repeat(43) }, {}],
    ['from another site', {}, { 'sec-fetch-site': 'cross-site' }],
    ['from a sibling of this site', {}, { 'sec-fetch-site': 'same-site' }],
    ['from another origin', {}, { origin: 'https://evil.example.com' }],
    ['with more than the page sends', { decision: 'deny', extra: 'x' }, {}],
  ] as const)('CSRF: no form counts %s', async ([, fields, headers]) => {
    const browser = createBrowser()
    const asked = await world.ask({ app, user: 'alice', parameters: { connection: '' } })
    const page = await browser.follow(await browser.open(asked.url.href))

    const sent = await browser.send(page, { connection: 'google-oauth2', ...fields }, { headers })

    expect(sent.status).toBeGreaterThanOrEqual(400)
    expect(sent.location).toBeUndefined()
    expect((await browser.send(page, { connection: 'google-oauth2' })).status).toBe(303)
  })
})

describe('framing', () => {
  test.for(['/login', '/activate', '/activate confirm', '/oidc/logout', '/v2/logout', 'an error'])(
    'RV-71: nothing may frame %s, nor is anything foreign loaded there',
    async (where) => {
      const browser = createBrowser()
      await world.logIn({ app, user: 'alice', browser })
      const page = await pageAt(where, browser)

      const policy = page.headers.get('content-security-policy') ?? ''
      expect(page.html).toContain('<h1>')
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("base-uri 'none'")
      expect(policy).toContain('form-action')
      expect(policy).not.toContain('unsafe')
      expect(page.html).not.toContain('<script')
      expect(page.headers.get('x-frame-options')).toBe('DENY')
      expect(page.headers.get('referrer-policy')).toBe('no-referrer')
      expect(page.headers.get('cache-control')).toBe('no-store')
      expect(page.headers.get('access-control-allow-origin')).toBeNull()
    },
  )
})

async function pageAt(where: string, browser: Browser): Promise<Visit> {
  const at = async (path: string): Promise<Visit> =>
    await browser.open(new URL(path, world.vault.issuer).href)
  switch (where) {
    case '/login': {
      const parameters = { connection: '', prompt: 'login' }
      const asked = await world.ask({ app, user: 'alice', parameters })
      return await browser.follow(await browser.open(asked.url.href))
    }
    case '/activate confirm': {
      const { body } = await world.call('/oauth/device/code', CLIENTS.spa, { scope: 'openid' })
      return await browser.send(await at('/activate'), { user_code: String(body['user_code']) })
    }
    case 'an error':
      return await at('/authorize?client_id=nobody')
    default:
      return await at(`${where}?client_id=${CLIENTS.web}`)
  }
}

describe('Host header poisoning', () => {
  /** As a client that lies about the host; fetch would not let it. */
  async function withHost(
    path: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<string> {
    return await new Promise((resolve, reject) => {
      httpRequest(new URL(path, world.vault.url), { headers }, (response) => {
        let body = JSON.stringify(response.headers)
        response.on('data', (chunk: Buffer) => (body += chunk.toString()))
        response.on('end', () => resolve(body))
      })
        .on('error', reject)
        .end()
    })
  }

  test.for([
    { host: 'evil.example.com' },
    { 'x-forwarded-host': 'evil.example.com' },
    { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example.com' },
    { forwarded: 'host=evil.example.com;proto=https' },
    { 'x-original-host': 'evil.example.com' },
  ])('no address of the vault comes from %j', async (headers) => {
    const asked = await world.ask({ app, user: 'alice' })
    for (const path of [
      '/.well-known/openid-configuration',
      `${asked.url.pathname}${asked.url.search}`,
      '/activate',
      `/oidc/logout?client_id=${CLIENTS.web}&post_logout_redirect_uri=${LOGGED_OUT}`,
      '/authorize?client_id=nobody',
    ]) {
      expect(await withHost(path, headers)).not.toContain('evil.example.com')
    }
  })
})

test('what the vault keeps to itself cannot be said from outside', async () => {
  const tokens = await world.logIn({ app: await world.app(CLIENTS.strict), user: 'alice' })
  const response = await fetch(new URL('/oauth/token', world.vault.url), {
    method: 'POST',
    headers: { 'x-valetkey-keep-refresh-token': 'yes' },
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token ?? '',
      client_id: CLIENTS.strict,
      client_secret: SECRET,
    }),
  })
  const body: unknown = await response.json()

  expect(body).toMatchObject({ refresh_token: expect.any(String) })
  expect(body).not.toMatchObject({ refresh_token: tokens.refresh_token })
})
