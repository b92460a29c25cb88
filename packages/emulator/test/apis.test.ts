import type { Emulator } from '@valetkey/emulator'
import { expect, test } from 'vitest'

import { anEmulator, callApi, testClient } from './flow.ts'

const CALENDAR = 'https://www.googleapis.com/auth/calendar'
const EVENTS = '/google/calendar/v3/calendars/primary/events'

const json = async (response: Promise<Response>): Promise<Record<string, unknown>> =>
  (await (await response).json()) as Record<string, unknown>

const postJson = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

test('the calendar lists and creates events of the user whose token it is', async () => {
  await using emulator = await anEmulator()
  const tokenOf = (user: string): string =>
    emulator.issueTokens({ provider: 'google', user, scopes: [`${CALENDAR}.events`] }).accessToken
  const event = {
    summary: 'Lunch',
    start: { dateTime: '2026-05-01T12:00:00Z' },
    end: { dateTime: '2026-05-01T13:00:00Z' },
  }

  const created = await json(callApi(emulator, EVENTS, tokenOf('alice'), postJson(event)))
  const alice = await json(callApi(emulator, EVENTS, tokenOf('alice')))
  const bob = await json(callApi(emulator, EVENTS, tokenOf('bob')))

  expect(created).toMatchObject({ kind: 'calendar#event', summary: 'Lunch' })
  expect(alice['summary']).toBe('alice@example.com')
  expect(alice['items']).toHaveLength(4)
  expect(bob['items']).toHaveLength(3)
})

test('the calendar filters by time and count, and refuses nonsense', async () => {
  await using emulator = await anEmulator()
  const { accessToken } = emulator.issueTokens({ provider: 'google', scopes: [CALENDAR] })
  const list = (query: string): Promise<Response> =>
    callApi(emulator, `${EVENTS}?${query}`, accessToken)

  expect((await json(list('maxResults=2')))['items']).toHaveLength(2)
  expect((await json(list('timeMin=2100-01-01T00:00:00Z')))['items']).toHaveLength(0)
  expect((await json(list('timeMax=2000-01-01T00:00:00Z')))['items']).toHaveLength(0)
  expect((await list('timeMin=yesterday')).status).toBe(400)
  expect((await list('maxResults=-1')).status).toBe(400)
  for (const body of [{}, { summary: 'x' }, { summary: 1, start: null, end: [] }]) {
    expect((await callApi(emulator, EVENTS, accessToken, postJson(body))).status).toBe(400)
  }
})

test.each([
  [[], 'GET', 403],
  [['email'], 'GET', 403],
  [[`${CALENDAR}.readonly`], 'GET', 200],
  [[`${CALENDAR}.readonly`], 'POST', 403],
])('the calendar with scopes %j answers %s with %i', async (scopes, method, status) => {
  await using emulator = await anEmulator()
  const { accessToken } = emulator.issueTokens({ provider: 'google', scopes })

  const response = await callApi(emulator, EVENTS, accessToken, { method })

  expect(response.status).toBe(status)
})

test('Gmail sends and lists the mails of the user whose token it is, and refuses nonsense', async () => {
  await using emulator = await anEmulator()
  const mails = '/google/gmail/v1/users/me/messages'
  const tokenOf = (user: string, scope: string): string =>
    emulator.issueTokens({
      provider: 'google',
      user,
      scopes: [`https://www.googleapis.com/auth/gmail.${scope}`],
    }).accessToken
  const raw = Buffer.from('To: bob@example.com\r\nSubject: Lunch\r\n\r\nAt noon?').toString(
    'base64url',
  )
  const send = (token: string, body: unknown): Promise<Response> =>
    callApi(emulator, `${mails}/send`, token, postJson(body))

  const sent = await json(send(tokenOf('alice', 'send'), { raw }))
  const [alice, bob] = await Promise.all(
    ['alice', 'bob'].map((user) => json(callApi(emulator, mails, tokenOf(user, 'readonly')))),
  )

  expect(sent).toMatchObject({ labelIds: ['SENT'] })
  expect(alice).toEqual({
    messages: [{ id: sent['id'], threadId: sent['id'] }],
    resultSizeEstimate: 1,
  })
  expect(bob).toEqual({ messages: [], resultSizeEstimate: 0 })
  expect((await send(tokenOf('alice', 'readonly'), { raw })).status).toBe(403)
  for (const body of [{}, { raw: 7 }, { raw: '' }, { raw: 'To:' }, { raw: '!!' }]) {
    expect((await send(tokenOf('alice', 'send'), body)).status).toBe(400)
  }
})

/** A token that is no good, and why. */
const badTokens: readonly (readonly [string, (emulator: Emulator, provider: string) => string])[] =
  [
    ['invalid_auth', () => 'made-up'],
    [
      'token_expired',
      (emulator, provider) => emulator.issueTokens({ provider, lifetimeSeconds: 0 }).accessToken,
    ],
    [
      'token_revoked',
      (emulator, provider) => {
        const { accessToken } = emulator.issueTokens({ provider, user: 'bob' })
        emulator.revokeGrant({ provider, user: 'bob' })
        return accessToken
      },
    ],
    [
      'invalid_auth',
      (emulator, provider) =>
        emulator.issueTokens({ provider: provider === 'github' ? 'google' : 'github' }).accessToken,
    ],
  ]

test.each(badTokens)('every API refuses a token that is no good: %s', async (slackError, make) => {
  await using emulator = await anEmulator()
  const statusAt = async (provider: string, path: string): Promise<number> =>
    (await callApi(emulator, path, make(emulator, provider))).status

  expect(await statusAt('google', EVENTS)).toBe(401)
  expect(await statusAt('github', '/github/user')).toBe(401)
  expect(await statusAt('notion', '/notion/v1/users/me')).toBe(401)
  const slack = callApi(emulator, '/slack/api/auth.test', make(emulator, 'slack'))
  expect((await slack).status).toBe(200)
  expect(await (await slack).json()).toEqual({ ok: false, error: slackError })
})

test('no token at all is refused', async () => {
  await using emulator = await anEmulator()

  expect((await fetch(emulator.url + EVENTS)).status).toBe(401)
  expect((await fetch(`${emulator.url}/github/user`)).status).toBe(401)
  expect(await json(fetch(`${emulator.url}/slack/api/auth.test`))).toEqual({
    ok: false,
    error: 'not_authed',
  })
})

test('access tokens can be ended before their time, refresh tokens stay', async () => {
  await using emulator = await anEmulator()
  const google = testClient(emulator, 'google')
  const demo = await google.connect({ scopes: [CALENDAR] })
  const bob = await google.connect({ scopes: [CALENDAR], parameters: { login_hint: 'bob' } })

  expect(emulator.expireAccessTokens({ provider: 'google', user: 'demo' })).toBe(1)

  expect((await callApi(emulator, EVENTS, demo.accessToken)).status).toBe(401)
  expect((await callApi(emulator, EVENTS, bob.accessToken)).status).toBe(200)
  expect((await google.refresh(demo.refreshToken ?? '')).error).toBeUndefined()
})

test('Slack keeps a channel', async () => {
  await using emulator = await anEmulator()
  const { accessToken } = emulator.issueTokens({
    provider: 'slack',
    scopes: ['channels:history', 'chat:write'],
  })
  const call = (method: string, fields: Record<string, string>): Promise<Record<string, unknown>> =>
    json(
      callApi(emulator, `/slack/api/${method}`, accessToken, {
        method: 'POST',
        body: new URLSearchParams(fields),
      }),
    )

  expect(await call('chat.postMessage', { channel: '#general', text: 'Hello' })).toMatchObject({
    ok: true,
    message: { text: 'Hello' },
  })
  expect(await call('conversations.history', { channel: 'general' })).toMatchObject({
    ok: true,
    messages: [{ text: 'Hello' }, { text: 'Welcome to #general.' }],
  })
  expect(await call('conversations.history', { channel: 'nowhere' })).toEqual({
    ok: false,
    error: 'channel_not_found',
  })
  expect(await call('chat.postMessage', { channel: 'general' })).toEqual({
    ok: false,
    error: 'no_text',
  })
})

test('Slack says which scope is missing', async () => {
  await using emulator = await anEmulator()
  const { accessToken } = emulator.issueTokens({ provider: 'slack', scopes: ['chat:write'] })

  expect(await json(callApi(emulator, '/slack/api/conversations.history', accessToken))).toEqual({
    ok: false,
    error: 'missing_scope',
    needed: 'channels:history',
    provided: 'chat:write',
  })
})

test('GitHub knows the user by number and login, and shows private repositories with the scope repo only', async () => {
  await using emulator = await anEmulator()
  const names = async (provider: string, scopes: readonly string[]): Promise<unknown> => {
    const { accessToken } = emulator.issueTokens({ provider, scopes })
    const response = await callApi(emulator, `/${provider}/user/repos`, accessToken)
    return ((await response.json()) as { name: string }[]).map((repository) => repository.name)
  }
  const { accessToken } = emulator.issueTokens({ provider: 'github', user: 'alice' })

  expect(await json(callApi(emulator, '/github/user', accessToken))).toMatchObject({
    id: expect.any(Number),
    login: 'alice',
  })
  expect(await names('github', [])).toEqual(['hello-world', 'dotfiles'])
  expect(await names('github', ['repo'])).toEqual(['hello-world', 'dotfiles', 'secret-plans'])
  expect(await names('github-app', [])).toContain('secret-plans')
})

test('Notion wants its version', async () => {
  await using emulator = await anEmulator()
  const { accessToken } = emulator.issueTokens({ provider: 'notion' })
  const call = (headers: Record<string, string>): Promise<Response> =>
    callApi(emulator, '/notion/v1/users/me', accessToken, { headers })

  expect((await call({})).status).toBe(400)
  expect(await json(call({ 'notion-version': '2025-09-03' }))).toMatchObject({
    object: 'user',
    bot: { owner: { user: { name: 'Demo User' } } },
  })
})

test('tokens of a known state are issued without a flow, and unknown names are refused', async () => {
  await using emulator = await anEmulator()
  const google = testClient(emulator, 'google')
  const tokens = emulator.issueTokens({ provider: 'google', user: 'bob', scopes: ['email'] })

  expect((await google.refresh(tokens.refreshToken ?? '')).body['scope']).toBe(
    'https://www.googleapis.com/auth/userinfo.email',
  )
  expect(tokens.expiresAt).toBe(emulator.now() + 3_599)
  expect(() => emulator.issueTokens({ provider: 'gogle' })).toThrow('"gogle"')
  expect(() => emulator.issueTokens({ provider: 'google', user: 'x' })).toThrow('"x"')
  expect(() => emulator.issueTokens({ provider: 'google', clientId: 'y' })).toThrow('"y"')
})
