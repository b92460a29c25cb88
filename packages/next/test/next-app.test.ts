import { createValetKeyClient, parseInterrupt } from '@valetkey/core'
import {
  type Browser,
  createBrowser,
  type Page,
  startTestVault,
  testScopes,
  type TestVault,
} from '@valetkey-internal/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromChunks } from '../src/chunks.ts'
import { createSealer } from '../src/sealer.ts'
import { agree } from './agree.ts'
import { cookieSecret } from './scene.ts'
import { buildNextApp, type NextApp, type NextPackage, startNextApp } from './next-app.ts'

const buildMilliseconds = 400_000

describe.each<NextPackage>(['next', 'next-15'])('an app on %s', (nextPackage) => {
  let vault: TestVault
  let app: NextApp
  beforeAll(async () => {
    const folder = await buildNextApp(nextPackage)
    vault = await startTestVault()
    app = await startNextApp(nextPackage, folder, vault)
  }, buildMilliseconds)
  afterAll(async () => {
    await app?.close()
    await vault?.close()
  })

  const logIn = async (id: string): Promise<Browser> => {
    const browser = createBrowser()
    const query = new URLSearchParams({ connection: 'google-oauth2', login_hint: id })
    const page = await browser.open(`${app.origin}/api/valet-key/login?${query}`)
    const home = await agree(browser, page, app.origin)
    expect(home).toMatchObject({ url: `${app.origin}/`, status: 200 })
    return browser
  }

  /** A server action as browsers send it without JavaScript. */
  const act = async (browser: Browser, page: Page, label: RegExp): Promise<Response> => {
    const form = page.forms.find(({ buttons }) => buttons.some((one) => label.test(one.label)))
    const body = new FormData()
    for (const [name, value] of Object.entries(form?.fields ?? {})) body.set(name, value)
    return await fetch(page.url, {
      method: 'POST',
      headers: { origin: app.origin, cookie: browser.cookies(page.url) },
      body,
      redirect: 'manual',
    })
  }

  const ask = async (browser: Browser, path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    headers.set('cookie', browser.cookies(app.origin))
    return await fetch(app.origin + path, { redirect: 'manual', ...init, headers })
  }

  test('a route handler, a component and an action each have the token of the user', async () => {
    const { id } = vault.newUser()
    const browser = await logIn(id)
    const email = `${id}@example.com`

    expect((await browser.open(`${app.origin}/`)).html).toContain(`<p id="who">${email}</p>`)
    const route = await (await ask(browser, '/api/token')).json()
    expect(route).toMatchObject({ user: { email }, says: expect.stringContaining(email) })
    expect((await browser.open(`${app.origin}/component`)).html).toContain(email)
    const acted = await act(browser, await browser.open(`${app.origin}/action`), /Ask/)
    expect(acted.status).toBe(303)
    expect(decodeURIComponent(acted.headers.get('location') ?? '')).toContain(email)
  })

  test('a route handler tells what to connect, and the link in it connects', async () => {
    const { id } = vault.newUser()
    const browser = await logIn(id)

    const refused = await ask(browser, '/api/token?connection=github')
    expect(refused.status).toBe(401)
    const body: unknown = await refused.json()
    expect(body).toMatchObject({ reason: 'not_connected' })
    const interrupt = parseInterrupt(Reflect.get(Object(body), 'interrupt'))
    expect(interrupt).toMatchObject({
      kind: 'connect',
      connectUrl: '/api/valet-key/connect?connection=github',
    })
    const { connectUrl } = interrupt?.kind === 'connect' ? interrupt : {}
    const link = `${app.origin}${connectUrl}&returnTo=/component%3Fconnection%3Dgithub&login_hint=${id}`
    const back = await agree(browser, await browser.open(link), app.origin)

    expect(back).toMatchObject({
      status: 200,
      url: `${app.origin}/component?connection=github`,
    })
    expect(back.html).toContain('github')
  })

  test('a component that needs an account sends the browser through login and connect, and back', async () => {
    const { id } = vault.newUser()
    const browser = createBrowser()

    const first = await browser.open(`${app.origin}/component`)
    expect(first.url.startsWith(vault.issuer)).toBe(true)
    const known = await logIn(id)
    const query = new URLSearchParams({ scope: testScopes.readEvents, hint: id })
    const stepUp = `${app.origin}/component?${query}`
    const asked = await known.open(stepUp)
    expect(asked.url.startsWith(vault.issuer)).toBe(true)
    const back = await agree(known, asked, app.origin)

    expect(back).toMatchObject({
      status: 200,
      url: `${app.origin}/component?connection=google-oauth2`,
    })
    expect((await known.open(stepUp)).url).toBe(stepUp)
  })

  test('a component that needs an account does not send the browser round after a no', async () => {
    const browser = await logIn(vault.newUser().id)

    const asked = await browser.open(`${app.origin}/component?connection=github`)
    const back = await browser.click(asked, /cancel|not|deny/i)

    expect(back.url).toBe(`${app.origin}/component?connection=github&valetkey_error=access_denied`)
    expect(back.status).toBe(500)
  })

  test('an action sends the browser to connect', async () => {
    const browser = await logIn(vault.newUser().id)

    const answer = await act(browser, await browser.open(`${app.origin}/action`), /GitHub/)

    expect(answer.status).toBe(303)
    const url = new URL(answer.headers.get('location') ?? '', app.origin)
    expect(url.pathname).toBe('/api/valet-key/connect')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      connection: 'github',
      scopes: 'repo',
      returnTo: '/action',
    })
  })

  test('logging out by a form ends the login here and at the vault', async () => {
    const browser = await logIn(vault.newUser().id)
    const stolen = browser.cookies(app.origin)

    const asked = await browser.click(await browser.open(`${app.origin}/`), /Log out/)
    expect(asked.url).toContain(`${vault.issuer}oidc/logout`)
    const home = await agree(browser, asked, app.origin)

    expect(home.url).toBe(`${app.origin}/`)
    expect(home.html).toContain('<p id="who">nobody</p>')
    // A cookie that was copied before is of no use: its refresh token is revoked.
    const replayed = await fetch(`${app.origin}/api/token?connection=github`, {
      headers: { cookie: stolen },
    })
    expect(replayed.status).toBe(401)
    expect(await replayed.json()).toMatchObject({ reason: 'login_required' })
  })

  test('headers of a proxy do not move the app: every redirect goes to its own origin', async () => {
    const answer = await fetch(`${app.origin}/api/valet-key/login?returnTo=/x`, {
      redirect: 'manual',
      headers: { 'x-forwarded-host': 'evil.example.com', 'x-forwarded-proto': 'https' },
    })

    const url = new URL(answer.headers.get('location') ?? '')
    expect(url.searchParams.get('redirect_uri')).toBe(`${app.origin}/api/valet-key/callback`)
    expect(answer.headers.get('set-cookie')).not.toContain('Secure')
  })

  test("a link of Next's own, which asks by a script first, begins no login", async () => {
    // Next 16 redirects to the same route first, with a parameter of its own.
    const answer = await fetch(`${app.origin}/api/valet-key/login`, {
      headers: { rsc: '1', 'sec-fetch-dest': 'empty' },
    })

    expect(answer).toMatchObject({ status: 403 })
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  test('a session lives on where a cookie can be set, and a component that cannot only reads it', async () => {
    const { id } = vault.newUser()
    const browser = await logIn(id)
    const sealer = createSealer('session', () => [cookieSecret])
    const claims = await sealer.open(
      /vk-session=([^;]+)/.exec(browser.cookies(app.origin))?.[1] ?? '',
      0,
    )
    const twoDaysAgo = Number(claims?.['renewedAt']) - 172_800
    const aged = await sealer.seal({ ...claims, renewedAt: twoDaysAgo }, Number(claims?.exp))
    const visit = async (path: string): Promise<Response> =>
      await fetch(app.origin + path, { headers: { cookie: `vk-session=${aged}` } })

    const component = await visit('/')
    expect(await component.text()).toContain(`${id}@example.com`)
    expect(component.headers.getSetCookie()).toEqual([])
    for (const path of ['/api/token', '/api/valet-key/accounts']) {
      const [cookie = ''] = (await visit(path)).headers.getSetCookie()
      const renewed = await sealer.open(/^vk-session=([^;]+)/.exec(cookie)?.[1] ?? '', 0)
      expect(Number(renewed?.['renewedAt'])).toBeGreaterThan(twoDaysAgo + 172_000)
      expect(cookie.toLowerCase()).toMatch(/httponly/)
      expect(cookie.toLowerCase()).toMatch(/samesite=lax/)
    }
  })

  test('500 interleaved requests of 20 users: nobody has what is of another', async () => {
    const users = Array.from({ length: 20 }, () => vault.newUser().id)
    const browsers: Browser[] = []
    for (const id of users) browsers.push(await logIn(id))
    const wrong: string[] = []
    let done = 0
    const one = async (index: number): Promise<void> => {
      const position = (index * 7) % users.length
      const [id = '', browser] = [users[position], browsers[position]]
      if (browser === undefined) throw new Error('There is no browser')
      const response = await ask(browser, index % 3 === 0 ? '/component' : '/api/token')
      const text = await response.text()
      const named = new Set(text.match(/user-\d+@example\.com/g))
      if (response.status !== 200 || named.size !== 1 || !named.has(`${id}@example.com`)) {
        wrong.push(`${id}: ${response.status} ${text.slice(0, 200)}`)
      }
      done += 1
    }
    let next = 0
    const worker = async (): Promise<void> => {
      while (next < 500) await one(next++)
    }
    await Promise.all(Array.from({ length: 50 }, worker))

    expect(wrong).toEqual([])
    expect(done).toBe(500)
  }, 120_000)

  test('a live token is in no page, payload, cookie, error or log', async () => {
    const { id } = vault.newUser()
    const browser = await logIn(id)
    const cookies = browser
      .cookies(app.origin)
      .split('; ')
      .map((pair) => ({ name: pair.split('=')[0] ?? '', value: pair.replace(/^[^=]*=/, '') }))
    const sealed = fromChunks('vk-session', cookies) ?? ''
    const claims = await createSealer('session', () => [cookieSecret]).open(sealed, 0)
    const refreshToken = String(claims?.['refreshToken'])
    const client = createValetKeyClient({
      issuer: vault.issuer,
      clientId: vault.webApp.id,
      clientSecret: vault.webApp.secret,
      refreshToken,
    })
    const { token } = await client.getAccessTokenForConnection({ connection: 'google-oauth2' })
    const isIn = (text: string): boolean =>
      [token, refreshToken].some((secret) =>
        [secret, btoa(secret), encodeURIComponent(secret)].some((form) => text.includes(form)),
      )
    const paths = [
      '/',
      '/component',
      '/action',
      '/api/token',
      '/api/token?connection=github',
      '/api/valet-key/session',
      '/api/valet-key/accounts',
      '/api/valet-key/login',
      '/api/valet-key/connect?connection=github',
      '/component?connection=unknown',
      '/api/token?connection=unknown',
    ]
    const found: string[] = []
    const rsc = { headers: { rsc: '1' }, redirect: 'follow' } as const
    for (const path of paths) {
      for (const init of [{}, rsc]) {
        const answer = await ask(browser, path, init)
        if (isIn(`${JSON.stringify([...answer.headers])} ${await answer.text()}`)) found.push(path)
      }
    }
    const acted = await act(browser, await browser.open(`${app.origin}/action`), /Ask/)
    if (isIn(`${JSON.stringify([...acted.headers])} ${await acted.text()}`)) found.push('action')

    expect(found).toEqual([])
    expect(isIn(browser.cookies(app.origin))).toBe(false)
    expect(isIn(app.output())).toBe(false)

    // The same search finds what is there.
    const html = await (await ask(browser, '/leak')).text()
    expect(isIn(html)).toBe(true)
    expect(isIn(await (await ask(browser, '/leak', rsc)).text())).toBe(true)
    expect(isIn(app.output())).toBe(true)
  })
})
