import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { aClient, testRuntime } from '../test/builders.ts'
import { type ModelAccounts, startModelAccounts } from '../test/model-accounts.ts'
import type { ConnectHandlersOptions } from './connect-flow.ts'
import { type ConnectHandlers, createConnectHandlers } from './connect-handlers.ts'
import { parseConnectMessage } from './connect-message.ts'

const app = 'https://app.example.com'

interface Scene {
  readonly handlers: ConnectHandlers
  readonly runtime: ReturnType<typeof testRuntime>
}

function aScene(vault: ModelAccounts, options: Partial<ConnectHandlersOptions> = {}): Scene {
  const runtime = testRuntime()
  const handlers = createConnectHandlers({
    client: aClient(vault.issuer, {}, runtime),
    redirectUri: `${app}/connect/callback`,
    accessToken: (request) => request.headers.get('x-session'),
    ...options,
  })
  return { handlers, runtime }
}

/** A browser that is logged in, with these cookies. */
function visit(
  path: string,
  cookies: readonly string[] = [],
  headers: Record<string, string> = {},
): Request {
  const cookie = cookies.map((one) => one.split(';')[0]).join('; ')
  return new Request(app + path, {
    headers: { 'x-session': 'alice-login-token', ...(cookie === '' ? {} : { cookie }), ...headers },
  })
}

function bodyOfConnect(vault: ModelAccounts, index = 0): Record<string, unknown> {
  const body = vault.bodies('/connect')[index]
  return typeof body === 'object' && body !== null ? { ...body } : {}
}

function stateOf(vault: ModelAccounts, index = 0): string {
  return String(bodyOfConnect(vault, index)['state'])
}

const startLink = '/connect?connection=google-oauth2&scopes=b&scopes=a&returnTo=/chat%3Fid%3D1'

describe('start', () => {
  test('sends the browser to the vault with PKCE, a state and a sealed cookie', async () => {
    await using vault = await startModelAccounts()
    const { handlers } = aScene(vault)

    const response = await handlers.start(visit(`${startLink}&prompt=consent&evil=1`))

    const body = bodyOfConnect(vault)
    const [cookie = ''] = response.headers.getSetCookie()
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe(`${vault.issuer}connect?ticket=ticket-1`)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject({
      connection: 'google-oauth2',
      redirect_uri: `${app}/connect/callback`,
      scopes: ['a', 'b'],
      code_challenge_method: 'S256',
      authorization_params: { prompt: 'consent' },
    })
    expect(body['state']).toMatch(/^[\w-]{43}$/)
    expect(cookie).toMatch(
      /^__Host-vk-connect-[0-9a-z]+-[\w-]{16}=[\w-]{16}\.[\w-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
    )
    expect(cookie).not.toContain('auth-session-1')
    expect(Buffer.from(cookie.split('.')[1] ?? '', 'base64url').toString()).not.toContain('session')
  })

  test('on plain http for development sets a cookie without the prefix', async () => {
    await using vault = await startModelAccounts()
    const { handlers } = aScene(vault, { redirectUri: 'http://localhost:3000/cb' })

    const [cookie = ''] = (await handlers.start(visit(startLink))).headers.getSetCookie()

    expect(cookie).toMatch(/^vk-connect-/)
    expect(cookie).not.toContain('Secure')
  })

  test.for([
    ['no connection', '/connect'],
    ['a bad connection name', '/connect?connection=../x'],
    ['a scope with a quote', '/connect?connection=github&scopes=a%22b'],
    [
      'too many scopes',
      `/connect?connection=github&scopes=${'a '.repeat(101).replaceAll(' ', '+')}`,
    ],
  ])('refuses a link with %s', async ([, path = '']) => {
    await using vault = await startModelAccounts()
    const response = await aScene(vault).handlers.start(visit(path))

    expect(response.status).toBe(400)
    expect(vault.requests).toHaveLength(0)
  })

  test('refuses connections and scopes that the app does not offer', async () => {
    await using vault = await startModelAccounts()
    const { handlers } = aScene(vault, {
      connections: { 'google-oauth2': { scopes: ['a'] }, github: {} },
    })
    const status = async (query: string): Promise<number> =>
      (await handlers.start(visit(`/connect?${query}`))).status

    expect(await status('connection=google-oauth2&scopes=a')).toBe(303)
    expect(await status('connection=google-oauth2&scopes=a&scopes=b')).toBe(400)
    expect(await status('connection=github&scopes=anything')).toBe(303)
    expect(await status('connection=slack')).toBe(400)
    expect(await status('connection=constructor')).toBe(400)
  })

  test('is for clicks: no prefetch, no frame, no POST, no script of a router', async () => {
    await using vault = await startModelAccounts()
    const { handlers } = aScene(vault)

    const statuses = await Promise.all([
      handlers.start(visit(startLink, [], { 'sec-purpose': 'prefetch' })),
      handlers.start(visit(startLink, [], { 'sec-fetch-dest': 'iframe' })),
      handlers.start(visit(startLink, [], { rsc: '1' })),
      handlers.start(new Request(app + startLink, { method: 'POST' })),
      handlers.start(visit(startLink, [], { 'sec-fetch-dest': 'document' })),
    ])

    expect(statuses.map(({ status }) => status)).toEqual([403, 403, 403, 405, 303])
  })

  test('without a login goes back with login_required', async () => {
    await using vault = await startModelAccounts()
    const response = await aScene(vault).handlers.start(new Request(app + startLink))

    expect(response.headers.get('location')).toBe('/chat?id=1&valetkey_error=login_required')
    expect(response.headers.getSetCookie()).toEqual([])
  })

  test('while the vault is away goes back with vault_unavailable', async () => {
    await using vault = await startModelAccounts()
    vault.instead.set('/connect', { status: 500 })
    const response = await aScene(vault).handlers.start(visit(startLink))

    expect(response.headers.get('location')).toBe('/chat?id=1&valetkey_error=vault_unavailable')
  })

  test('keeps five attempts at most, the newest', async () => {
    await using vault = await startModelAccounts()
    const { handlers, runtime } = aScene(vault)
    const jar: string[] = []
    for (let index = 0; index < 7; index += 1) {
      runtime.seconds += 1
      const set = (await handlers.start(visit(startLink, jar))).headers.getSetCookie()
      for (const cookie of set) {
        const name = cookie.split('=')[0]
        const known = jar.findIndex((one) => one.startsWith(`${name}=`))
        if (known !== -1) jar.splice(known, 1)
        if (!cookie.includes('Max-Age=0')) jar.push(cookie)
      }
    }

    const newest = await handlers.callback(
      visit(`/connect/callback?state=${stateOf(vault, 6)}&connect_code=c`, jar),
    )
    const oldest = await handlers.callback(
      visit(`/connect/callback?state=${stateOf(vault, 0)}&connect_code=c`, jar),
    )

    expect(jar).toHaveLength(5)
    expect(newest.headers.get('location')).toBe('/chat?id=1')
    expect(oldest.headers.get('location')).toBe('/?valetkey_error=attempt_invalid')
  })

  test('keeps fewer where a link makes them long: a server would refuse all requests of the browser', async () => {
    await using vault = await startModelAccounts()
    const { handlers, runtime } = aScene(vault)
    const link = `/connect?connection=google-oauth2&returnTo=/${'a'.repeat(2_000)}`
    const [first = ''] = (await handlers.start(visit(link))).headers.getSetCookie()
    runtime.seconds += 1

    const [, ...removed] = (await handlers.start(visit(link, [first]))).headers.getSetCookie()

    expect(removed).toEqual([expect.stringContaining('=; Path=/; Max-Age=0')])
    expect(removed[0]?.split('=')[0]).toBe(first.split('=')[0])
  })
})

describe('callback', () => {
  async function begun(
    vault: ModelAccounts,
    scene: Scene,
  ): Promise<{ state: string; cookies: string[] }> {
    const response = await scene.handlers.start(visit(startLink))
    const state = stateOf(vault)
    return { state, cookies: response.headers.getSetCookie() }
  }

  test('completes with the verifier that fits the challenge, clears the cookie, and goes back', async () => {
    await using vault = await startModelAccounts()
    const scene = aScene(vault)
    const { state, cookies } = await begun(vault, scene)

    const response = await scene.handlers.callback(
      visit(`/connect/callback?state=${state}&connect_code=code-1`, cookies),
    )

    const [completed] = vault.bodies('/complete')
    const verifier = String(Object(completed).code_verifier)
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/chat?id=1')
    expect(response.headers.getSetCookie()[0]).toContain('Max-Age=0')
    expect(completed).toMatchObject({
      auth_session: 'auth-session-1',
      connect_code: 'code-1',
      redirect_uri: `${app}/connect/callback`,
    })
    expect(createHash('sha256').update(verifier).digest('base64url')).toBe(
      bodyOfConnect(vault)['code_challenge'],
    )
  })

  test('with two attempts at once takes the one that the state belongs to', async () => {
    await using vault = await startModelAccounts()
    const { handlers } = aScene(vault)
    const first = await handlers.start(visit('/connect?connection=github&returnTo=/first'))
    const second = await handlers.start(visit('/connect?connection=slack&returnTo=/second'))
    const cookies = [...first.headers.getSetCookie(), ...second.headers.getSetCookie()]
    const states = [0, 1].map((index) => stateOf(vault, index))

    const responses = await Promise.all(
      states.map((state) =>
        handlers.callback(visit(`/connect/callback?state=${state}&connect_code=c`, cookies)),
      ),
    )

    expect(responses.map((response) => response.headers.get('location'))).toEqual([
      '/first',
      '/second',
    ])
  })

  test.for([
    [
      'another state',
      (state: string) => `state=${state.slice(0, 16)}${'x'.repeat(27)}&connect_code=c`,
    ],
    ['no state', () => 'connect_code=c'],
    ['an unknown state', () => `state=${'y'.repeat(43)}&connect_code=c`],
  ] as const)('with %s completes nothing', async ([, query]) => {
    await using vault = await startModelAccounts()
    const scene = aScene(vault)
    const { state, cookies } = await begun(vault, scene)

    const response = await scene.handlers.callback(
      visit(`/connect/callback?${query(state)}`, cookies),
    )

    expect(response.headers.get('location')).toBe('/?valetkey_error=attempt_invalid')
    expect(vault.bodies('/complete')).toEqual([])
  })

  test('with a forged, cut or foreign cookie completes nothing', async () => {
    await using vault = await startModelAccounts()
    const scene = aScene(vault)
    const foreign = aScene(vault, { cookieSecret: 'another secret of enough characters' })
    const { state, cookies } = await begun(vault, scene)
    const [cookie = ''] = cookies
    const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split('=')
    const other = value[60] === 'A' ? 'B' : 'A'
    const plain = Buffer.from(JSON.stringify({ state, returnTo: '/x' })).toString('base64url')
    const query = `/connect/callback?state=${state}&connect_code=c`

    const responses = [
      await scene.handlers.callback(visit(query, [`${name}=${plain}`])),
      await scene.handlers.callback(visit(query, [`${name}=${value.slice(0, -3)}`])),
      await scene.handlers.callback(
        visit(query, [`${name}=${value.slice(0, 60)}${other}${value.slice(61)}`]),
      ),
      await scene.handlers.callback(visit(query, [])),
      await foreign.handlers.callback(visit(query, cookies)),
    ]

    expect(responses.map((response) => response.headers.get('location'))).toEqual(
      Array.from({ length: 5 }, () => '/?valetkey_error=attempt_invalid'),
    )
    expect(vault.bodies('/complete')).toEqual([])
  })

  test('with a cookie that lacks the prefix, as a sister site could plant it, completes nothing', async () => {
    await using vault = await startModelAccounts()
    const scene = aScene(vault)
    const { state, cookies } = await begun(vault, scene)

    // A no-break space is part of the name to a browser, which sees no prefix after it.
    for (const prefix of ['', '\u00A0__Host-']) {
      const planted = cookies.map((cookie) => cookie.replace('__Host-', prefix))
      const response = await scene.handlers.callback(
        visit(`/connect/callback?state=${state}&connect_code=c`, planted),
      )
      expect(response.headers.get('location')).toBe('/?valetkey_error=attempt_invalid')
    }

    expect(vault.bodies('/complete')).toEqual([])
  })

  test('on plain http for development takes the cookie without the prefix', async () => {
    await using vault = await startModelAccounts()
    const scene = aScene(vault, { redirectUri: 'http://localhost:3000/connect/callback' })
    const { state, cookies } = await begun(vault, scene)

    const response = await scene.handlers.callback(
      visit(`/connect/callback?state=${state}&connect_code=c`, cookies),
    )

    expect(response.headers.get('location')).toBe('/chat?id=1')
  })

  test('after ten minutes completes nothing', async () => {
    await using vault = await startModelAccounts()
    const scene = aScene(vault)
    const { state, cookies } = await begun(vault, scene)
    scene.runtime.seconds += 600

    const response = await scene.handlers.callback(
      visit(`/connect/callback?state=${state}&connect_code=c`, cookies),
    )

    expect(response.headers.get('location')).toBe('/?valetkey_error=attempt_invalid')
  })

  test.for([
    ['access_denied', 'access_denied'],
    ['temporarily_unavailable', 'provider_unavailable'],
    ['%3Cscript%3E', 'connect_failed'],
  ])('with the error %s goes back with %s', async ([error, failure]) => {
    await using vault = await startModelAccounts()
    const scene = aScene(vault)
    const { state, cookies } = await begun(vault, scene)

    const response = await scene.handlers.callback(
      visit(`/connect/callback?state=${state}&error=${error}&error_description=x`, cookies),
    )

    expect(response.headers.get('location')).toBe(`/chat?id=1&valetkey_error=${failure}`)
    expect(vault.bodies('/complete')).toEqual([])
  })

  test('that the vault refuses goes back with the code', async () => {
    await using vault = await startModelAccounts()
    vault.instead.set('/complete', { status: 404, json: { title: 'Invalid or expired session' } })
    const scene = aScene(vault)
    const { state, cookies } = await begun(vault, scene)

    const response = await scene.handlers.callback(
      visit(`/connect/callback?state=${state}&connect_code=c`, cookies),
    )

    expect(response.headers.get('location')).toBe('/chat?id=1&valetkey_error=not_connected')
  })

  test('is completed as the user of this request, whom the vault compares', async () => {
    await using vault = await startModelAccounts()
    const scene = aScene(vault)
    const { state, cookies } = await begun(vault, scene)

    await scene.handlers.callback(
      visit(`/connect/callback?state=${state}&connect_code=c`, cookies, { 'x-session': 'bob' }),
    )

    expect(vault.requests.at(-2)?.form['subject_token']).toBe('bob')
  })
})

describe('status', () => {
  test("gives the user's accounts, and no more of them than the UI needs", async () => {
    await using vault = await startModelAccounts()
    const response = await aScene(vault).handlers.status(visit('/status?connection=google-oauth2'))

    const shown = {
      connection: 'google-oauth2',
      label: 'alice@example.com',
      scopes: ['calendar.events'],
      state: 'active',
    }
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({
      accounts: [
        { id: 'cac_1', ...shown },
        { id: 'cac_2', ...shown },
      ],
    })
    expect(vault.requests[1]?.path).toContain('connection=google-oauth2')
  })

  test('answers 401 without a login, 400 for a bad name, 405 for a POST, 503 in an outage', async () => {
    await using vault = await startModelAccounts()
    const { handlers } = aScene(vault)
    vault.instead.set('/accounts', { status: 500 })

    const responses = [
      await handlers.status(new Request(`${app}/status`)),
      await handlers.status(visit('/status?connection=../x')),
      await handlers.status(new Request(`${app}/status`, { method: 'POST' })),
      await handlers.status(visit('/status')),
    ]

    expect(responses.map(({ status }) => status)).toEqual([401, 400, 405, 503])
  })
})

describe('disconnect', () => {
  function click(
    body: string,
    headers: Readonly<Record<string, string>> = { origin: app },
    type = 'application/json',
  ): Request {
    return new Request(`${app}/disconnect`, {
      method: 'POST',
      headers: { 'x-session': 'alice-login-token', 'content-type': type, ...headers },
      body,
    })
  }
  const deleted = (vault: ModelAccounts): readonly string[] =>
    vault.requests.flatMap(({ method, path }) => (method === 'DELETE' ? [path] : []))

  test('removes one account of the user, by its id', async () => {
    await using vault = await startModelAccounts()

    const response = await aScene(vault).handlers.disconnect(click('{"accountId":"cac_2"}'))

    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ accountId: 'cac_2' })
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(deleted(vault)).toEqual(['/me/v1/connected-accounts/accounts/cac_2'])
  })

  test('T33: refuses what no page of the app sent, before it asks who the user is', async () => {
    await using vault = await startModelAccounts()
    const { handlers } = aScene(vault)
    const foreign = [{}, { origin: 'https://evil.example' }, { 'sec-fetch-site': 'same-site' }]

    for (const headers of foreign) {
      const response = await handlers.disconnect(click('{"accountId":"cac_2"}', headers))
      expect(response.status).toBe(403)
    }
    expect(vault.requests).toEqual([])
  })

  test('answers 405 for a GET, 400 for a body that is none, 401 without a login, 503 in an outage', async () => {
    await using vault = await startModelAccounts()
    const { handlers } = aScene(vault)
    vault.instead.set('/accounts', { status: 500 })

    const responses = [
      await handlers.disconnect(visit('/disconnect')),
      await handlers.disconnect(click('accountId=cac_2')),
      await handlers.disconnect(click('{"accountId":"cac_2"}', { origin: app }, 'text/plain')),
      await handlers.disconnect(click(`{"accountId":"cac_2","x":"${'x'.repeat(2_000)}"}`)),
      await handlers.disconnect(click('{"accountId":"cac_2"}', { origin: app, 'x-session': '' })),
      await handlers.disconnect(click('{"accountId":"cac_2"}')),
    ]

    expect(responses.map(({ status }) => status)).toEqual([405, 400, 400, 400, 401, 503])
  })
})

test('a token for the My Account API may take the place of a subject', async () => {
  await using vault = await startModelAccounts()
  const handlers = createConnectHandlers({
    client: aClient(vault.issuer),
    redirectUri: `${app}/connect/callback`,
    myAccountToken: (request) => request.headers.get('x-session'),
  })

  expect((await handlers.status(visit('/status'))).status).toBe(200)
  expect((await handlers.status(new Request(`${app}/status`))).status).toBe(401)
  expect(vault.requests.map(({ path }) => path)).not.toContain('/oauth/token')
})

test('wrong options are named at creation', async () => {
  await using vault = await startModelAccounts()
  const client = aClient(vault.issuer)
  const good = { client, redirectUri: `${app}/cb`, accessToken: () => 'x' }

  expect(() => createConnectHandlers({ ...good, redirectUri: '/cb' })).toThrow(/redirectUri/)
  expect(() => createConnectHandlers({ ...good, cookieSecret: 'short' })).toThrow(/cookieSecret/)
  expect(() => createConnectHandlers({ ...good, defaultReturnPath: '//evil' })).toThrow(
    /defaultReturnPath/,
  )
  expect(() => createConnectHandlers({ client, redirectUri: `${app}/cb` })).toThrow(/accessToken/)
})

describe('in a popup', () => {
  const popup = 'popup-of-a-test-1'
  const cookieOf = (response: Response): readonly string[] => response.headers.getSetCookie()

  async function startIn(
    vault: ModelAccounts,
    query = `&popup=${popup}`,
  ): Promise<{ readonly handlers: ConnectHandlers; readonly cookies: readonly string[] }> {
    const { handlers } = aScene(vault)
    const response = await handlers.start(visit(startLink + query))
    expect(response.status).toBe(303)
    return { handlers, cookies: cookieOf(response) }
  }

  /** The message that the page posts, read from its script. */
  const postedBy = (page: string): unknown =>
    JSON.parse(/channel\.postMessage\((.*)\)/.exec(page)?.[1] ?? 'null')

  test('ends in a page that tells the app how it ended, and removes the cookie', async () => {
    await using vault = await startModelAccounts()
    const { handlers, cookies } = await startIn(vault)

    const response = await handlers.callback(
      visit(`/connect/callback?state=${stateOf(vault)}&connect_code=code-1`, cookies),
    )

    const page = await response.text()
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(cookieOf(response)).toEqual([expect.stringContaining('Max-Age=0')])
    expect(parseConnectMessage(postedBy(page))).toEqual({
      type: 'valetkey.connect',
      version: 1,
      popup,
      connection: 'google-oauth2',
    })
    expect(page).toContain('href="/chat?id=1"')
  })

  test('lets no script run but its own, and is in nobody’s frame', async () => {
    await using vault = await startModelAccounts()
    const { handlers, cookies } = await startIn(vault)

    const response = await handlers.callback(
      visit(`/connect/callback?state=${stateOf(vault)}&connect_code=code-1`, cookies),
    )

    const policy = response.headers.get('content-security-policy') ?? ''
    const nonce = /script-src 'nonce-([\w-]{22})'/.exec(policy)?.[1]
    expect(policy).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/)
    const page = await response.text()
    const tags = [...page.matchAll(/<(?:script|style)[^>]*>/g)].map(([tag]) => tag)
    expect(tags).toEqual([`<style nonce="${nonce}">`, `<script nonce="${nonce}">`])
  })

  test.each([
    ['access_denied', 'access_denied'],
    ['temporarily_unavailable', 'provider_unavailable'],
    ['</script><script>alert(1)</script>', 'connect_failed'],
  ])('says why when the vault answers %j', async (wireError, error) => {
    await using vault = await startModelAccounts()
    const { handlers, cookies } = await startIn(vault)

    const query = new URLSearchParams({ state: stateOf(vault), error: wireError })
    const page = await (
      await handlers.callback(visit(`/connect/callback?${query}`, cookies))
    ).text()

    expect(parseConnectMessage(postedBy(page))).toMatchObject({ popup, error })
    expect(page).not.toContain('alert')
    expect(page).toContain(`href="/chat?id=1&amp;valetkey_error=${error}"`)
  })

  test('says at once that nobody is logged in, or that the vault is away', async () => {
    await using vault = await startModelAccounts()
    const { handlers } = aScene(vault)
    const link = `${app}${startLink}&popup=${popup}`

    const loggedOut = await (await handlers.start(new Request(link))).text()
    vault.instead.set('/connect', { status: 500 })
    const away = await (await handlers.start(visit(`${startLink}&popup=${popup}`))).text()

    expect(postedBy(loggedOut)).toMatchObject({ popup, error: 'login_required' })
    expect(postedBy(away)).toMatchObject({ popup, error: 'vault_unavailable' })
  })

  test('writes a return path into the page as text', async () => {
    await using vault = await startModelAccounts()
    const { handlers } = aScene(vault)
    const returnTo = encodeURIComponent('/chat?q="><script>alert(1)</script>&a')
    const link = `/connect?connection=google-oauth2&returnTo=${returnTo}&popup=${popup}`

    const page = await (await handlers.start(new Request(app + link))).text()

    expect(page).not.toContain('<script>alert')
    expect(page).toContain('login_required')
  })

  test.each(['', 'short', 'a'.repeat(65), 'x'.repeat(20) + '</script>', 'ünïcödé-ünïcödé-ü'])(
    'refuses the popup id %j',
    async (id) => {
      await using vault = await startModelAccounts()
      const query = `&popup=${encodeURIComponent(id)}`
      const response = await aScene(vault).handlers.start(visit(startLink + query))

      expect(response.status).toBe(400)
      expect(vault.requests).toHaveLength(0)
    },
  )
})
