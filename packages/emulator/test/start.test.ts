import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createVirtualClock, startEmulator } from '@valetkey/emulator'
import { customOAuth2, customOidc, providers } from '@valetkey/providers'
import { expect, test } from 'vitest'

import { anEmulator, callApi, isGood, testClient } from './flow.ts'

function aFolder(): string & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'emulator-'))
  return Object.assign(path, {
    [Symbol.dispose]: () => {
      rmSync(path, { recursive: true })
    },
  })
}

test('serves a provider that is not in the catalog', async () => {
  const tracker = customOAuth2({
    id: 'tracker',
    authorizationEndpoint: 'https://tracker.example/oauth/authorize',
    tokenEndpoint: 'https://tracker.example/oauth/token',
    identity: {
      source: 'userinfo',
      endpoint: 'https://api.tracker.example/me',
      idField: 'uid',
      labelFields: ['email'],
    },
    apiOrigins: ['https://api.tracker.example'],
  })
  await using emulator = await anEmulator({ providers: [tracker] })
  const client = testClient(emulator, 'tracker')

  const first = await client.connect({ scopes: ['read'] })
  const me = await callApi(emulator, '/tracker/me', first.accessToken)

  expect(first.body).not.toHaveProperty('scope')
  expect(await me.json()).toEqual({
    uid: expect.stringMatching(/^\d{9}$/),
    email: 'demo@example.com',
  })
  expect(emulator.log.entries({ route: 'userinfo' })).toHaveLength(1)
  expect((await client.refresh(first.refreshToken ?? '')).refreshToken).toMatch(/\S{16}/)
  expect((await client.refresh(first.refreshToken ?? '')).error).toBe('invalid_grant')
  expect(emulator.providerIds()).toEqual(['tracker', 'idp'])
})

test('an OpenID Connect provider keeps the slash at the end of its issuer', async () => {
  const company = customOidc({
    id: 'company',
    issuer: 'https://login.example.com/',
    jwksUri: 'https://login.example.com/keys',
    authorizationEndpoint: 'https://login.example.com/authorize',
    tokenEndpoint: 'https://login.example.com/token',
    scopesForRefresh: ['offline_access'],
    apiOrigins: ['https://api.example.com'],
  })
  await using emulator = await anEmulator({ providers: [company] })
  const { issuer } = emulator.provider('company')
  const client = testClient(emulator, 'company')
  const discovery = await fetch(`${issuer}.well-known/openid-configuration`)

  expect(issuer).toBe(`${emulator.url}/company/`)
  expect(await discovery.json()).toMatchObject({ issuer })
  expect((await client.connect({ scopes: ['email'] })).refreshToken).toBeUndefined()
  expect((await client.connect({ scopes: ['offline_access'] })).refreshToken).toMatch(/\S{16}/)
})

test('keys and tokens outlast a restart in a data folder, readable by its owner only', async () => {
  using folder = aFolder()
  const first = await startEmulator({ dataFolder: String(folder) })
  const google = testClient(first, 'google')
  const { refreshToken = '', accessToken } = await google.connect({ scopes: ['email'] })
  const { keys } = (await (await fetch(first.trustedIssuer().jwksUri)).json()) as { keys: object[] }
  await first.close()

  const second = await startEmulator({ dataFolder: String(folder) })
  try {
    expect(await isGood(second, 'google', accessToken)).toBe(true)
    expect((await testClient(second, 'google').refresh(refreshToken)).error).toBeUndefined()
    expect(await (await fetch(second.trustedIssuer().jwksUri)).json()).toEqual({ keys })
    for (const file of readdirSync(String(folder))) {
      expect(statSync(join(String(folder), file)).mode & 0o077).toBe(0)
    }
  } finally {
    await second.close()
  }
})

test('what has been over for a day is forgotten at a restart', async () => {
  using folder = aFolder()
  const dataFolder = String(folder)
  const now = 1_800_000_000
  const first = await startEmulator({ dataFolder, runtime: { now: () => now } })
  const expired = first.issueTokens({ provider: 'google', lifetimeSeconds: 10 })
  const lasting = first.issueTokens({ provider: 'github' })
  await testClient(first, 'google').authorize()
  await first.close()

  const later = now + 86_500
  const second = await startEmulator({ dataFolder, runtime: { now: () => later } })
  second.issueTokens({ provider: 'slack' })
  await second.close()

  const stored = readFileSync(join(dataFolder, 'emulator-state.json'), 'utf8')
  expect(stored).not.toContain(expired.accessToken)
  expect(stored).not.toContain('emu-code-')
  expect(stored).toContain(expired.refreshToken)
  expect(stored).toContain(lasting.accessToken)
})

test('a data file that is not its own is named, and not overwritten', async () => {
  using folder = aFolder()
  const file = join(String(folder), 'emulator-state.json')
  writeFileSync(file, 'not json')

  await expect(startEmulator({ dataFolder: String(folder) })).rejects.toThrow(file)
  expect(readFileSync(file, 'utf8')).toBe('not json')
})

test('a port that is taken is named', async () => {
  await using emulator = await anEmulator()
  const { port } = new URL(emulator.url)

  await expect(startEmulator({ port: Number(port) })).rejects.toThrow(`port ${port}`)
})

test.each<readonly [string, Parameters<typeof startEmulator>[0]]>([
  ['"users"', { users: [] }],
  ['"users" holds "a" twice', { users: [aUser('a'), aUser('a')] }],
  ['"providers" holds "google" twice', { providers: [providers.google, providers.google] }],
  ['"providers" may not hold idp', { providers: [{ ...providers.google, id: 'idp' }] }],
  ['"behaviour" names "gogle"', { behaviour: { gogle: {} } }],
  ['"clients" names "x"', { clients: [{ provider: 'x', clientId: 'a', clientSecret: 'b' }] }],
])('does not start when %s is wrong', async (what, options) => {
  await expect(startEmulator(options)).rejects.toThrow(what)
})

test('a clock shared with what is under test moves both', async () => {
  const clock = createVirtualClock(() => 1_800_000_000)
  await using emulator = await anEmulator({ runtime: { now: clock.now } })
  const { accessToken } = await testClient(emulator, 'google').connect()

  clock.advance(3_599)

  expect(emulator.now()).toBe(1_800_003_599)
  expect(await isGood(emulator, 'google', accessToken)).toBe(false)
})

test('leaves the globals of the process alone', async () => {
  const before = [globalThis.fetch, globalThis.Request, globalThis.Response]
  await using emulator = await anEmulator()
  await fetch(emulator.url)

  expect([globalThis.fetch, globalThis.Request, globalThis.Response]).toEqual(before)
})

function aUser(id: string): { id: string; name: string; email: string } {
  return { id, name: id, email: `${id}@example.com` }
}
