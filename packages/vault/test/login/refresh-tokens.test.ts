import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { ClientConfig } from '../../src/index.ts'
import { type Answer, EXCHANGE } from '../front-door/vault-world.ts'
import { CALLBACK, CLIENTS, type LoginWorld, SECRET, startLoginWorld } from './login-world.ts'

const HOUR = 3_600
const SHORT: ClientConfig = {
  id: 'short-app',
  name: 'Short app',
  secret: SECRET,
  redirectUris: [CALLBACK],
  grants: ['authorization_code', 'refresh_token', 'token_exchange'],
  connections: { 'google-oauth2': { scopes: ['openid'] } },
  refreshTokens: {
    rotation: 'always',
    graceSeconds: 0,
    idleSeconds: HOUR,
    absoluteSeconds: 4 * HOUR,
  },
}
const KEPT: ClientConfig = {
  ...SHORT,
  id: 'kept-app',
  refreshTokens: { ...SHORT.refreshTokens, rotation: 'never' },
}

let world: LoginWorld
beforeAll(async () => {
  world = await startLoginWorld({
    configure: (config) => ({ ...config, clients: [...(config.clients ?? []), SHORT, KEPT] }),
  })
})
afterAll(() => world.close())

const INVALID_GRANT = { status: 400, body: { error: 'invalid_grant' } }

async function refreshTokenOf(id: string, user = 'alice'): Promise<string> {
  const tokens = await world.logIn({ app: await world.app(id), user })
  return tokens.refresh_token ?? ''
}

async function refresh(
  id: string,
  token: unknown,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return await world.redeem(id, {
    grant_type: 'refresh_token',
    refresh_token: String(token),
    ...parameters,
  })
}

async function exchange(id: string, token: unknown): Promise<Answer> {
  return await world.redeem(id, {
    grant_type: EXCHANGE,
    subject_token: String(token),
    subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
    audience: 'google-oauth2',
  })
}

describe('without rotation', () => {
  test('RV-50: a confidential client keeps its refresh token', async () => {
    const app = await world.app(CLIENTS.web)
    const first = await world.logIn({ app, user: 'alice' })

    const second = await client.refreshTokenGrant(app, first.refresh_token ?? '')

    expect(second.refresh_token).toBe(first.refresh_token)
    expect(second.access_token).not.toBe(first.access_token)
    expect(second.claims()).toMatchObject({
      sub: first.claims()?.sub,
      sid: first.claims()?.['sid'],
    })
  })

  test('a refresh narrows its scope, and never widens it', async () => {
    const token = await refreshTokenOf(CLIENTS.web)

    const narrow = await refresh(CLIENTS.web, token, { scope: 'openid email' })
    const wide = await refresh(CLIENTS.web, token, { scope: 'openid orders:read' })
    const again = await refresh(CLIENTS.web, token)

    expect(narrow).toMatchObject({ status: 200, body: { scope: 'openid email' } })
    expect(wide).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
    expect(again.body.scope?.split(' ')).toHaveLength(4)
  })

  test('nobody but its client refreshes it', async () => {
    const token = await refreshTokenOf(CLIENTS.web)

    for (const other of [CLIENTS.rotating, CLIENTS.strict, CLIENTS.spa, KEPT.id]) {
      expect(await refresh(other, token)).toMatchObject(INVALID_GRANT)
    }
    expect((await refresh(CLIENTS.web, token)).status).toBe(200)
  })

  test('without offline_access there is none', async () => {
    const app = await world.app(CLIENTS.web)

    const tokens = await world.logIn({
      app,
      user: 'alice',
      parameters: { scope: 'openid profile' },
    })

    expect(tokens.refresh_token).toBeUndefined()
  })
})

describe('rotation', () => {
  test('RV-50: each use gives a new one', async () => {
    const first = await refreshTokenOf(CLIENTS.rotating)

    const second = await refresh(CLIENTS.rotating, first)
    const third = await refresh(CLIENTS.rotating, second.body['refresh_token'])

    const tokens = [first, second.body['refresh_token'], third.body['refresh_token']]
    expect(new Set(tokens).size).toBe(3)
  })

  test('RV-50: a public client’s tokens rotate, whatever its settings', async () => {
    const first = await refreshTokenOf(CLIENTS.spa)

    const second = await refresh(CLIENTS.spa, first)

    expect(second.status).toBe(200)
    expect(second.body['refresh_token']).not.toBe(first)
  })

  test('RV-51, R6: within the grace everybody who asks gets the same successor', async () => {
    const first = await refreshTokenOf(CLIENTS.rotating)
    const { body } = await refresh(CLIENTS.rotating, first)
    world.passTime(59)

    const again = await refresh(CLIENTS.rotating, first)
    const once = await refresh(CLIENTS.rotating, first)

    expect(again).toMatchObject({ status: 200, body: { refresh_token: body['refresh_token'] } })
    expect(once).toMatchObject({ status: 200, body: { refresh_token: body['refresh_token'] } })
    // What came of it is as good as any.
    expect((await refresh(CLIENTS.rotating, body['refresh_token'])).status).toBe(200)
  })

  test('RV-51: reuse after the grace ends the family, and its use as subject', async () => {
    const first = await refreshTokenOf(CLIENTS.rotating)
    const { body } = await refresh(CLIENTS.rotating, first)
    expect((await exchange(CLIENTS.rotating, body['refresh_token'])).status).toBe(200)
    world.passTime(61)

    expect(await refresh(CLIENTS.rotating, first)).toMatchObject(INVALID_GRANT)
    expect(await refresh(CLIENTS.rotating, body['refresh_token'])).toMatchObject(INVALID_GRANT)
    expect(await exchange(CLIENTS.rotating, body['refresh_token'])).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', vault_error: 'subject_token_invalid' },
    })
  })

  test('RV-51: of a chain only the last link but one is answered, even within the grace', async () => {
    const first = await refreshTokenOf(CLIENTS.rotating)
    const second = await refresh(CLIENTS.rotating, first)
    const third = await refresh(CLIENTS.rotating, second.body['refresh_token'])
    world.passTime(3)

    expect(await refresh(CLIENTS.rotating, first)).toMatchObject(INVALID_GRANT)
    expect(await refresh(CLIENTS.rotating, third.body['refresh_token'])).toMatchObject(
      INVALID_GRANT,
    )
  })

  test('RV-33, R4: the exchange takes a rotated token within the grace, and never ends a family', async () => {
    const first = await refreshTokenOf(CLIENTS.rotating)
    const { body } = await refresh(CLIENTS.rotating, first)
    world.passTime(59)
    expect((await exchange(CLIENTS.rotating, first)).status).toBe(200)
    world.passTime(3)

    for (let turn = 0; turn < 3; turn++) {
      expect(await exchange(CLIENTS.rotating, first)).toMatchObject({ status: 400 })
    }
    expect((await refresh(CLIENTS.rotating, body['refresh_token'])).status).toBe(200)
  })

  test('RV-52: without a grace a second use at once is refused and ends nothing', async () => {
    const first = await refreshTokenOf(CLIENTS.strict)
    const { body } = await refresh(CLIENTS.strict, first)

    expect(await refresh(CLIENTS.strict, first)).toMatchObject(INVALID_GRANT)
    expect((await refresh(CLIENTS.strict, body['refresh_token'])).status).toBe(200)
  })

  test('RV-51: without a grace a later one ends the family', async () => {
    const first = await refreshTokenOf(CLIENTS.strict)
    const { body } = await refresh(CLIENTS.strict, first)
    world.passTime(3)

    expect(await refresh(CLIENTS.strict, first)).toMatchObject(INVALID_GRANT)
    expect(await refresh(CLIENTS.strict, body['refresh_token'])).toMatchObject(INVALID_GRANT)
  })

  test('another client that shows a rotated token ends nothing', async () => {
    const first = await refreshTokenOf(CLIENTS.strict)
    const { body } = await refresh(CLIENTS.strict, first)
    world.passTime(3)

    expect(await refresh(CLIENTS.web, first)).toMatchObject(INVALID_GRANT)
    expect((await refresh(CLIENTS.strict, body['refresh_token'])).status).toBe(200)
  })

  test('a refresh with a scope beyond the grant uses nothing up', async () => {
    const first = await refreshTokenOf(CLIENTS.strict)

    expect(await refresh(CLIENTS.strict, first, { scope: 'openid more' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope' },
    })
    expect((await refresh(CLIENTS.strict, first)).status).toBe(200)
  })
})

describe('how long they last', () => {
  test.for([SHORT.id, KEPT.id])('RV-54: unused, %s’s ends after its idle time', async (id) => {
    const token = await refreshTokenOf(id)
    world.passTime(HOUR + 1)

    expect(await refresh(id, token)).toMatchObject(INVALID_GRANT)
    expect((await exchange(id, token)).status).toBe(400)
  })

  test.for([SHORT.id, KEPT.id])('RV-54: used, %s’s ends with its absolute time', async (id) => {
    let token: unknown = await refreshTokenOf(id)
    for (let passed = 0; passed + 2_400 < 4 * HOUR; passed += 2_400) {
      world.passTime(2_400)
      const { status, body } = await refresh(id, token)
      expect(status).toBe(200)
      token = body['refresh_token']
    }
    world.passTime(2_401)

    expect(await refresh(id, token)).toMatchObject(INVALID_GRANT)
    expect((await exchange(id, token)).status).toBe(400)
  })

  test('RV-54: an exchange counts as use', async () => {
    const token = await refreshTokenOf(KEPT.id)
    world.passTime(HOUR - 60)
    expect((await exchange(KEPT.id, token)).status).toBe(200)
    world.passTime(HOUR - 60)

    expect((await refresh(KEPT.id, token)).status).toBe(200)
  })
})

describe('pushed authorization requests', () => {
  test('an unmodified openid-client pushes one and logs in by it, once', async () => {
    const app = await world.app(CLIENTS.web)
    const verifier = client.randomPKCECodeVerifier()
    const url = await client.buildAuthorizationUrlWithPAR(app, {
      redirect_uri: CALLBACK,
      scope: 'openid',
      connection: 'google-oauth2',
      login_hint: 'alice',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })

    expect([...url.searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri'])
    const asked = { url, verifier, state: '', nonce: '' }
    const end = new URL((await world.go(asked)).location ?? '')
    expect(end.searchParams.has('code')).toBe(true)
    const again = await world.go(asked)
    expect(again).toMatchObject({ status: 400, location: undefined })
  })

  test.for(['form', 'json'] as const)(
    'takes a body as %s, and says how long it keeps it',
    async (kind) => {
      const parameters = {
        client_id: CLIENTS.web,
        client_secret: SECRET,
        response_type: 'code',
        redirect_uri: CALLBACK,
        scope: 'openid',
        code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
        code_challenge_method: 'S256',
      }
      const pushed = await world.request('/oauth/par', {
        method: 'POST',
        ...(kind === 'form'
          ? { body: new URLSearchParams(parameters) }
          : { body: JSON.stringify(parameters), headers: { 'content-type': 'application/json' } }),
      })

      expect(pushed).toMatchObject({
        status: 201,
        body: {
          request_uri: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:\S+$/),
          expires_in: expect.any(Number),
        },
      })
      expect(pushed.headers.get('cache-control')).toBe('no-store')
    },
  )

  test.for([
    ['another redirect URI', { redirect_uri: 'https://evil.example.com/' }, 'invalid_request'],
    ['no challenge', { code_challenge: '' }, 'invalid_request'],
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['an unknown response mode', { response_mode: 'pigeon' }, 'unsupported_response_mode'],
    ['an API that is not the client’s', { resource: 'https://x.example.com' }, 'invalid_target'],
    ['a request_uri', { request_uri: 'https://x.example.com' }, 'request_uri_not_supported'],
  ] as const)('RV-09: refuses %s', async ([, wrong, error]) => {
    const pushed = await world.request('/oauth/par', {
      method: 'POST',
      body: new URLSearchParams({
        client_id: CLIENTS.web,
        client_secret: SECRET,
        response_type: 'code',
        redirect_uri: CALLBACK,
        scope: 'openid',
        code_challenge: await client.calculatePKCECodeChallenge('v'.repeat(43)),
        code_challenge_method: 'S256',
        ...wrong,
      }),
    })

    expect(pushed).toMatchObject({ status: 400, body: { error } })
  })

  test('is nobody’s but the client’s that pushed it', async () => {
    const app = await world.app(CLIENTS.web)
    const url = await client.buildAuthorizationUrlWithPAR(app, {
      redirect_uri: CALLBACK,
      scope: 'openid',
      code_challenge: await client.calculatePKCECodeChallenge('v'.repeat(43)),
      code_challenge_method: 'S256',
    })
    url.searchParams.set('client_id', CLIENTS.rotating)

    const visit = await world.go({ url, verifier: '', state: '', nonce: '' })

    expect(visit).toMatchObject({ status: 400, location: undefined })
  })
})
