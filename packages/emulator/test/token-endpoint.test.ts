import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'

import { anEmulator, isGood, REDIRECT_URI, testClient } from './flow.ts'

const codeOf = (url: URL): string => url.searchParams.get('code') ?? ''

test('a code works once; a second use ends what the first one brought', async () => {
  await using emulator = await anEmulator()
  const google = testClient(emulator, 'google')
  const code = codeOf(await google.authorize({ scopes: ['email'] }))
  const first = await google.redeem(code)

  const second = await google.redeem(code)

  expect(second).toMatchObject({ status: 400, error: 'invalid_grant' })
  expect(await isGood(emulator, 'google', first.accessToken)).toBe(false)
})

test.each<readonly [string, Record<string, string>]>([
  ['another redirect_uri', { redirect_uri: `${REDIRECT_URI}/other` }],
  ['a wrong code_verifier', { code_verifier: 'w'.repeat(43) }],
  ['a short code_verifier', { code_verifier: 'v' }],
  ['no code_verifier', { code_verifier: '' }],
])('refuses a code with %s', async (_, change) => {
  await using emulator = await anEmulator()
  const google = testClient(emulator, 'google')
  const code = codeOf(await google.authorize())

  expect(await google.redeem(code, change)).toMatchObject({ status: 400, error: 'invalid_grant' })
})

test('refuses a code_verifier where no code_challenge was sent', async () => {
  await using emulator = await anEmulator()
  const google = testClient(emulator, 'google')
  const url = new URL(google.authorizationUrl())
  url.searchParams.delete('code_challenge')
  url.searchParams.delete('code_challenge_method')
  const response = await fetch(url, { redirect: 'manual' })
  const code = codeOf(new URL(response.headers.get('location') ?? ''))

  expect((await google.redeem(code)).error).toBe('invalid_grant')
})

test('a code expires in virtual time', async () => {
  await using emulator = await anEmulator()
  const google = testClient(emulator, 'google')
  const [early, late] = [codeOf(await google.authorize()), codeOf(await google.authorize())]

  emulator.advance(599)
  expect((await google.redeem(early)).error).toBeUndefined()
  emulator.advance(1)
  expect((await google.redeem(late)).error).toBe('invalid_grant')
})

test('neither code nor refresh token works for another client, or at another provider', async () => {
  const other = { provider: 'google', clientId: 'other', clientSecret: 'other-secret' }
  await using emulator = await anEmulator({ clients: [other] })
  const google = testClient(emulator, 'google')
  const asOther = { client_id: other.clientId, client_secret: other.clientSecret }
  const code = codeOf(await google.authorize())
  const tokens = await google.connect()

  expect((await google.redeem(code, asOther)).error).toBe('invalid_grant')
  expect((await google.refresh(tokens.refreshToken ?? '', asOther)).error).toBe('invalid_grant')
  expect((await testClient(emulator, 'notion').refresh(tokens.refreshToken ?? '')).error).toBe(
    'invalid_grant',
  )
  expect(await isGood(emulator, 'notion', tokens.accessToken)).toBe(false)
  expect(await isGood(emulator, 'google', tokens.accessToken)).toBe(true)
})

test('access tokens expire in virtual time, and expires_in says when', async () => {
  await using emulator = await anEmulator()
  const { accessToken, body } = await testClient(emulator, 'google').connect()

  expect(body['expires_in']).toBe(3_599)
  emulator.advance(3_598)
  expect(await isGood(emulator, 'google', accessToken)).toBe(true)
  emulator.advance(1)
  expect(await isGood(emulator, 'google', accessToken)).toBe(false)
})

test('GitHub answers a form unless JSON is accepted, and joins scopes by commas', async () => {
  await using emulator = await anEmulator()
  const github = testClient(emulator, 'github')
  const json = await github.connect({ scopes: ['repo', 'gist'] })
  const code = codeOf(await github.authorize({ scopes: ['repo', 'gist'] }))
  const { clientId, clientSecret } = emulator.client('github')

  const response = await fetch(github.definition.tokenEndpoint, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: clientId,
      client_secret: clientSecret,
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: 'v'.repeat(43),
    }),
  })

  expect(json.body).toMatchObject({ scope: 'repo,gist', token_type: 'Bearer' })
  expect(json.body).not.toHaveProperty('expires_in')
  expect(response.headers.get('content-type')).toBe('application/x-www-form-urlencoded')
  const form = new URLSearchParams(await response.text())
  expect(form.get('access_token')).toMatch(/^emu-at-github-/)
  expect(form.get('scope')).toBe('repo,gist')
})

test('a GitHub App gives numbers as strings and no scope, and a refresh ends the old access token', async () => {
  await using emulator = await anEmulator()
  const app = testClient(emulator, 'github-app')
  const first = await app.connect()

  const second = await app.refresh(first.refreshToken ?? '')

  expect(first.body).toMatchObject({
    expires_in: '28800',
    refresh_token_expires_in: '15897600',
    scope: '',
  })
  expect(await isGood(emulator, 'github-app', first.accessToken)).toBe(false)
  expect(await isGood(emulator, 'github-app', second.accessToken)).toBe(true)
})

test('Slack nests the user token in the answer to a code, and has it on top after a refresh', async () => {
  await using emulator = await anEmulator({ behaviour: { slack: { clientSetting: 'on' } } })
  const slack = testClient(emulator, 'slack')
  const first = await slack.connect({ scopes: ['channels:history', 'chat:write'] })

  const second = await slack.refresh(first.refreshToken ?? '')

  expect(first.body).toMatchObject({
    ok: true,
    team: { id: expect.stringMatching(/^T/), name: 'Emulator Workspace' },
    authed_user: {
      id: expect.stringMatching(/^U/),
      scope: 'channels:history,chat:write',
      token_type: 'user',
      expires_in: 43_200,
    },
  })
  expect(first.body).not.toHaveProperty('access_token')
  expect(second.body).toMatchObject({
    ok: true,
    token_type: 'user',
    access_token: second.accessToken,
    refresh_token: expect.stringMatching(/^emu-rt-slack-/),
    expires_in: 43_200,
  })
})

test('Slack without rotation gives a token that does not expire', async () => {
  await using emulator = await anEmulator()
  const { accessToken, refreshToken, body } = await testClient(emulator, 'slack').connect()

  emulator.advance(10 * 365 * 86_400)

  expect(refreshToken).toBeUndefined()
  expect(body['authed_user']).not.toHaveProperty('expires_in')
  expect(await isGood(emulator, 'slack', accessToken)).toBe(true)
})

test('Notion takes JSON with its version header, and names the workspace and the bot', async () => {
  await using emulator = await anEmulator()
  const notion = testClient(emulator, 'notion')
  const demo = await notion.connect()
  const bob = await notion.connect({ parameters: { login_hint: 'bob' } })

  expect(demo.body).toMatchObject({
    workspace_id: expect.stringMatching(/^W/),
    bot_id: expect.stringMatching(/^B/),
    owner: { user: { name: 'Demo User' } },
  })
  expect(bob.body['workspace_id']).toBe(demo.body['workspace_id'])
  expect(bob.body['bot_id']).not.toBe(demo.body['bot_id'])
})

test.each([
  ['a form body', 'application/x-www-form-urlencoded', 'grant_type=x', 'must be JSON'],
  ['no version header', 'application/json', '{}', 'Notion-Version'],
])('Notion refuses %s', async (_, type, body, problem) => {
  await using emulator = await anEmulator()

  const response = await fetch(emulator.provider('notion').tokenEndpoint, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  })

  expect(response.status).toBe(400)
  expect(await response.text()).toContain(problem)
})

test.each([
  ['google', 'client_secret_basic'],
  ['notion', 'client_secret_post'],
])('%s does not take %s', async (provider, method) => {
  await using emulator = await anEmulator()
  const { clientId, clientSecret } = emulator.client(provider)
  const { tokenEndpoint, tokenRequestBody, requestHeaders } = emulator.provider(provider)
  const isBasic = method === 'client_secret_basic'
  const fields = {
    grant_type: 'refresh_token',
    refresh_token: 'x',
    ...(!isBasic && { client_id: clientId, client_secret: clientSecret }),
  }
  const response = await fetch(tokenEndpoint, {
    method: 'POST',
    headers: {
      ...requestHeaders,
      'content-type':
        tokenRequestBody === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
      ...(isBasic && {
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      }),
    },
    body:
      tokenRequestBody === 'json' ? JSON.stringify(fields) : new URLSearchParams(fields).toString(),
  })

  expect(response.status).toBe(401)
  expect(await response.json()).toMatchObject({ error: 'invalid_client' })
})

test('Google issues a refresh token for offline access only, and again only for a fresh consent', async () => {
  await using emulator = await anEmulator()
  const google = testClient(emulator, 'google')
  const ask = async (parameters: Record<string, string>): Promise<boolean> =>
    (await google.connect({ scopes: ['email'], parameters })).refreshToken !== undefined

  expect(await ask({ access_type: 'online', prompt: 'consent' })).toBe(false)
  expect(await ask({ access_type: 'offline', prompt: 'consent' })).toBe(true)
  expect(await ask({ access_type: 'offline', prompt: 'none' })).toBe(false)
  expect(
    await ask({ access_type: 'offline', prompt: 'none', login_hint: 'alice@example.com' }),
  ).toBe(true)
})

test('scopes granted before are granted again when asked to include them', async () => {
  await using emulator = await anEmulator()
  const google = testClient(emulator, 'google')
  await google.connect({ scopes: ['email'] })

  const more = await google.connect({ scopes: ['profile'] })
  const fresh = await google.connect({
    scopes: ['profile'],
    parameters: { include_granted_scopes: 'false' },
  })

  expect(more.body['scope']).toBe(
    `https://www.googleapis.com/auth/userinfo.profile https://www.googleapis.com/auth/userinfo.email`,
  )
  expect(fresh.body['scope']).toBe('https://www.googleapis.com/auth/userinfo.profile')
})

test('a user who leaves scopes out is granted the rest', async () => {
  await using emulator = await anEmulator()
  emulator.decideConsent('google', { decision: 'allow', user: 'bob', scopes: ['email', 'extra'] })

  const { body } = await testClient(emulator, 'google').connect({ scopes: ['email', 'profile'] })

  expect(body['scope']).toBe('https://www.googleapis.com/auth/userinfo.email')
  expect(emulator.log.tokenRequests('google')[0]?.user).toBe('bob')
})

test('a refresh can ask for less, not for more', async () => {
  await using emulator = await anEmulator()
  const google = testClient(emulator, 'google')
  const { refreshToken = '' } = await google.connect({ scopes: ['email', 'profile'] })

  expect((await google.refresh(refreshToken, { scope: 'email' })).body['scope']).toBe(
    'https://www.googleapis.com/auth/userinfo.email',
  )
  expect((await google.refresh(refreshToken, { scope: 'drive' })).error).toBe('invalid_scope')
})

test('an unknown client is told so in the words of the provider', async () => {
  await using emulator = await anEmulator()

  expect(await testClient(emulator, 'google').redeem('x', { client_id: 'nobody' })).toMatchObject({
    status: 401,
    error: 'invalid_client',
  })
  expect(await testClient(emulator, 'github').redeem('x', { client_id: 'nobody' })).toMatchObject({
    status: 200,
    error: 'incorrect_client_credentials',
  })
})

test.each(['password', 'constructor', '__proto__'])(
  'the unknown grant type %s is refused',
  async (grantType) => {
    await using emulator = await anEmulator()

    expect(
      await testClient(emulator, 'google').redeem('x', { grant_type: grantType }),
    ).toMatchObject({ status: 400, error: 'unsupported_grant_type' })
  },
)

test.each([
  ['google', ['email', 'openid'], 'https://www.googleapis.com/auth/userinfo.email openid'],
  [
    'google',
    ['https://www.googleapis.com/auth/userinfo.email', 'email'],
    'https://www.googleapis.com/auth/userinfo.email',
  ],
  ['github', ['user', 'gist', 'user:email'], 'user,gist'],
  ['github', ['public_repo', 'repo'], 'repo'],
  ['github', ['read:org', 'admin:org'], 'admin:org'],
  ['github', ['public_repo'], 'public_repo'],
])('%s asked for %j answers %j', async (provider, scopes, expected) => {
  await using emulator = await anEmulator()

  const { body } = await testClient(emulator, provider).connect({ scopes })

  expect(body['scope']).toBe(expected)
})

test('an ID token says what was granted under another name', async () => {
  await using emulator = await anEmulator()
  const scopes = ['openid', 'https://www.googleapis.com/auth/userinfo.email']

  const { body } = await testClient(emulator, 'google').connect({ scopes })

  expect(decodeJwt(String(body['id_token']))['email']).toBe('demo@example.com')
})
