import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import Database from 'better-sqlite3'
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createSecretHasher } from '../../src/crypto/secret-hasher.ts'
import { createBrowser } from '../connect/browser.ts'
import { approver, confirmDevice } from './decisions.ts'
import { CALLBACK, CLIENTS, type LoginWorld, startLoginWorld } from './login-world.ts'

let world: LoginWorld
beforeAll(async () => {
  world = await startLoginWorld()
})
afterAll(() => world.close())

function openDatabase(): Database.Database {
  return new Database(join(world.folder, 'vault.db'))
}

const hasher = createSecretHasher()

/** Everything that is on the disk: the database, its log, and whatever else lies there. */
function dump(): Buffer {
  const database = openDatabase()
  database.pragma('wal_checkpoint(FULL)')
  database.close()
  const files = readdirSync(world.folder, { withFileTypes: true }).filter((entry) => entry.isFile())
  return Buffer.concat(files.map(({ name }) => readFileSync(join(world.folder, name))))
}

/** How a value may lie in a file: as it is, as hex, as base64 at each of the three offsets. */
function formsOf(value: string): readonly string[] {
  const plain = Buffer.from(value)
  const shifted = [0, 1, 2].map((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), plain]).toString('base64')
    return padded.slice(offset === 0 ? 0 : 4, -4)
  })
  const hex = plain.toString('hex')
  return [
    value,
    hex,
    hex.toUpperCase(),
    ...shifted,
    ...shifted.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ]
}

test('RV-53: nothing that opens anything is on the disk, in any form', async () => {
  const app = await world.app(CLIENTS.rotating)
  const browser = createBrowser()
  const secrets: Record<string, string> = {}

  const asked = await world.ask({ app, user: 'alice' })
  const start = await browser.open(asked.url.href)
  secrets['interaction'] = new URL(start.location ?? '').pathname.split('/').at(-1) ?? ''
  const end = await browser.follow(start)
  secrets['code'] = new URL(end.location ?? '').searchParams.get('code') ?? ''
  const tokens = await client.authorizationCodeGrant(app, new URL(end.location ?? ''), {
    pkceCodeVerifier: asked.verifier,
    expectedState: asked.state,
    expectedNonce: asked.nonce,
  })
  secrets['rotated refresh token'] = tokens.refresh_token ?? ''
  const refreshed = await client.refreshTokenGrant(app, tokens.refresh_token ?? '')
  secrets['refresh token'] = refreshed.refresh_token ?? ''
  secrets['access token'] = refreshed.access_token
  secrets['verifier'] = asked.verifier
  for (const [name, value] of browser.cookies) {
    if (value.length > 20) secrets[`cookie ${name}`] = value
  }
  const google = world.emulator.log.entries({ provider: 'google', route: 'authorize' }).at(-1)
  secrets['state at the provider'] = google?.parameters['state'] ?? ''
  secrets['nonce at the provider'] = google?.parameters['nonce'] ?? ''
  const device = await world.call('/oauth/device/code', CLIENTS.web, { scope: 'openid' })
  secrets['device code'] = String(device.body['device_code'])
  secrets['user code'] = String(device.body['user_code'])
  secrets['user code, bare'] = String(device.body['user_code']).replaceAll('-', '')
  secrets['confirmed device code'] = (await confirmDevice(world, CLIENTS.web, browser)).deviceCode
  const alice = await approver(world, 'alice')
  secrets['auth_req_id'] = await alice.start(CLIENTS.web)
  const pushed = await world.call('/oauth/par', CLIENTS.web, {
    response_type: 'code',
    redirect_uri: CALLBACK,
    code_challenge: await client.calculatePKCECodeChallenge(asked.verifier),
    code_challenge_method: 'S256',
  })
  secrets['pushed request'] = String(pushed.body['request_uri']).split(':').at(-1) ?? ''

  const disk = dump()

  // The search finds what is there: a hash of a code, and a name that is no secret.
  expect(disk.includes(Buffer.from(hasher.hash(secrets['code'] ?? '')))).toBe(true)
  expect(disk.includes(alice.userId)).toBe(true)
  const leaks = Object.entries(secrets).flatMap(([name, secret]) =>
    formsOf(secret).flatMap((form) => [
      ...(disk.includes(form) ? [`${name} on the disk as ${form}`] : []),
      ...(world.logged().includes(form) ? [`${name} in the log as ${form}`] : []),
    ]),
  )
  expect(leaks).toEqual([])
  expect(Math.min(...Object.values(secrets).map(({ length }) => length))).toBeGreaterThan(7)
})

test('the search for secrets would find them', () => {
  for (const secret of ['abcdefghijklmnopqrstuvwxyz0123', 'BCDF-GHJK']) {
    for (const before of ['', 'x', 'xy', 'xyz']) {
      const encoded = Buffer.from(`${before}${secret}yz`).toString('base64')
      expect(formsOf(secret).some((form) => encoded.includes(form))).toBe(true)
    }
    expect(formsOf(secret)).toContain(Buffer.from(secret).toString('hex'))
  }
})

describe('whoever can write to the database and has no keys', () => {
  async function refreshTokenOf(user: string, id: string = CLIENTS.web): Promise<string> {
    return (await world.logIn({ app: await world.app(id), user })).refresh_token ?? ''
  }

  async function statusOfRefresh(token: string, id: string = CLIENTS.web): Promise<number> {
    const refresh = { grant_type: 'refresh_token', refresh_token: token }
    return (await world.redeem(id, refresh)).status
  }

  function alter(change: string, ...values: readonly unknown[]): void {
    const database = openDatabase()
    const { changes } = database.prepare(change).run(...values)
    database.close()
    expect(changes).toBeGreaterThan(0)
  }

  test('cannot put one user’s login behind another’s token', async () => {
    const [alice, bob] = [await refreshTokenOf('alice'), await refreshTokenOf('bob')]
    alter(
      `update records set payload = (select payload from records where id_hash = ?) where id_hash = ?`,
      hasher.hash(alice),
      hasher.hash(bob),
    )

    expect(await statusOfRefresh(bob)).toBe(500)
    expect(await statusOfRefresh(alice)).toBe(200)
  })

  test('cannot move a whole record to a token of their own', async () => {
    const alice = await refreshTokenOf('alice')
    const own = 'a'.repeat(43)
    alter('update records set id_hash = ? where id_hash = ?', hasher.hash(own), hasher.hash(alice))

    expect(await statusOfRefresh(own)).toBe(500)
  })

  test.for([
    ['client_id', CLIENTS.rotating],
    ['user_id', 'usr_other'],
    ['kind', 'AccessToken'],
    ['grant_hash', new Uint8Array(32)],
    ['lookup_hash', new Uint8Array(32)],
  ] as const)('cannot change what leads to a record: %s', async ([column, value]) => {
    const alice = await refreshTokenOf('alice')
    alter(`update records set ${column} = ? where id_hash = ?`, value, hasher.hash(alice))

    for (const id of [CLIENTS.web, CLIENTS.rotating]) {
      expect(await statusOfRefresh(alice, id)).toBeGreaterThanOrEqual(400)
    }
  })

  test('cannot make a session', async () => {
    const browser = createBrowser()
    await world.logIn({ app: await world.app(CLIENTS.web), user: 'alice', browser })
    const forged = 'f'.repeat(43)
    const { host } = new URL(world.vault.issuer)
    const real = browser.cookies.get(`${host} valetkey-session`) ?? ''
    alter(
      `insert into records (tenant_id, kind, id_hash, payload, lookup_hash, grant_hash, user_id,
        client_id, expires_at, created_at)
       select tenant_id, kind, ?, payload, null, grant_hash, user_id, client_id, expires_at,
        created_at from records where id_hash = ?`,
      hasher.hash(forged),
      hasher.hash(real),
    )
    browser.cookies.set(`${host} valetkey-session`, forged)

    const asked = await world.ask({
      app: await world.app(CLIENTS.web),
      user: 'alice',
      parameters: { prompt: 'none' },
    })
    const end = await browser.follow(await browser.open(asked.url.href))

    expect(end.location ?? '').not.toContain('code=')
  })
})

test('what a browser leaves behind that nobody logged in with is gone after half an hour', async () => {
  const app = await world.app(CLIENTS.web)
  const browser = createBrowser()
  const lifetime = (): unknown => {
    const value = [...browser.cookies].find(([name]) => name.endsWith('valetkey-session'))?.[1]
    const database = openDatabase()
    const row: unknown = database
      .prepare(
        `select expires_at - created_at as seconds from records where kind = 'Session' and id_hash = ?`,
      )
      .get(hasher.hash(value ?? ''))
    database.close()
    return row
  }

  await browser.open(new URL('/activate', world.vault.issuer).href)
  expect(lifetime()).toEqual({ seconds: 1_800 })
  await world.logIn({ app, user: 'alice', browser })
  expect(lifetime()).toEqual({ seconds: 86_400 })
})
