import { expect, test } from 'vitest'

import { anEmulator, REDIRECT_URI, testClient } from './flow.ts'

test.each<readonly [string, Record<string, string>]>([
  ['unsupported_response_type', { response_type: 'token' }],
  ['invalid_scope', { scope: 'email "quoted"' }],
  ['invalid_request', { code_challenge_method: 'plain' }],
  ['invalid_request', { code_challenge: 'short' }],
])('sends %s back to the client for %j', async (error, parameters) => {
  await using emulator = await anEmulator()

  const back = await testClient(emulator, 'google').authorize({ parameters })

  expect(back.searchParams.get('error')).toBe(error)
  expect(back.searchParams.get('state')).toBe('state-1')
})

test.each<readonly [string, Record<string, string>]>([
  ['an unknown client', { client_id: '<script>alert(1)</script>' }],
  ['another host', { redirect_uri: 'https://evil.example/callback' }],
  ['a look-alike of loopback', { redirect_uri: 'http://127.0.0.1.evil.example/' }],
  ['a script', { redirect_uri: 'javascript:alert(1)' }],
  ['nothing', { redirect_uri: '' }],
])('shows a page instead of redirecting to %s', async (_, parameters) => {
  await using emulator = await anEmulator()
  const url = testClient(emulator, 'google').authorizationUrl({ parameters })

  const response = await fetch(url, { redirect: 'manual' })

  expect(response.status).toBe(400)
  expect(response.headers.get('location')).toBeNull()
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(await response.text()).not.toContain('<script')
})

test('compares registered redirect URIs exactly', async () => {
  const client = {
    provider: 'google',
    clientId: 'mine',
    clientSecret: 'secret',
    redirectUris: ['https://app.example.com/callback'],
  }
  await using emulator = await anEmulator({ clients: [client] })
  const statusFor = async (redirectUri: string): Promise<number> => {
    const url = testClient(emulator, 'google').authorizationUrl({
      parameters: { client_id: 'mine', redirect_uri: redirectUri },
    })
    return (await fetch(url, { redirect: 'manual' })).status
  }

  expect(await statusFor('https://app.example.com/callback')).toBe(302)
  expect(await statusFor('https://app.example.com/callback/')).toBe(400)
  expect(await statusFor('https://app.example.com/callback?a=b')).toBe(400)
  expect(await statusFor(REDIRECT_URI)).toBe(400)
})

test('refuses repeated parameters', async () => {
  await using emulator = await anEmulator()
  const url = `${testClient(emulator, 'google').authorizationUrl()}&state=again`

  expect((await fetch(url, { redirect: 'manual' })).status).toBe(400)
})

test('Slack takes its scopes from user_scope, separated by commas', async () => {
  await using emulator = await anEmulator()
  const slack = testClient(emulator, 'slack')

  const good = await slack.connect({ scopes: ['chat:write', 'channels:read'] })
  const spaces = await slack.authorize({
    parameters: { user_scope: 'chat:write channels:read' },
  })
  const elsewhere = await slack.connect({ parameters: { scope: 'chat:write' } })

  expect(good.body['authed_user']).toMatchObject({ scope: 'chat:write,channels:read' })
  expect(spaces.searchParams.get('error')).toBe('invalid_scope')
  expect(elsewhere.body['authed_user']).toMatchObject({ scope: '' })
})

test('login_hint says who is signed in: id, e-mail or account id', async () => {
  await using emulator = await anEmulator()
  const github = testClient(emulator, 'github')
  const userFor = async (hint: string): Promise<string | undefined> => {
    await github.authorize({ parameters: { login_hint: hint } })
    return emulator.log.entries({ route: 'authorize' }).at(-1)?.user
  }

  expect(await userFor('alice')).toBe('alice')
  expect(await userFor('BOB@example.com')).toBe('bob')
  expect(await userFor('bobby')).toBe('bobby')
  expect(await userFor('nobody')).toBe('demo')
})

test('requires PKCE when told to', async () => {
  await using emulator = await anEmulator({ behaviour: { google: { pkce: 'required' } } })
  const url = new URL(testClient(emulator, 'google').authorizationUrl())
  url.searchParams.delete('code_challenge')

  const response = await fetch(url, { redirect: 'manual' })

  expect(response.headers.get('location')).toContain('error=invalid_request')
})
