import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { startEmulator } from '@valetkey/emulator'
import * as client from 'openid-client'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import * as z from 'zod'

import { createBrowser } from '../connect/browser.ts'
import { EXCHANGE } from '../front-door/vault-world.ts'
import { valetkey, type Run } from './command.ts'

// Each test starts processes.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const folder = mkdtempSync(join(tmpdir(), 'valetkey-dev-'))
const runs: Run[] = []
afterEach(async () => {
  for (const { child, ended } of runs.splice(0)) {
    child.kill('SIGTERM')
    await ended
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

const Setup = z.strictObject({
  issuer: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  publicClientId: z.string(),
  discoveryUrl: z.string(),
  redirectUris: z.array(z.string()),
  postLogoutRedirectUris: z.array(z.string()),
  apis: z.array(z.string()),
  apiScopes: z.array(z.string()),
  dataFolder: z.string(),
  emulator: z.string(),
  trustedIssuer: z.string(),
  connections: z.array(z.string()),
  apiUrls: z.record(z.string(), z.string()),
  userTokenEndpoint: z.string(),
})

function dev(...parameters: readonly string[]): Run {
  const run = valetkey(['dev', ...parameters], { cwd: folder })
  runs.push(run)
  return run
}

async function setupOf(run: Run): Promise<z.infer<typeof Setup>> {
  return Setup.parse(JSON.parse(await run.firstLine()))
}

async function login(endpoint: string): Promise<{ token: string; type: string }> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'demo' }),
  })
  return z.strictObject({ token: z.string(), type: z.string() }).parse(await response.json())
}

async function exchange(setup: z.infer<typeof Setup>): Promise<unknown> {
  const { token, type } = await login(setup.userTokenEndpoint)
  const response = await fetch(`${setup.issuer}oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: EXCHANGE,
      client_id: setup.clientId,
      client_secret: setup.clientSecret,
      subject_token: token,
      subject_token_type: type,
      audience: 'google-oauth2',
    }),
  })
  return response.json()
}

/** Logs the demo user in at the vault, with Google, as an app would that knows what `dev` prints. */
async function logIn(
  setup: z.infer<typeof Setup>,
  app: client.Configuration,
  redirectUri: string,
): Promise<client.TokenEndpointResponse & client.TokenEndpointResponseHelpers> {
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  const url = client.buildAuthorizationUrl(app, {
    redirect_uri: redirectUri,
    scope: 'openid offline_access orders:read',
    resource: setup.apis[0] ?? '',
    connection: 'google-oauth2',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  })
  const browser = createBrowser()
  let visit = await browser.open(url.href)
  while (visit.location !== undefined && !visit.location.startsWith(redirectUri)) {
    visit = await browser.open(visit.location)
  }
  return await client.authorizationCodeGrant(app, new URL(visit.location ?? visit.url), {
    pkceCodeVerifier: verifier,
    expectedState: state,
  })
}

async function appOf(
  setup: z.infer<typeof Setup>,
  id: string,
  authentication: client.ClientAuth,
): Promise<client.Configuration> {
  const execute = [client.allowInsecureRequests]
  return await client.discovery(new URL(setup.discoveryUrl), id, undefined, authentication, {
    execute,
  })
}

test('RV-64: logs users in by what it prints, on any port of loopback, and has Google connected at once', async () => {
  const setup = await setupOf(dev('--port', '0', '--json', '--data', 'login'))
  const app = await appOf(setup, setup.clientId, client.ClientSecretPost(setup.clientSecret))
  expect(setup.redirectUris).toContain('http://127.0.0.1/login/callback')
  // The routes of @valetkey/next.
  for (const name of ['callback', 'complete']) {
    expect(setup.redirectUris).toContain(`http://localhost/api/valet-key/${name}`)
  }

  const tokens = await logIn(setup, app, 'http://127.0.0.1:4711/login/callback')

  const exchanged = await client.genericGrantRequest(app, EXCHANGE, {
    subject_token: tokens.refresh_token ?? '',
    subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
    audience: 'google-oauth2',
  })
  expect(exchanged).toMatchObject({ connection: 'google-oauth2' })
  await expect(logIn(setup, app, 'http://127.0.0.1:4711/elsewhere')).rejects.toMatchObject({
    code: 'OAUTH_INVALID_RESPONSE',
  })
})

test('RV-21: logs users of an app without a secret in, and gives it no token of a provider', async () => {
  const setup = await setupOf(dev('--port', '0', '--json', '--data', 'public'))
  const app = await appOf(setup, setup.publicClientId, client.None())

  const tokens = await logIn(setup, app, 'http://localhost:5173/callback')

  expect(tokens.claims()?.aud).toBe('demo-app')
  expect(JSON.parse(atob(tokens.access_token.split('.')[1] ?? ''))).toMatchObject({
    aud: setup.apis[0],
    scope: 'orders:read',
  })
  const exchange = client.genericGrantRequest(app, EXCHANGE, {
    subject_token: tokens.refresh_token ?? '',
    subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
    audience: 'google-oauth2',
  })
  await expect(exchange).rejects.toMatchObject({ error: 'unauthorized_client' })
})

test('needs no file, says in one line what a script must know, and works with it', async () => {
  const run = dev('--port', '0', '--json')
  const setup = await setupOf(run)

  expect(setup.dataFolder).toBe(join(folder, '.valetkey'))
  expect(setup.connections).toEqual(
    expect.arrayContaining(['google-oauth2', 'github', 'slack', 'notion']),
  )
  expect(await exchange(setup)).toMatchObject({ vault_error: 'not_connected' })
  expect(run.stdout().trimEnd().split('\n')).toHaveLength(1)

  run.child.kill('SIGTERM')
  expect(await run.ended).toBe(0)
})

test('is the same client with the same data after a restart', async () => {
  const first = dev('--port', '0', '--json', '--data', 'kept')
  const before = await setupOf(first)
  first.child.kill('SIGINT')
  expect(await first.ended).toBe(0)

  const after = await setupOf(dev('--port', '0', '--json', '--data', 'kept'))

  expect(after.clientId).toBe(before.clientId)
  expect(after.clientSecret).toBe(before.clientSecret)
  expect(await exchange(after)).toMatchObject({ vault_error: 'not_connected' })
  const data = join(folder, 'kept')
  expect(statSync(data).mode & 0o777).toBe(0o700)
  for (const name of ['vault.key', 'client.json', 'vault.db']) {
    expect(statSync(join(data, name)).mode & 0o077).toBe(0)
  }
  expect(readFileSync(join(data, '.gitignore'), 'utf8')).toBe('*\n')
})

test('RV-23: says to a person what to paste into .env, with a secret of 256 bits that scanners know by its beginning', async () => {
  const run = dev('--port', '0', '--data', 'for-people')
  await expect.poll(run.stdout, { timeout: 50_000 }).toContain('Ctrl-C')

  expect(run.stdout()).toMatch(/^VALETKEY_ISSUER=http:\/\/127\.0\.0\.1:\d+\/$/m)
  expect(run.stdout()).toMatch(/^VALETKEY_CLIENT_ID=demo-agent$/m)
  expect(run.stdout()).toMatch(/^VALETKEY_CLIENT_SECRET=vks_[\w-]{43}$/m)
  expect(run.stdout()).toMatch(
    /discovery +http:\/\/127\.0\.0\.1:\d+\/\.well-known\/openid-configuration\n/,
  )
  expect(run.stdout()).toContain(
    'https://orders.example.com, with the scopes orders:read orders:write\n',
  )
  expect(run.stdout()).toMatch(/redirect URIs[^]*\n +\/login\/callback\n/)
  expect(run.stdout()).toMatch(/^GITHUB_APP_API_URL=http:\/\/127\.0\.0\.1:\d+\/github-app$/m)
})

test('says where the emulated APIs are, and they know its tokens', async () => {
  const setup = await setupOf(dev('--port', '0', '--json', '--data', 'apis'))

  expect(Object.keys(setup.apiUrls)).toEqual(
    expect.arrayContaining(['google', 'github', 'slack', 'notion']),
  )
  for (const [id, path] of [
    ['google', '/calendar/v3/calendars/primary/events'],
    ['github', '/user'],
  ] as const) {
    const response = await fetch(`${setup.apiUrls[id]}${path}`, {
      headers: { authorization: 'Bearer no-token-of-this-emulator' },
    })
    expect(response.status).toBe(401)
  }
})

test('its audit log can be verified by its folder alone', async () => {
  const run = dev('--port', '0', '--json', '--data', 'audited')
  await setupOf(run)
  run.child.kill('SIGTERM')
  await run.ended
  const verify = (...parameters: readonly string[]): Run =>
    valetkey(['audit', 'verify', ...parameters], { cwd: folder })

  const verified = verify('--data', 'audited', '--head', 'audited/audit-heads.jsonl')
  expect(await verified.ended).toBe(0)
  expect(verified.stdout()).toBe('The audit log is whole: 2 records in 1 chain.\n')

  const nowhere = verify('--data', 'nowhere')
  expect(await nowhere.ended).toBe(1)
  expect(nowhere.stderr()).toMatch(/There is no database at .*nowhere|nowhere.*does not exist/)
  for (const parameters of [[], ['--data', 'audited', '--config', 'x.json']]) {
    const neither = verify(...parameters)
    expect(await neither.ended).toBe(1)
    expect(neither.stderr()).toMatch(/^valetkey: Give either --config, or --data/)
  }
})

test('uses the emulator of another process', async () => {
  const emulator = await startEmulator()

  const setup = await setupOf(
    dev('--port', '0', '--json', '--data', 'b', '--emulator', emulator.url),
  )

  expect(setup.emulator).toBe(emulator.url)
  expect(await exchange(setup)).toMatchObject({ vault_error: 'not_connected' })
  await emulator.close()
})

test.each([
  ['an emulator that is not there', ['--emulator', 'http://127.0.0.1:1'], /No emulator answers at/],
  ['an emulator that is elsewhere', ['--emulator', 'https://example.com'], /on this machine/],
  ['a port that is none', ['--port', '99999'], /from 0 to 65535/],
  ['an option that is none', ['--prot', '1'], /Did you mean --port/],
])('refuses %s with one message', async (_, parameters, message) => {
  const run = dev('--data', 'refused', ...parameters)

  expect(await run.ended).toBe(1)
  expect(run.stderr()).toMatch(message)
  expect(run.stderr()).not.toMatch(/\n\s+at /)
  expect(run.stdout()).toBe('')
})

test('says when its port is taken, and leaves nothing running', async () => {
  const first = await setupOf(dev('--port', '0', '--json', '--data', 'first'))
  const second = dev('--port', new URL(first.issuer).port, '--data', 'second')

  expect(await second.ended).toBe(1)
  expect(second.stderr()).toMatch(/^valetkey: Port \d+ is in use\. .*--port/)
})
