import type { Emulator, Fault, FaultPoint } from '@valetkey/emulator'
import { expect, test } from 'vitest'

import { anEmulator, isGood, testClient, type TestClient } from './flow.ts'

/** A strict Google with one connected user, and a fault on the next refresh. */
async function struck(
  emulator: Emulator,
  fault: Fault,
  at: FaultPoint = 'refresh',
): Promise<{ client: TestClient; token: string; response: () => Promise<Response> }> {
  emulator.configure('google', { rotation: { rotation: 'strict' } })
  const client = testClient(emulator, 'google')
  const { refreshToken: token = '' } = await client.connect({ scopes: ['profile', 'email'] })
  emulator.faults.add('google', { at, fault })
  const { clientId, clientSecret } = emulator.client('google')
  return {
    client,
    token,
    response: () =>
      fetch(client.definition.tokenEndpoint, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: token,
          client_id: clientId,
          client_secret: clientSecret,
        }),
      }),
  }
}

/** Whether the provider rotated: then the token is spent, and a second use ends the family. */
async function wasSpent({
  client,
  token,
}: {
  client: TestClient
  token: string
}): Promise<boolean> {
  return (await client.refresh(token)).error !== undefined
}

test.each<readonly [Fault, boolean, number]>([
  [{ kind: 'server_error' }, false, 503],
  [{ kind: 'server_error', status: 500, when: 'after' }, true, 500],
  [{ kind: 'html' }, false, 200],
  [{ kind: 'html', when: 'after' }, true, 200],
  [{ kind: 'rate_limited', retryAfterSeconds: 7 }, false, 429],
  [{ kind: 'error', error: 'temporarily_unavailable', status: 403 }, false, 403],
  [{ kind: 'error_in_200', error: 'bad_refresh_token' }, false, 200],
  [{ kind: 'redirect', location: 'https://elsewhere.example/' }, false, 302],
  [{ kind: 'truncated_body' }, true, 200],
  [{ kind: 'not_an_object' }, true, 200],
  [{ kind: 'deep_json', depth: 2_000 }, true, 200],
  [{ kind: 'huge_body', bytes: 2_000_000 }, true, 200],
])('%j: the token is spent %s, the answer is %i', async (fault, spent, status) => {
  await using emulator = await anEmulator()
  const setting = await struck(emulator, fault)

  const response = await setting.response()
  await response.text()

  expect(response.status).toBe(status)
  expect(emulator.log.refreshes()[0]?.fault).toBe(fault.kind)
  expect(await wasSpent(setting)).toBe(spent)
})

test.each<readonly [Fault, boolean]>([
  [{ kind: 'reset' }, false],
  [{ kind: 'reset', when: 'after' }, true],
])('%j: no answer comes, and the token is spent: %s', async (fault, spent) => {
  await using emulator = await anEmulator()
  const setting = await struck(emulator, fault)

  await expect(setting.response()).rejects.toThrow('fetch failed')

  expect(emulator.log.refreshes()[0]?.outcome).toEqual({ connection: 'reset' })
  expect(await wasSpent(setting)).toBe(spent)
})

test('a connection that ends midway has begun to answer', async () => {
  await using emulator = await anEmulator()
  const setting = await struck(emulator, { kind: 'reset', when: 'midway' })

  const response = await setting.response()

  expect(response.status).toBe(200)
  await expect(response.text()).rejects.toThrow('terminated')
  expect(emulator.log.refreshes()[0]?.outcome).toEqual({ connection: 'cut' })
  expect(await wasSpent(setting)).toBe(true)
})

test('429 carries Retry-After', async () => {
  await using emulator = await anEmulator()
  const { response } = await struck(emulator, { kind: 'rate_limited', retryAfterSeconds: 7 })

  expect((await response()).headers.get('retry-after')).toBe('7')
})

test('a redirect points where the test says', async () => {
  await using emulator = await anEmulator()
  const { response } = await struck(emulator, {
    kind: 'redirect',
    location: 'http://169.254.169.254/',
  })

  expect((await response()).headers.get('location')).toBe('http://169.254.169.254/')
})

test.each<readonly [Fault, object]>([
  [
    { kind: 'narrowed_scope', scopes: ['email'] },
    { scope: 'https://www.googleapis.com/auth/userinfo.email' },
  ],
  [
    { kind: 'odd_types' },
    {
      expires_in: '3599',
      scope: [
        'https://www.googleapis.com/auth/userinfo.profile',
        'https://www.googleapis.com/auth/userinfo.email',
      ],
    },
  ],
  [{ kind: 'control_characters' }, { access_token: expect.stringMatching(/\r\nx-injected: yes$/) }],
  [{ kind: 'huge_token', bytes: 50_000 }, { access_token: 'a'.repeat(50_000) }],
])('%j shows in the body', async (fault, expected) => {
  await using emulator = await anEmulator()
  const { response } = await struck(emulator, fault)

  expect(await (await response()).json()).toMatchObject(expected)
})

test.each<readonly [Fault, string]>([
  [{ kind: 'missing_expires_in' }, 'expires_in'],
  [{ kind: 'missing_refresh_token' }, 'refresh_token'],
])('%j takes %s out of the body', async (fault, member) => {
  await using emulator = await anEmulator()
  const setting = await struck(emulator, fault)

  expect(await (await setting.response()).json()).not.toHaveProperty(member)
  expect(await wasSpent(setting)).toBe(true)
})

test('faults reach the nested tokens of Slack', async () => {
  await using emulator = await anEmulator({ behaviour: { slack: { clientSetting: 'on' } } })
  emulator.faults.add('slack', { at: 'token', fault: { kind: 'missing_expires_in' } })

  const { body } = await testClient(emulator, 'slack').connect()

  expect(body['authed_user']).toHaveProperty('access_token')
  expect(body['authed_user']).not.toHaveProperty('expires_in')
})

test('an error keeps the shape of the provider, and the status that is asked for', async () => {
  await using emulator = await anEmulator()
  const slack = testClient(emulator, 'slack')
  emulator.faults.add('slack', { at: 'token', fault: { kind: 'error', error: 'fatal_error' } })
  emulator.faults.add('slack', {
    at: 'token',
    fault: { kind: 'error', error: 'fatal_error', status: 500 },
  })

  expect(await slack.redeem('x')).toMatchObject({ status: 200, body: { ok: false } })
  expect(await slack.redeem('x')).toMatchObject({ status: 500, error: 'fatal_error' })
})

test('a skewed clock shows in the ID token', async () => {
  await using emulator = await anEmulator()
  emulator.faults.add('google', { at: 'token', fault: { kind: 'clock_skew', seconds: 500 } })

  const { body } = await testClient(emulator, 'google').connect({ scopes: ['openid'] })

  const [, payload = ''] = String(body['id_token']).split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iat: number }
  expect(claims.iat).toBe(emulator.now() + 500)
})

test('a held request waits in the log until it is released, before or after acting', async () => {
  await using emulator = await anEmulator()
  const setting = await struck(emulator, { kind: 'hold', when: 'after' })

  const answer = setting.response()
  const [held] = await emulator.log.arrival({ grantType: 'refresh_token' })
  expect(held).toMatchObject({ presented: { refreshToken: setting.token } })
  expect(held?.outcome).toBeUndefined()
  expect(await wasSpent(setting)).toBe(true)
  expect(emulator.log.mostAtOnce({ grantType: 'refresh_token' })).toBe(2)
  while (emulator.faults.release('google') === 0) await new Promise(setImmediate)

  expect((await answer).status).toBe(200)
})

test('a delay waits for real time, as the runtime measures it', async () => {
  const waited: number[] = []
  const delay = (milliseconds: number): Promise<void> => {
    waited.push(milliseconds)
    return Promise.resolve()
  }
  await using emulator = await anEmulator({ runtime: { delay } })
  const { response } = await struck(emulator, { kind: 'delay', milliseconds: 60_000 })

  expect((await response()).status).toBe(200)
  expect(waited).toEqual([60_000])
})

test('a fault at the authorization endpoint goes back to the client as its error', async () => {
  await using emulator = await anEmulator()
  emulator.faults.add('google', {
    at: 'authorize',
    fault: { kind: 'error', error: 'server_error' },
  })

  const back = await testClient(emulator, 'google').authorize()

  expect(back.searchParams.get('error')).toBe('server_error')
})

test.each<readonly [FaultPoint, string]>([
  ['api', '/google/emulator/me'],
  ['userinfo', '/google/userinfo'],
  ['jwks', '/google/oauth2/v3/certs'],
  ['discovery', '/google/.well-known/openid-configuration'],
])('strikes at %s', async (at, path) => {
  await using emulator = await anEmulator()
  const { accessToken } = emulator.issueTokens({ provider: 'google', scopes: ['openid'] })
  emulator.faults.add('google', { at, fault: { kind: 'server_error', status: 502 } })
  const status = async (): Promise<number> =>
    (await fetch(emulator.url + path, { headers: { authorization: `Bearer ${accessToken}` } }))
      .status

  expect(await status()).toBe(502)
  expect(await status()).toBe(200)
})

test('a revocation can fail before or after it took effect', async () => {
  await using emulator = await anEmulator()
  const google = testClient(emulator, 'google')
  const { accessToken } = await google.connect()
  emulator.faults.add('google', { at: 'revoke', fault: { kind: 'server_error' } })
  emulator.faults.add('google', { at: 'revoke', fault: { kind: 'server_error', when: 'after' } })

  expect((await google.revoke(accessToken)).status).toBe(503)
  expect(await isGood(emulator, 'google', accessToken)).toBe(true)
  expect((await google.revoke(accessToken)).status).toBe(503)
  expect(await isGood(emulator, 'google', accessToken)).toBe(false)
})

test('closing lets held requests end', async () => {
  const emulator = await anEmulator()
  const { response } = await struck(emulator, { kind: 'hold' })
  const answer = response().catch((error: unknown) => error)
  await emulator.log.arrival({ grantType: 'refresh_token' })

  await emulator.close()

  expect(await answer).toBeInstanceOf(TypeError)
})
