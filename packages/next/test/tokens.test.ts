import { findInterrupt, isInterruptError, isValetKeyError } from '@valetkey/core'
import {
  startTestVault,
  type TestUser,
  type TestVault,
  testScopes,
} from '@valetkey-internal/testing'
import {
  AccessTokenError,
  createValetKey,
  type NextValetKeyOptions,
  type ValetKey,
} from '@valetkey/next'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cookieSecret, origin } from './scene.ts'

let vault: TestVault
let user: TestUser
beforeAll(async () => {
  vault = await startTestVault()
  user = vault.newUser()
  await user.connect({ connection: 'google-oauth2' })
  await user.connect({ connection: 'github' })
})
afterAll(async () => {
  await vault.close()
})

function anApp(options: NextValetKeyOptions = {}): ValetKey {
  return createValetKey({
    appUrl: origin,
    cookieSecret,
    issuer: vault.issuer,
    clientId: vault.client.id,
    clientSecret: vault.client.secret,
    accessToken: () => user.accessToken(),
    ...options,
  })
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => 'no error',
    (error: unknown) => error,
  )
}

describe('getAccessTokenForConnection', () => {
  test('gives the token of the user', async () => {
    const credentials = await anApp().getAccessTokenForConnection({ connection: 'google-oauth2' })

    expect(credentials).toMatchObject({
      token: expect.stringMatching(/./),
      tokenType: 'Bearer',
      connection: 'google-oauth2',
      account: expect.stringMatching(/^cac_/),
    })
  })

  test('D16: its error has a name of its own, a distinct code, and the interrupt', async () => {
    const request = { connection: 'google-oauth2', scopes: [testScopes.readEvents] }
    const error = await errorOf(anApp().getAccessTokenForConnection(request))

    expect(error).toBeInstanceOf(AccessTokenError)
    expect(error).toMatchObject({
      name: 'AccessTokenError',
      code: 'scopes_missing',
      interrupt: {
        kind: 'connect',
        connection: 'google-oauth2',
        requiredScopes: [testScopes.readEvents],
        connectUrl: expect.stringContaining(
          `/api/valet-key/connect?${new URLSearchParams({
            connection: 'google-oauth2',
            scopes: testScopes.readEvents,
          })}&login_hint=cac_`,
        ),
      },
    })
    expect(isValetKeyError(error)).toBe(true)
    expect(isInterruptError(error)).toBe(true)
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'AccessTokenError',
      code: 'scopes_missing',
      message: expect.any(String),
      interrupt: findInterrupt(error),
    })
  })

  test('sends no request that Next.js may keep the answer of, whatever its fetchCache says', async () => {
    const modes = new Set<unknown>()
    const app = anApp({
      fetch: async (input, init) => {
        modes.add(init?.cache)
        return await fetch(input, init)
      },
    })

    await app.getAccessTokenForConnection({ connection: 'google-oauth2' })

    expect([...modes]).toEqual(['no-store'])
  })

  test.for<[string, NextValetKeyOptions]>([
    [
      'vault_unavailable',
      { fetch: async () => new Response(null, { status: 503 }), timeoutSeconds: 1 },
    ],
    ['client_misconfigured', { clientSecret: 'x'.repeat(43) }],
    ['protocol_error', { fetch: async () => new Response('<html>') }],
  ])('D1: %s never asks the user to connect', async ([code, options]) => {
    const error = await errorOf(
      anApp(options).getAccessTokenForConnection({ connection: 'github' }),
    )

    expect(error).toMatchObject({ name: 'AccessTokenError', code, interrupt: undefined })
    expect(isInterruptError(error)).toBe(false)
  })

  test('nobody logged in, and a login that has expired, are login_required', async () => {
    const connection = 'google-oauth2'
    for (const accessToken of [undefined, '', 'no.such.token']) {
      const valetKey = anApp({ accessToken: () => accessToken })
      const error = await errorOf(valetKey.getAccessTokenForConnection({ connection }))

      expect(error).toMatchObject({ code: 'login_required', interrupt: { kind: 'login' } })
    }
  })

  test('D5: a provider that names no scopes is satisfied by a request for none', async () => {
    const credentials = await anApp().getAccessTokenForConnection({ connection: 'github' })

    expect(credentials.token).toMatch(/./)
  })

  test('D15: a token of unknown life has no expiry, and no NaN or null of one', async () => {
    const { expiresAt } = await anApp().getAccessTokenForConnection({ connection: 'github' })

    expect(expiresAt === undefined || Number.isInteger(expiresAt)).toBe(true)
    const valetKey = anApp({
      fetch: async (input, init) => {
        const answer = await fetch(input, init)
        const body: unknown = await answer.json()
        return Response.json({ ...Object(body), expires_in: undefined })
      },
    })
    const unknown = await valetKey.getAccessTokenForConnection({ connection: 'google-oauth2' })
    expect(unknown.expiresAt).toBeUndefined()
  })

  test('D14: each of two accounts of one connection gives its own token', async () => {
    const two = vault.newUser()
    const work = await two.connect({ connection: 'google-oauth2' })
    const home = await two.connect({ connection: 'google-oauth2', as: vault.newUser().id })
    const valetKey = anApp({ accessToken: () => two.accessToken() })
    const of = async (loginHint: string | undefined): Promise<unknown> => {
      const request = { connection: 'google-oauth2', loginHint }
      return (await valetKey.getAccessTokenForConnection(request)).account
    }

    expect([await of(work.id), await of(home.id), await of(work.id)]).toEqual([
      work.id,
      home.id,
      work.id,
    ])
    expect(await errorOf(of(undefined))).toMatchObject({ code: 'account_ambiguous' })
  })

  test('a stack, a cause or a message holds no token', async () => {
    const accessToken = await user.accessToken()
    const error = await errorOf(
      anApp({ accessToken, clientSecret: 'x'.repeat(43) }).getAccessTokenForConnection({
        connection: 'github',
      }),
    )
    const { inspect } = await import('node:util')

    const text = inspect(error, { depth: 10, showHidden: true })
    expect(text).toContain('client_misconfigured')
    expect(text).not.toContain(accessToken)
    expect(text).not.toContain('x'.repeat(43))
  })

  test('an abort ends it', async () => {
    const controller = new AbortController()
    controller.abort()
    const { signal } = controller

    const error = await errorOf(
      anApp().getAccessTokenForConnection({ connection: 'github' }, { signal }),
    )

    expect(error).toMatchObject({ name: 'AbortError' })
  })
})

describe("with someone else's login", () => {
  const visit = async (valetKey: ValetKey, path: string): Promise<Response> =>
    await valetKey.handlers.GET(new Request(`${origin}/api/valet-key/${path}`))

  test.for(['login', 'callback', 'session'])(
    'there is no %s here, and it says why',
    async (name) => {
      const answer = await visit(anApp(), name)

      expect(answer.status).toBe(404)
      expect(await answer.text()).toMatch(/log in elsewhere/)
    },
  )

  test('there is no logging out here either, nor a session', async () => {
    const request = new Request(`${origin}/api/valet-key/logout`, {
      method: 'POST',
      headers: { origin },
    })

    expect((await anApp().handlers.POST(request)).status).toBe(404)
    await expect(anApp().getSession()).rejects.toThrow(TypeError)
  })

  test('its accounts are listed', async () => {
    const answer = await visit(anApp(), 'accounts')

    expect(await answer.json()).toMatchObject({
      accounts: expect.arrayContaining([expect.objectContaining({ connection: 'github' })]),
    })
  })

  test('a source that gives nothing is nobody, and never falls back to a cookie', async () => {
    const valetKey = anApp({ accessToken: undefined })

    expect((await visit(valetKey, 'accounts')).status).toBe(401)
    expect(await valetKey.subjectToken()).toBeUndefined()
    expect((await visit(valetKey, 'login')).status).toBe(404)
  })

  test('subjectToken is what the source gives, for another adapter', async () => {
    const type = 'urn:ietf:params:oauth:token-type:jwt'
    const own = { accessToken: undefined, subjectToken: { token: 'a.b.c', type } }
    const { accessToken: _, ...rest } = own

    expect(await anApp({ accessToken: () => 'a.b.c' }).subjectToken()).toEqual({
      token: 'a.b.c',
      type: 'urn:ietf:params:oauth:token-type:access_token',
    })
    const base = { appUrl: origin, cookieSecret }
    expect(await createValetKey({ ...base, ...rest }).subjectToken()).toEqual({
      token: 'a.b.c',
      type,
    })
    expect(await createValetKey({ ...base, refreshToken: () => 'r' }).subjectToken()).toEqual({
      token: 'r',
      type: 'urn:ietf:params:oauth:token-type:refresh_token',
    })
  })

  test('a user whom the client names by its key has routes, and no subject token', async () => {
    const { keyClient } = vault
    const valetKey = createValetKey({
      appUrl: origin,
      cookieSecret,
      issuer: vault.issuer,
      clientId: keyClient.id,
      privateKey: { key: keyClient.privateKey },
      signedSubject: () => 'user-1',
    })

    // The test vault does not let the client name users: the answer is the vault's.
    expect((await visit(valetKey, 'accounts')).status).toBe(401)
    await expect(valetKey.subjectToken()).rejects.toThrow(TypeError)
  })

  test('another instance shares client and cache', async () => {
    let count = 0
    const first = anApp({
      fetch: async (input, init) => {
        count += 1
        return await fetch(input, init)
      },
    })
    const { client } = first
    const accessToken = await user.accessToken()
    const second = createValetKey({ appUrl: origin, cookieSecret, client, accessToken })
    const request = { connection: 'google-oauth2', accessToken }

    await first.getAccessTokenForConnection(request)
    await second.getAccessTokenForConnection({ connection: 'google-oauth2' })

    expect(count).toBe(1)
  })
})

test('nothing is read, and nothing throws, before the first use', () => {
  expect(() => createValetKey()).not.toThrow()
})
