import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBrowser } from '../connect/browser.ts'
import { CALLBACK, CLIENTS, type LoginWorld, SECRET, startLoginWorld } from './login-world.ts'

let world: LoginWorld
let app: client.Configuration
beforeAll(async () => {
  world = await startLoginWorld()
  app = await world.app(CLIENTS.web)
})
afterAll(() => world.close())

const INVALID_GRANT = { status: 400, body: { error: 'invalid_grant' } }

describe('the code', () => {
  test('an unmodified oauth4webapi redeems it, and reads a signed ID token', async () => {
    const issuer = new URL(world.vault.issuer)
    const insecure = { [oauth.allowInsecureRequests]: true }
    const server = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, insecure),
    )
    const caller = { client_id: CLIENTS.web }
    const asked = await world.ask({ app, user: 'alice' })
    const end = await world.go(asked)

    const callback = oauth.validateAuthResponse(
      server,
      caller,
      new URL(end.location ?? ''),
      asked.state,
    )
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      caller,
      oauth.ClientSecretBasic(SECRET),
      callback,
      CALLBACK,
      asked.verifier,
      insecure,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(server, caller, response, {
      expectedNonce: asked.nonce,
      requireIdToken: true,
    })

    await oauth.validateApplicationLevelSignature(server, response, insecure)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 600 })
    expect(tokens.scope?.split(' ').toSorted()).toEqual([
      'email',
      'offline_access',
      'openid',
      'profile',
    ])
  })

  test.for([
    ['without a challenge', { code_challenge: '', code_challenge_method: '' }],
    ['with a plain challenge', { code_challenge_method: 'plain' }],
    ['with a challenge of no known method', { code_challenge_method: 'S512' }],
  ] as const)('no code is given %s', async ([, parameters]) => {
    const end = await world.browse({ app, user: 'alice', parameters })

    expect(end.origin + end.pathname).toBe(CALLBACK)
    expect(end.searchParams.get('error')).toBe('invalid_request')
    expect(end.searchParams.get('iss')).toBe(world.vault.issuer)
    expect(end.searchParams.has('code')).toBe(false)
  })

  test.for([
    ['another verifier', { code_verifier: client.randomPKCECodeVerifier() }],
    ['no verifier', { code_verifier: '' }],
    ['another redirect URI', { redirect_uri: 'https://app.example.com/other' }],
    ['another code', { code: 'x'.repeat(43) }],
  ] as const)('is not redeemed with %s, and stays good for whoever has all', async ([, wrong]) => {
    const parameters = await world.codeFor({ app, user: 'alice' })

    expect(await world.redeem(CLIENTS.web, { ...parameters, ...wrong })).toMatchObject(
      INVALID_GRANT,
    )
    expect((await world.redeem(CLIENTS.web, parameters)).status).toBe(200)
  })

  test('is not redeemed without a redirect URI', async () => {
    const parameters = await world.codeFor({ app, user: 'alice' })

    const answer = await world.redeem(CLIENTS.web, { ...parameters, redirect_uri: '' })

    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
  })

  test('is nobody’s but the client’s that asked for it (code injection)', async () => {
    const parameters = await world.codeFor({ app, user: 'alice' })

    for (const other of [CLIENTS.rotating, CLIENTS.spa]) {
      expect(await world.redeem(other, parameters)).toMatchObject(INVALID_GRANT)
    }
    expect((await world.redeem(CLIENTS.web, parameters)).status).toBe(200)
  })

  test('is not redeemed with the verifier of another request (code injection)', async () => {
    const stolen = await world.codeFor({ app, user: 'alice' })
    const own = await world.codeFor({ app, user: 'bob' })

    const answer = await world.redeem(CLIENTS.web, { ...own, code: stolen['code'] ?? '' })

    expect(answer).toMatchObject(INVALID_GRANT)
  })

  test('expires after a minute', async () => {
    const parameters = await world.codeFor({ app, user: 'alice' })
    world.passTime(61)

    expect(await world.redeem(CLIENTS.web, parameters)).toMatchObject(INVALID_GRANT)
  })

  test('RV-52: a second redemption at once is refused, and ends nothing', async () => {
    const parameters = await world.codeFor({ app, user: 'alice' })
    const tokens = await world.redeem(CLIENTS.web, parameters)

    expect(await world.redeem(CLIENTS.web, parameters)).toMatchObject(INVALID_GRANT)
    expect((await refresh(tokens.body['refresh_token'])).status).toBe(200)
  })

  test('a replay two seconds later ends all that came of the code', async () => {
    const parameters = await world.codeFor({ app, user: 'alice' })
    const tokens = await world.redeem(CLIENTS.web, parameters)
    world.passTime(3)

    expect(await world.redeem(CLIENTS.web, parameters)).toMatchObject(INVALID_GRANT)
    expect(await refresh(tokens.body['refresh_token'])).toMatchObject(INVALID_GRANT)
    const { status } = await userinfo(tokens.body.access_token)
    expect(status).toBe(401)
  })

  test('RV-09: what is unknown, expired, another client’s or used is told apart by nobody', async () => {
    const used = await world.codeFor({ app, user: 'alice' })
    await world.redeem(CLIENTS.web, used)
    const old = await world.codeFor({ app, user: 'alice' })
    world.passTime(61)
    const fresh = await world.codeFor({ app, user: 'alice' })

    const answers = [
      await world.redeem(CLIENTS.web, { ...used, code: 'x'.repeat(43) }),
      await world.redeem(CLIENTS.web, used),
      await world.redeem(CLIENTS.web, old),
      await world.redeem(CLIENTS.rotating, fresh),
      await world.redeem(CLIENTS.web, { ...fresh, code_verifier: client.randomPKCECodeVerifier() }),
    ]

    for (const { status, body } of answers) {
      expect({ status, body }).toEqual({ status: 400, body: answers[0]?.body })
    }
  })
})

describe('the answer to the app', () => {
  test('has state and nonce only where the app sent some', async () => {
    const parameters = { state: '', nonce: '' }
    const asked = await world.ask({ app, user: 'alice', parameters })
    const end = new URL((await world.go(asked)).location ?? '')

    const tokens = await client.authorizationCodeGrant(app, end, {
      pkceCodeVerifier: asked.verifier,
    })

    expect([...end.searchParams.keys()].toSorted()).toEqual(['code', 'iss'])
    expect(tokens.claims()).not.toHaveProperty('nonce')
  })

  test('says who it is from, when it succeeds and when it does not', async () => {
    const success = await world.browse({ app, user: 'alice' })
    const failure = await world.browse({ app, user: 'alice', parameters: { prompt: 'none' } })

    for (const end of [success, failure]) {
      expect(end.searchParams.getAll('iss')).toEqual([world.vault.issuer])
    }
    expect(failure.searchParams.get('error')).toBe('login_required')
  })

  test('comes in the fragment when the app wants it there', async () => {
    const parameters = { response_mode: 'fragment' }
    const end = await world.browse({ app, user: 'alice', parameters })

    expect(end.search).toBe('')
    const answer = new URLSearchParams(end.hash.slice(1))
    expect([...answer.keys()].toSorted()).toEqual(['code', 'iss', 'state'])
  })

  test('comes as a form that sends itself when the app wants it so', async () => {
    const asked = await world.ask({
      app,
      user: 'alice',
      parameters: { response_mode: 'form_post' },
    })
    const page = await world.go(asked)

    expect(page.status).toBe(200)
    expect(page.html).toContain(`action="${CALLBACK}"`)
    const code = /name="code" value="([^"]+)"/.exec(page.html)?.[1] ?? ''
    expect(/name="state" value="([^"]+)"/.exec(page.html)?.[1]).toBe(asked.state)
    expect(page.html).toContain(`name="iss" value="${world.vault.issuer}"`)
    // Its one script, and nothing else; no other page may show it.
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/script-src 'sha256-[^']+'/)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(page.headers.get('cache-control')).toBe('no-store')
    const redeemed = await world.redeem(CLIENTS.web, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      code_verifier: asked.verifier,
    })
    expect(redeemed.status).toBe(200)
  })

  test('RV-06: an error repeats nothing of the request', async () => {
    for (const parameters of [
      { scope: 'openid <script>alert(1)</script>' },
      { prompt: 'sesame<script>' },
      { response_mode: 'sesame<script>' },
      { response_type: 'sesame<script>' },
      { max_age: 'sesame<script>' },
      { resource: 'https://sesame.example.com' },
      { audience: 'sesame' },
      { claims: '{"sesame":' },
      { request: 'sesame' },
      { registration: 'sesame' },
    ]) {
      const asked = await world.ask({ app, user: 'alice', parameters })
      const visit = await world.go(asked)
      const shown = `${visit.location ?? ''}${visit.html}`

      expect(shown).not.toMatch(/sesame|<script/)
    }
  })
})

describe('who may be sent where', () => {
  const hostile = [
    'https://evil.example.com/callback',
    'https://app.example.com/callback/',
    'https://app.example.com/callback?next=https://evil.example.com',
    'https://app.example.com/callback#x',
    'https://app.example.com/callback/../evil',
    'https://app.example.com:443/callback/x',
    'https://app.example.com@evil.example.com/callback',
    'https://app.example.com%2f@evil.example.com/callback',
    'https://APP.example.com/Callback',
    'http://app.example.com/callback',
    '//evil.example.com/callback',
    'javascript:alert(1)',
    'data:text/html,x',
    '/callback',
  ]
  test.for(hostile)('RV-64: nobody is sent to %s', async (uri) => {
    const asked = await world.ask({ app, user: 'alice' })
    asked.url.searchParams.set('redirect_uri', uri)
    const visit = await world.go(asked)

    expect(visit).toMatchObject({ status: 400, location: undefined })
    expect(visit.html).toContain('invalid_redirect_uri')
    expect(visit.html).not.toContain('evil')
  })

  test('RV-64: a redirect URI that comes twice is none', async () => {
    const asked = await world.ask({ app, user: 'alice' })
    asked.url.searchParams.append('redirect_uri', 'https://evil.example.com/')

    expect(await world.go(asked)).toMatchObject({ status: 400, location: undefined })
  })

  test('an unknown client gets a page, and no hint which clients exist', async () => {
    const asked = await world.ask({ app, user: 'alice' })
    asked.url.searchParams.set('client_id', 'sesame')
    const visit = await world.go(asked)

    expect(visit).toMatchObject({ status: 400, location: undefined })
    expect(visit.html).not.toContain('sesame')
  })

  test('a client without logins has no answer here', async () => {
    const asked = await world.ask({ app, user: 'alice' })
    asked.url.searchParams.set('client_id', 'my-agent')
    asked.url.searchParams.set('redirect_uri', 'https://app.example.com/connected')

    expect((await world.go(asked)).location ?? '').not.toContain('code=')
  })

  test('POST is taken like GET', async () => {
    const asked = await world.ask({ app, user: 'alice' })
    const browser = createBrowser()
    const page = { url: asked.url.href, html: '', status: 0, headers: new Headers(), location: '' }
    const sent = await browser.send(page, Object.fromEntries(asked.url.searchParams), {
      action: '/authorize',
    })
    const end = await browser.follow(sent)

    expect(new URL(end.location ?? '').searchParams.has('code')).toBe(true)
  })
})

async function refresh(token: unknown): ReturnType<LoginWorld['redeem']> {
  return await world.redeem(CLIENTS.web, {
    grant_type: 'refresh_token',
    refresh_token: String(token),
  })
}

async function userinfo(token: string | undefined): ReturnType<LoginWorld['request']> {
  return await world.request('/userinfo', { headers: { authorization: `Bearer ${token}` } })
}
