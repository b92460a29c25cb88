import { captureOutput, startTestVault, type TestVault } from '@valetkey-internal/testing'
import type { NextValetKeyOptions } from '@valetkey/next'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { cookieSecret, createScene, formOf, origin, type Scene, type Sent } from './scene.ts'

let vault: TestVault
beforeAll(async () => {
  vault = await startTestVault()
})
afterAll(async () => {
  await vault.close()
})

const aScene = (options?: NextValetKeyOptions): Scene => createScene(vault, options)
const session = '__Host-vk-session'
const ended = '__Host-vk-ended'

/** A JWT with other claims. Over TLS from the token endpoint its signature is not what is relied on. */
function altered(token: string, change: Readonly<Record<string, unknown>>): string {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const changed = Buffer.from(JSON.stringify({ ...Object(claims), ...change })).toString(
    'base64url',
  )
  return [header, changed, signature].join('.')
}

describe('logging in', () => {
  test('asks the vault with PKCE, state and nonce, and keeps nothing readable in the browser', async () => {
    const { visit } = aScene()

    const answer = await visit('login?returnTo=/chat%3Fid%3D1&evil=1')

    const url = new URL(answer.headers.get('location') ?? '')
    expect(answer.status).toBe(303)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: vault.webApp.id,
      response_type: 'code',
      redirect_uri: `${origin}/api/valet-key/callback`,
      scope: 'openid profile email offline_access',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
    const [cookie = ''] = answer.headers.getSetCookie()
    expect(cookie).toMatch(
      /^__Host-vk-login-[0-9a-z]+-[\w-]{16}=[\w.-]+; Path=\/; Max-Age=1800; HttpOnly; SameSite=Lax; Secure$/,
    )
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('comes back to where it began, with a session', async () => {
    const { id } = vault.newUser()
    const scene = aScene()
    const query = { connection: 'google-oauth2', login_hint: id, returnTo: '/chat?id=1#end' }

    const answer = await scene.visit(`callback${(await scene.begin(query)).search}`)

    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/chat?id=1#end')
    expect(scene.jar.names()).toEqual([session])
    const seen = await scene.visit('session')
    expect(await seen.json()).toEqual({
      user: {
        id: expect.stringMatching(/^usr_/),
        name: expect.any(String),
        email: `${id}@example.com`,
      },
      loggedInAt: expect.any(Number),
      expiresAt: expect.any(Number),
    })
    const request = new Request(origin, { headers: { cookie: scene.jar.header() } })
    expect(await scene.valetKey.getSession(request)).toMatchObject({
      user: { email: `${id}@example.com` },
    })
  })

  test.for([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '/.//evil.example',
    '/\u0009/evil.example',
    'javascript:alert(1)',
    'evil',
    '',
    `/${'a'.repeat(3_000)}`,
    '/api/valet-key/login',
    '/api/valet-key/callback?state=x',
    '/api/valet-key/../valet-key/login',
  ])('RV-64: returnTo=%j goes to the default path', async (returnTo) => {
    const scene = aScene({ defaultReturnPath: '/start' })
    const query = { connection: 'google-oauth2', login_hint: 'user-1', returnTo }

    const answer = await scene.visit(`callback${(await scene.begin(query)).search}`)

    expect(answer.headers.get('location')).toBe('/start')
  })

  test('returnTo may be the connect route, and no path that the app does not allow', async () => {
    const scene = aScene({ isReturnPathAllowed: (path) => path !== '/admin' })
    const end = async (returnTo: string): Promise<string | null> => {
      const query = { connection: 'google-oauth2', login_hint: 'user-1', returnTo }
      const answer = await scene.visit(`callback${(await scene.begin(query)).search}`)
      return answer.headers.get('location')
    }

    expect(await end('/api/valet-key/connect?connection=github')).toBe(
      '/api/valet-key/connect?connection=github',
    )
    expect(await end('/admin')).toBe('/')
  })

  test('a link may choose the connection and the prompt, and nothing else', async () => {
    const loginParameters = { connection: 'google-oauth2', connection_scope: 'a', audience: 'x' }
    const { visit } = aScene({ loginParameters })
    const asked = async (query: string): Promise<Record<string, string>> => {
      const answer = await visit(`login?${query}`)
      return Object.fromEntries(new URL(answer.headers.get('location') ?? '').searchParams)
    }

    expect(await asked('')).toMatchObject(loginParameters)
    expect(await asked('connection=github&prompt=login&login_hint=ada')).toMatchObject({
      connection: 'github',
      connection_scope: '',
      prompt: 'login',
      login_hint: 'ada',
    })
    const evil =
      'prompt=evil&connection=No%20Name&audience=y&scope=z&redirect_uri=https://evil.example'
    const rest = await asked(evil)
    expect(rest).toMatchObject({ ...loginParameters, scope: 'openid profile email offline_access' })
    expect(rest).not.toHaveProperty('prompt')
    expect(rest['redirect_uri']).toBe(`${origin}/api/valet-key/callback`)
  })

  test.for<[string, Record<string, string>]>([
    ['a prefetch', { 'sec-purpose': 'prefetch' }],
    ['an image', { 'sec-fetch-dest': 'image' }],
    ['a frame', { 'sec-fetch-dest': 'iframe' }],
    ["a link of Next's, by a script", { rsc: '1' }],
  ])('%s begins no login', async ([, headers]) => {
    const answer = await aScene().visit('login', headers)

    expect(answer.status).toBe(403)
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  test('nextjs-auth0 #2784: logins that nobody finishes leave five cookies, not a header too long', async () => {
    const scene = aScene()

    for (let count = 0; count < 30; count += 1) await scene.visit('login')

    expect(scene.jar.names()).toHaveLength(5)
    expect(scene.jar.header().length).toBeLessThan(5_000)
  })
})

describe('coming back', () => {
  const failed = async (scene: Scene, path: string): Promise<string> => {
    const before = scene.jar.names().includes(session)
    const answer = await scene.visit(path)
    expect(answer.status).toBe(303)
    expect(scene.jar.names().includes(session)).toBe(before)
    return answer.headers.get('location') ?? ''
  }

  test('T17: with a code of somebody else, in a browser that began no login, logs nobody in', async () => {
    const attacker = aScene()
    const callback = await attacker.begin({ connection: 'google-oauth2', login_hint: 'user-2' })

    expect(await failed(aScene(), `callback${callback.search}`)).toBe(
      '/?valetkey_error=attempt_invalid',
    )
  })

  test('with another state, or none, or twice, logs nobody in', async () => {
    const scene = aScene()
    const callback = await scene.begin({ connection: 'google-oauth2', login_hint: 'user-2' })
    const code = callback.searchParams.get('code') ?? ''
    const invalid = '/?valetkey_error=attempt_invalid'

    expect(await failed(scene, `callback?code=${code}`)).toBe(invalid)
    expect(await failed(scene, `callback?code=${code}&state=${'x'.repeat(43)}`)).toBe(invalid)
    const altered = `${callback.searchParams.get('state')?.slice(0, 42)}_`
    expect(await failed(scene, `callback?code=${code}&state=${altered}`)).toBe(invalid)
    await scene.visit(`callback${callback.search}`)
    expect(scene.jar.names()).toContain(session)
    expect(await failed(scene, `callback${callback.search}`)).toBe(invalid)
  })

  test('with a wrong code, or an answer of another issuer, logs nobody in', async () => {
    const scene = aScene()
    const { searchParams } = await scene.begin({
      connection: 'google-oauth2',
      login_hint: 'user-2',
    })
    searchParams.set('code', 'wrong')

    expect(await failed(scene, `callback?${searchParams}`)).toBe('/?valetkey_error=login_failed')
    const next = await scene.begin({ connection: 'google-oauth2', login_hint: 'user-2' })
    next.searchParams.set('iss', 'https://evil.example/')
    await expect(scene.visit(`callback${next.search}`)).rejects.toMatchObject({
      code: 'protocol_error',
    })
    expect(scene.jar.names()).not.toContain(session)
  })

  test.for([
    ['access_denied', 'access_denied'],
    ['login_required', 'login_required'],
    ['interaction_required', 'login_required'],
    ['temporarily_unavailable', 'vault_unavailable'],
    ['invalid_scope', 'login_failed'],
    ['<script>', 'login_failed'],
  ])('with error=%s tells the page %s', async ([error = '', code = '']) => {
    const scene = aScene()
    const asked = await scene.visit('login?returnTo=/chat')
    const state = new URL(asked.headers.get('location') ?? '').searchParams.get('state') ?? ''

    const query = new URLSearchParams({ state, error, error_description: '<b>' })
    expect(await failed(scene, `callback?${query}`)).toBe(`/chat?valetkey_error=${code}`)
    expect(scene.jar.names().filter((name) => name.includes('vk-login'))).toEqual([])
  })

  test.for<[string, Record<string, unknown>]>([
    ['nonce of another login', { nonce: 'x'.repeat(43) }],
    ['no nonce', { nonce: undefined }],
    ['audience of another client', { aud: 'another-app' }],
    ['issuer of another vault', { iss: 'https://evil.example/' }],
    ['past', { exp: 1_000_000_000 }],
    ['no user', { sub: undefined }],
  ])('with an ID token of %s logs nobody in', async ([, change]) => {
    const scene = aScene({
      fetch: async (input, init) => {
        const answer = await fetch(input, init)
        if (formOf(init).get('grant_type') !== 'authorization_code') return answer
        const body: Record<string, unknown> = Object(await answer.json())
        return Response.json({ ...body, id_token: altered(String(body['id_token']), change) })
      },
    })
    const callback = await scene.begin({ connection: 'google-oauth2', login_hint: 'user-2' })

    await expect(scene.visit(`callback${callback.search}`)).rejects.toMatchObject({
      code: 'protocol_error',
    })
    expect(scene.jar.names()).not.toContain(session)
  })

  test('an ID token that was only written again logs in: the changes above are what is refused', async () => {
    const scene = aScene({
      fetch: async (input, init) => {
        const answer = await fetch(input, init)
        if (formOf(init).get('grant_type') !== 'authorization_code') return answer
        const body: Record<string, unknown> = Object(await answer.json())
        return Response.json({ ...body, id_token: altered(String(body['id_token']), {}) })
      },
    })

    expect((await scene.logIn('user-2')).headers.get('location')).toBe('/')
    expect(scene.jar.names()).toContain(session)
  })

  test('prompt=none without a login at the vault comes back with login_required', async () => {
    const scene = aScene()
    const callback = await scene.begin({ prompt: 'none' })

    expect(callback.searchParams.get('error')).toBeTruthy()
    expect(await failed(scene, `callback${callback.search}`)).toBe(
      '/?valetkey_error=login_required',
    )
  })

  test('a new login takes the place of the old one', async () => {
    const scene = aScene()
    await scene.logIn('user-3')
    const old = scene.jar.header()

    await scene.logIn('user-4')

    expect(scene.jar.header()).not.toBe(old)
    expect(await (await scene.visit('session')).json()).toMatchObject({
      user: { email: 'user-4@example.com' },
    })
  })
})

describe('what changes something', () => {
  const foreign = [
    {},
    { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    { origin: 'https://evil.example.com', 'sec-fetch-site': 'same-site' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
  ]

  test.for(['logout', 'disconnect'])(
    'T33: %s refuses what no page of the app sent',
    async (name) => {
      const scene = aScene()
      await scene.logIn('user-5')
      const cookie = scene.jar.header()
      for (const headers of foreign) {
        const answer = await scene.valetKey.handlers.POST(
          new Request(`${origin}/api/valet-key/${name}`, {
            method: 'POST',
            headers: { cookie, 'content-type': 'application/json', ...headers },
            body: '{"accountId":"cac_1"}',
          }),
        )
        expect(answer.status).toBe(403)
        expect(answer.headers.getSetCookie()).toEqual([])
      }
      expect((await scene.visit(name)).status).toBe(405)
      expect((await scene.visit('session')).status).toBe(200)
    },
  )

  test.for(['login', 'callback', 'connect', 'complete', 'accounts', 'session'])(
    '%s is not for POST',
    async (name) => {
      const answer = await aScene().post(name)

      expect(answer.status).toBe(405)
      expect(answer.headers.get('allow')).toBe('GET')
    },
  )

  test('nothing else is there', async () => {
    for (const name of ['', 'nothing', 'constructor', '__proto__', 'login/x']) {
      expect(await aScene().visit(name)).toMatchObject({ status: 404 })
    }
  })
})

describe('S13: disconnecting', () => {
  test('is by account, and a token of it is refused at once', async () => {
    const scene = aScene()
    await scene.logIn('user-6')
    const listed: unknown = await (await scene.visit('accounts')).json()
    const [account] = Object(listed).accounts
    expect(account).toEqual({
      id: expect.stringMatching(/^cac_/),
      connection: 'google-oauth2',
      label: 'user-6@example.com',
      scopes: expect.any(Array),
      state: 'active',
    })

    const json = { 'content-type': 'application/json' }
    const answer = await scene.post('disconnect', JSON.stringify({ accountId: account.id }), json)

    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ accountId: account.id })
    expect(await (await scene.visit('accounts')).json()).toEqual({ accounts: [] })
    const again = await scene.post('disconnect', JSON.stringify({ accountId: account.id }), json)
    expect(again.status).toBe(200)
  })

  test.for([
    ['text/plain', '{"accountId":"cac_1"}'],
    ['application/json', ''],
    ['application/json', '{"accountId":1}'],
    ['application/json', '{"accountId":"../x"}'],
    ['application/json', '["cac_1"]'],
    ['application/json', 'null'],
    ['application/json', `{"accountId":"cac_${'1'.repeat(2_000)}"}`],
  ])('a body that is none is refused: %s %s', async ([type = '', body = '']) => {
    const scene = aScene()

    const answer = await scene.post('disconnect', body, { 'content-type': type })

    expect(answer.status).toBe(400)
    expect(scene.sent).toEqual([])
  })

  test('nobody can disconnect what is of another', async () => {
    const [owner, other] = [aScene(), aScene()]
    await owner.logIn('user-7')
    await other.logIn('user-8')
    const listed: unknown = await (await owner.visit('accounts')).json()
    const [account] = Object(listed).accounts

    await other.post('disconnect', JSON.stringify({ accountId: account.id }), {
      'content-type': 'application/json',
    })

    expect(await (await owner.visit('accounts')).json()).toMatchObject({
      accounts: [{ id: account.id }],
    })
  })

  test('without a login the accounts are nobody’s: 401, as JSON', async () => {
    const scene = aScene()
    const json = { 'content-type': 'application/json' }

    for (const answer of [
      await scene.visit('accounts'),
      await scene.visit('session'),
      await scene.post('disconnect', '{"accountId":"cac_1"}', json),
    ]) {
      expect(answer.status).toBe(401)
      expect(await answer.json()).toEqual({ error: 'login_required' })
    }
  })
})

describe('logging out', () => {
  const revoked = (sent: readonly Sent[]): readonly string[] =>
    sent.flatMap(({ path, form }) => (path === '/oauth/revoke' ? [form.get('token') ?? ''] : []))

  afterEach(() => {
    vi.useRealTimers()
  })

  test('removes the session, revokes the refresh token and goes on to the vault', async () => {
    const scene = aScene()
    await scene.logIn('user-9')

    const answer = await scene.post('logout')

    const url = new URL(answer.headers.get('location') ?? '')
    expect(answer.status).toBe(303)
    expect(url.href).toContain(`${vault.issuer}oidc/logout`)
    expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${origin}/`)
    expect(scene.jar.names()).toEqual([ended])
    expect(revoked(scene.sent)).toEqual([expect.stringMatching(/./)])
  })

  test('tells a script where to go instead', async () => {
    const scene = aScene()
    await scene.logIn('user-9')

    const answer = await scene.post('logout', '', { accept: 'application/json' })

    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({
      url: expect.stringContaining(`${vault.issuer}oidc/logout`),
    })
    expect(scene.jar.names()).toEqual([ended])
  })

  test("with logout: 'app' leaves the browser's login at the vault", async () => {
    const scene = aScene({ logout: 'app' })
    await scene.logIn('user-9')

    const answer = await scene.post('logout')

    expect(answer.headers.get('location')).toBe('/')
    expect(revoked(scene.sent)).toHaveLength(1)
  })

  test('happens here while the vault is down, and says that it did not happen there', async () => {
    const up = aScene()
    await up.logIn('user-9')
    const down = aScene({
      timeoutSeconds: 1,
      fetch: async () => {
        throw new TypeError('fetch failed')
      },
    })
    for (const name of up.jar.names()) down.jar.set(name, /=(.*)$/.exec(up.jar.header())?.[1] ?? '')

    const answer = await down.post('logout', '', { accept: 'application/json' })

    expect(await answer.json()).toEqual({
      url: '/?valetkey_error=vault_unavailable',
      error: 'vault_unavailable',
    })
    expect(down.jar.names()).toEqual([ended])
  })

  test('is not undone by a request that was under way, and renews the session', async () => {
    const scene = aScene({ session: { idleSeconds: 600 } })
    await scene.logIn('user-9')
    const before = scene.jar.header()
    vi.setSystemTime(Date.now() + 120_000)
    const renewed = await scene.valetKey.handlers.GET(
      new Request(`${origin}/api/valet-key/accounts`, { headers: { cookie: before } }),
    )
    await scene.post('logout')

    scene.jar.keep(renewed)

    expect(scene.jar.names()).toContain(session)
    expect((await scene.visit('session')).status).toBe(401)
    await scene.logIn('user-10')
    expect((await scene.visit('session')).status).toBe(200)
  })

  test.for([
    [400, { error: 'invalid_request' }, 'client_misconfigured'],
    [401, { error: 'invalid_client' }, 'client_misconfigured'],
    [302, {}, 'protocol_error'],
  ] as const)('happens here whatever the vault answers: %d %j', async ([status, body, error]) => {
    const scene = aScene({
      fetch: async (input, init) =>
        new URL(input instanceof Request ? input.url : input).pathname === '/oauth/revoke'
          ? Response.json(body, { status })
          : await fetch(input, init),
    })
    await scene.logIn('user-9')

    const answer = await scene.post('logout', '', { accept: 'application/json' })

    expect(await answer.json()).toEqual({ url: `/?valetkey_error=${error}`, error })
    expect(scene.jar.names()).toEqual([ended])
  })
})

describe('a cookie that is no session', () => {
  test('is one that a sister site plants with a space before its prefix', async () => {
    const scene = aScene()
    await scene.logIn('user-9')
    const planted = `\u00A0${scene.jar.header()}`

    const request = new Request(origin, { headers: { cookie: `a=b; ${planted}` } })

    expect(await scene.valetKey.getSession(request)).toBeUndefined()
  })

  test.for(['', 'x', 'a.b.c.d.e', '2~x', 'x'.repeat(8_000)])(
    '%j: nobody is logged in',
    async (value) => {
      const scene = aScene()
      scene.jar.set(session, value)

      expect((await scene.visit('session')).status).toBe(401)
      expect((await scene.visit('accounts')).status).toBe(401)
      const connect = await scene.visit('connect?connection=github&returnTo=/x')
      expect(connect.headers.get('location')).toBe('/x?valetkey_error=login_required')
      expect((await scene.post('logout', '', { accept: 'application/json' })).status).toBe(200)
      const request = new Request(origin, { headers: { cookie: `${session}=${value}` } })
      expect(await scene.valetKey.getSession(request)).toBeUndefined()
    },
  )

  test('a login under way is no session, and a session no login under way', async () => {
    const scene = aScene()
    const callback = await scene.begin({ connection: 'google-oauth2', login_hint: 'user-1' })
    const attempt = /(__Host-vk-login-[^=]+)=([^;]+)/.exec(scene.jar.header())
    const other = aScene()
    other.jar.set(session, attempt?.[2] ?? '')
    expect((await other.visit('session')).status).toBe(401)

    await scene.logIn('user-1')
    const value = /__Host-vk-session=([^;]+)/.exec(scene.jar.header())?.[1] ?? ''
    const replay = aScene()
    replay.jar.set(attempt?.[1] ?? '', value)
    const answer = await replay.visit(`callback${callback.search}`)
    expect(answer.headers.get('location')).toBe('/?valetkey_error=attempt_invalid')
  })
})

describe('secrecy', () => {
  test('neither a log nor an error nor an answer has a secret of the login in it', async () => {
    const scene = aScene()
    const { output, value } = await captureOutput(async () => {
      await scene.logIn('user-10')
      const callback = await scene.begin({ connection: 'google-oauth2', login_hint: 'user-10' })
      callback.searchParams.set('iss', 'https://evil.example/')
      const error = await scene
        .visit(`callback${callback.search}`)
        .catch((thrown: unknown) => thrown)
      // oxlint-disable-next-line no-console -- what is captured here
      console.info('control', error)
      return callback.searchParams.get('code') ?? 'none'
    })
    const verifiers = scene.sent.flatMap(({ form }) => form.get('code_verifier') ?? [])

    expect(verifiers.length).toBeGreaterThan(0)
    for (const secret of [value, ...verifiers, vault.webApp.secret, cookieSecret]) {
      expect(output).not.toContain(secret)
    }
    expect(output).toContain('control')
  })
})

describe('a vault that cannot be used', () => {
  test('is no login page: the way back says vault_unavailable', async () => {
    const scene = aScene({ fetch: async () => new Response('{}', { status: 503 }) })

    const answer = await scene.visit('login?returnTo=/chat')

    expect(answer.headers.get('location')).toBe('/chat?valetkey_error=vault_unavailable')
    expect(answer.headers.getSetCookie().join()).toContain('vk-failed=1; Path=/; Max-Age=10')
  })

  test('is asked again by the next request', async () => {
    let isDown = true
    const { visit } = aScene({
      fetch: async (input, init) =>
        isDown ? new Response(null, { status: 500 }) : await fetch(input, init),
    })
    await visit('login')
    isDown = false

    expect((await visit('login')).headers.get('location')).toContain(vault.issuer)
  })

  test('a wrong secret is an error of the app, not of its user', async () => {
    const scene = aScene({ clientSecret: 'x'.repeat(43) })
    const callback = await scene.begin({ connection: 'google-oauth2', login_hint: 'user-1' })

    await expect(scene.visit(`callback${callback.search}`)).rejects.toMatchObject({
      code: 'client_misconfigured',
    })
  })
})
