import type * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBrowser, type Browser } from '../connect/browser.ts'
import { CALENDAR } from '../front-door/vault-world.ts'
import { CLIENTS, type LoginWorld, startLoginWorld } from './login-world.ts'

let world: LoginWorld
let app: client.Configuration
beforeAll(async () => {
  world = await startLoginWorld({
    configure: (config) => ({ ...config, login: { connections: ['google-oauth2', 'github'] } }),
  })
  app = await world.app(CLIENTS.web)
})
afterAll(() => world.close())

/** What the provider was asked by the last login. */
function askedOfProvider(): Readonly<Record<string, string>> {
  const entries = world.emulator.log.entries({ provider: 'google', route: 'authorize' })
  return entries.at(-1)?.parameters ?? {}
}

function logins(): number {
  return world.emulator.log.entries({ provider: 'google', route: 'authorize' }).length
}

async function loggedIn(user = 'alice'): Promise<Browser> {
  const browser = createBrowser()
  await world.logIn({ app, user, browser })
  return browser
}

describe('prompt', () => {
  test('none goes through where somebody is logged in, without a page or a provider', async () => {
    const browser = await loggedIn()
    const before = logins()

    const end = await world.browse({ app, user: 'alice', browser, parameters: { prompt: 'none' } })

    expect(end.searchParams.has('code')).toBe(true)
    expect(logins()).toBe(before)
  })

  test('nothing asks nobody who is logged in', async () => {
    const browser = await loggedIn()
    const before = logins()

    expect((await world.browse({ app, user: 'alice', browser })).searchParams.has('code')).toBe(
      true,
    )
    expect(logins()).toBe(before)
  })

  test('none is refused where nobody is, and where consent is missing', async () => {
    const parameters = { prompt: 'none' }
    const nobody = await world.browse({ app, user: 'alice', parameters })
    const asked = await world.app(CLIENTS.asked)
    const browser = await loggedIn()
    const unasked = await world.browse({ app: asked, user: 'alice', browser, parameters })

    expect(nobody.searchParams.get('error')).toBe('login_required')
    expect(unasked.searchParams.get('error')).toBe('consent_required')
  })

  test('login asks the provider again, and tells it why', async () => {
    const browser = await loggedIn()

    const tokens = await world.logIn({
      app,
      user: 'alice',
      browser,
      parameters: { prompt: 'login' },
    })

    expect(askedOfProvider()['prompt']?.split(' ')).toContain('login')
    expect(tokens.claims()?.sub).toMatch(/^usr_/)
  })

  test('select_account lets another person take over, in a session of their own', async () => {
    const browser = await loggedIn('alice')
    const alice = await world.logIn({ app, user: 'alice', browser })

    const bob = await world.logIn({
      app,
      user: 'bob',
      browser,
      parameters: { prompt: 'select_account' },
    })

    expect(bob.claims()?.sub).not.toBe(alice.claims()?.sub)
    expect(bob.claims()?.['sid']).not.toBe(alice.claims()?.['sid'])
    expect(askedOfProvider()['prompt']?.split(' ')).toContain('select_account')
  })

  test('R8: consent asks where users decide, and nowhere else', async () => {
    const browser = await loggedIn()
    const parameters = { prompt: 'consent' }
    const asked = await world.ask({
      app: await world.app(CLIENTS.asked),
      user: 'alice',
      parameters,
    })
    const page = await browser.follow(await browser.open(asked.url.href))
    const own = await world.browse({ app, user: 'alice', browser, parameters })

    expect(page.html).toContain('Third party')
    expect(page.html).toContain('value="approve"')
    expect(own.searchParams.has('code')).toBe(true)
  })

  test('R8: what a user allowed once is not asked for again, but more is', async () => {
    const third = await world.app(CLIENTS.asked)
    const browser = await loggedIn()
    const open = async (scope: string): Promise<string> => {
      const asked = await world.ask({ app: third, user: 'alice', parameters: { scope } })
      return (await browser.follow(await browser.open(asked.url.href))).html
    }
    const page = await world.ask({ app: third, user: 'alice', parameters: { scope: 'openid' } })
    const first = await browser.follow(await browser.open(page.url.href))
    await browser.follow(await browser.answer(first, 'approve'))

    expect(await open('openid')).not.toContain('value="approve"')
    expect(await open('openid email')).toContain('value="approve"')
  })

  test('a user who does not consent gives nothing', async () => {
    const third = await world.app(CLIENTS.asked)

    const end = await world.browse({ app: third, user: 'carol', decision: 'deny' })

    expect(end.searchParams.get('error')).toBe('access_denied')
    expect(end.searchParams.has('code')).toBe(false)
  })
})

describe('how fresh and how strong', () => {
  test('max_age asks again when the login is older, and the ID token says when it was', async () => {
    const browser = await loggedIn()
    const before = logins()
    world.passTime(120)

    const young = await world.logIn({
      app,
      user: 'alice',
      browser,
      parameters: { max_age: '3600' },
    })
    expect(logins()).toBe(before)
    const fresh = await world.logIn({ app, user: 'alice', browser, parameters: { max_age: '60' } })

    expect(logins()).toBe(before + 1)
    expect(askedOfProvider()['max_age']).toBe('60')
    const [then, now] = [young, fresh].map((tokens) => tokens.claims()?.auth_time ?? 0)
    expect((now ?? 0) - (then ?? 0)).toBeGreaterThanOrEqual(120)
  })

  test('login_hint and acr_values are the provider’s to read', async () => {
    await world.browse({
      app,
      user: 'alice',
      parameters: { acr_values: 'urn:example:gold', ui_locales: 'de' },
    })

    expect(askedOfProvider()).toMatchObject({
      login_hint: 'alice',
      acr_values: 'urn:example:gold',
      ui_locales: 'de',
    })
  })
})

describe('connection', () => {
  test('absent, unknown or no login’s: the person chooses', async () => {
    for (const connection of ['', 'sesame', 'notion']) {
      const asked = await world.ask({ app, user: 'alice', parameters: { connection } })
      const page = await world.go(asked)

      expect(page.status).toBe(200)
      expect(page.html).toContain('name="connection" value="google-oauth2"')
      expect(page.html).not.toContain('notion')
      expect(page.html).not.toContain('sesame')
    }
  })

  test('what the person chooses is where they log in', async () => {
    const browser = createBrowser()
    const asked = await world.ask({ app, user: 'alice', parameters: { connection: '' } })
    const page = await browser.follow(await browser.open(asked.url.href))

    const end = await browser.follow(await browser.send(page, { connection: 'google-oauth2' }))

    expect(new URL(end.location ?? '').searchParams.has('code')).toBe(true)
  })

  test('a person who cancels at the vault is back at the app, without a code', async () => {
    const browser = createBrowser()
    const asked = await world.ask({ app, user: 'alice', parameters: { connection: '' } })
    const page = await browser.follow(await browser.open(asked.url.href))

    const end = new URL((await browser.follow(await browser.answer(page, 'deny'))).location ?? '')

    expect(Object.fromEntries(end.searchParams)).toMatchObject({
      error: 'access_denied',
      state: asked.state,
      iss: world.vault.issuer,
    })
  })

  test('a person who cancels at the provider is, too', async () => {
    world.emulator.decideConsent('google', { decision: 'deny' })

    const end = await world.browse({ app, user: 'alice' })

    expect(end.searchParams.get('error')).toBe('access_denied')
    expect(end.searchParams.has('code')).toBe(false)
  })

  test('a provider that fails is the vault’s trouble, told as one that passes, and the log says which', async () => {
    world.emulator.faults.add('google', { at: 'token', fault: { kind: 'server_error' }, times: 3 })

    const end = await world.browse({ app, user: 'alice' })
    world.emulator.faults.clear()

    expect(end.searchParams.get('error')).toBe('temporarily_unavailable')
    const line = world
      .logged()
      .split('\n')
      .findLast((text) => text.includes('a login failed at the provider'))
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      level: 'warn',
      connection: 'google-oauth2',
      code: expect.stringMatching(/^code_/),
    })
  })

  test('a provider that does not know the vault is nothing to try again', async () => {
    world.emulator.faults.add('google', {
      at: 'token',
      fault: { kind: 'error', error: 'invalid_client', status: 401 },
    })

    const end = await world.browse({ app, user: 'alice' })

    expect(end.searchParams.get('error')).toBe('server_error')
    expect(end.searchParams.has('code')).toBe(false)
  })

  test('connection_scope brings what the client may have, and nothing beyond', async () => {
    await world.browse({
      app,
      user: 'alice',
      parameters: {
        connection_scope: `${CALENDAR},https://www.googleapis.com/auth/drive openid`,
      },
    })

    const scopes = askedOfProvider()['scope']?.split(' ')
    expect(scopes).toContain(CALENDAR)
    expect(scopes).not.toContain('https://www.googleapis.com/auth/drive')
  })

  test('RV-21: for a public client a login asks the provider for nothing but who the user is', async () => {
    const spa = await world.app(CLIENTS.spa)

    await world.browse({ app: spa, user: 'alice', parameters: { connection_scope: CALENDAR } })

    expect(askedOfProvider()['scope']?.split(' ')).not.toContain(CALENDAR)
  })
})

describe('scopes of APIs', () => {
  test('RV-42: within the client’s policy; beyond it there are none', async () => {
    const parameters = {
      audience: 'https://orders.example.com',
      scope: 'openid offline_access orders:read orders:admin',
    }

    const tokens = await world.logIn({ app, user: 'alice', parameters })

    expect(tokens.scope?.split(' ')).toContain('orders:read')
    expect(tokens.scope).not.toContain('orders:admin')
    const [, payload = ''] = tokens.access_token.split('.')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      iss: world.vault.issuer,
      aud: 'https://orders.example.com',
      client_id: CLIENTS.web,
      sub: tokens.claims()?.sub,
      scope: 'orders:read',
    })
  })

  test('an API that is not the client’s is refused', async () => {
    const parameters = { audience: 'https://other.example.com' }

    const end = await world.browse({ app, user: 'alice', parameters })

    expect(end.searchParams.get('error')).toBe('invalid_target')
  })
})
