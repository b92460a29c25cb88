import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { verifyAudit } from '../../src/index.ts'
import {
  AUTH0_EXCHANGE,
  AUTH0_TOKEN,
  CALENDAR,
  JWT,
  MAIL,
  startVaultWorld,
  type VaultWorld,
} from './vault-world.ts'

/** As Google answers `email`. */
const EMAIL = 'https://www.googleapis.com/auth/userinfo.email'

/** Shorter than a login, so that provider tokens can expire while the login goes on. */
const LIFETIME_SECONDS = 600

let world: VaultWorld
beforeAll(async () => {
  world = await startVaultWorld({
    behaviour: { google: { accessTokenLifetimeSeconds: LIFETIME_SECONDS } },
  })
})
afterAll(async () => {
  await world.close()
})

/** How the provider's API answers the token. */
async function askCalendar(accessToken: string | undefined): Promise<number> {
  const [origin] = world.emulator.provider('google').apiOrigins
  const response = await fetch(`${origin}calendar/v3/calendars/primary/events`, {
    headers: { authorization: `Bearer ${accessToken}` },
  })
  return response.status
}

test('a user connects once, and from then on a login gives a token of the provider', async () => {
  const before = await world.exchange('demo')
  expect(before).toMatchObject({
    status: 400,
    body: { error: 'interaction_required', vault_error: 'not_connected' },
  })

  const account = await world.connect('demo', { scopes: [CALENDAR] })
  expect(account).toMatchObject({
    status: 201,
    body: { connection: 'google-oauth2', label: 'demo@example.com', state: 'active' },
  })

  const after = await world.exchange('demo', { scope: CALENDAR })
  expect(after).toMatchObject({
    status: 200,
    body: {
      token_type: 'Bearer',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      connection: 'google-oauth2',
      account: account.body.id,
      generation: 1,
      scope: `openid ${EMAIL} ${CALENDAR} email`,
      api_origins: expect.arrayContaining([expect.stringContaining(world.emulator.url)]) as unknown,
    },
  })
  expect(after.body.expires_in).toBeGreaterThan(LIFETIME_SECONDS - 60)
  expect(after.body.expires_in).toBeLessThanOrEqual(LIFETIME_SECONDS)
  expect(after.headers.get('cache-control')).toBe('no-store')
  expect(await askCalendar(after.body.access_token)).toBe(200)
})

test('an expired token is refreshed once, however many ask', async () => {
  await world.connect('alice', { scopes: [CALENDAR] })
  const first = await world.exchange('alice')
  world.advance(LIFETIME_SECONDS)
  const tick = world.emulator.log.tick()

  const answers = await Promise.all(Array.from({ length: 8 }, () => world.exchange('alice')))

  const tokens = new Set(answers.map(({ body }) => body.access_token))
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
  expect(tokens.size).toBe(1)
  expect(tokens).not.toContain(first.body.access_token)
  expect(answers[0]?.body.generation).toBe(2)
  expect(
    world.emulator.log
      .refreshes({ provider: 'google', user: 'alice' })
      .filter(({ began }) => began > tick),
  ).toHaveLength(1)
})

test('one scope more: the answer names it, connecting adds it, and what was granted stays', async () => {
  await world.connect('bob', { scopes: [CALENDAR] })

  const missing = await world.exchange('bob', { scope: `${CALENDAR} ${MAIL}` })
  expect(missing).toMatchObject({
    status: 400,
    body: {
      vault_error: 'scopes_missing',
      missing_scope: MAIL,
      granted_scope: `openid ${EMAIL} ${CALENDAR}`,
      account: expect.stringMatching(/^cac_\w+$/),
    },
  })

  await world.connect('bob', { scopes: [MAIL] })
  const after = await world.exchange('bob', { scope: `${CALENDAR} ${MAIL}` })
  expect(after).toMatchObject({ status: 200, body: { generation: 2 } })
})

test.each([
  ['google-oauth2', ['profile'], 'profile'],
  ['google-oauth2', ['profile'], 'https://www.googleapis.com/auth/userinfo.profile email'],
  ['github', ['read:user', 'repo'], 'repo public_repo read:user'],
])('%s connected with %j serves a tool that asks for %j', async (connection, scopes, scope) => {
  const account = await world.connect('bob', { connection, scopes })

  const { status, body } = await world.exchange('bob', { audience: connection, scope })

  expect({ account: account.status, status }).toEqual({ account: 201, status: 200 })
  const granted = body.scope?.split(' ') ?? []
  expect(granted).toEqual(expect.arrayContaining(scope.split(' ')))
})

test('an outage is never taken for a lost account, and a revocation never for an outage', async () => {
  await world.connect('bobby', { scopes: [CALENDAR] })
  world.advance(LIFETIME_SECONDS)
  const outage = world.emulator.faults.add('google', {
    at: 'token',
    fault: { kind: 'server_error' },
    times: 'always',
  })

  const down = await world.exchange('bobby')
  expect(down).toMatchObject({
    status: 503,
    body: { error: 'temporarily_unavailable', vault_error: 'provider_unavailable' },
  })
  expect(Number(down.headers.get('retry-after'))).toBeGreaterThan(0)

  world.emulator.faults.clear({ id: outage.id })
  world.advance(400)
  expect(await world.exchange('bobby')).toMatchObject({ status: 200 })

  expect(world.emulator.revokeGrant({ provider: 'google', user: 'bobby' })).toBe(1)
  world.advance(LIFETIME_SECONDS)
  // The vault asks the provider twice before it believes it; callers may have to come again meanwhile.
  await expect
    .poll(async () => (await world.exchange('bobby')).body, { timeout: 15_000 })
    .toMatchObject({ vault_error: 'reconnect_required', reason: 'revoked' })
})

test('disconnecting ends hand-outs at once, and the grant at the provider', async () => {
  const account = await world.connect('alice', { connection: 'github' })
  const live = await world.exchange('alice', { audience: 'github' })
  expect(live.status).toBe(200)

  const removed = await world.me('alice', 'DELETE', `/accounts/${account.body.id}`)

  expect(removed.status).toBe(204)
  expect(await world.exchange('alice', { audience: 'github' })).toMatchObject({
    body: { vault_error: 'not_connected' },
  })
  await expect
    .poll(() => world.emulator.log.entries({ provider: 'github', route: 'revoke' }).length)
    .toBe(1)
})

describe("Auth0's dialect", () => {
  test.each([{ json: true }, { json: false }])('exchanges (%o)', async (options) => {
    await world.connect('demo', { scopes: [CALENDAR] })

    const answer = await world.token(
      {
        grant_type: AUTH0_EXCHANGE,
        subject_token: await world.login('demo'),
        subject_token_type: JWT,
        requested_token_type: AUTH0_TOKEN,
        connection: 'google-oauth2',
      },
      options,
    )

    expect(answer).toMatchObject({ status: 200, body: { issued_token_type: AUTH0_TOKEN } })
    expect(await askCalendar(answer.body.access_token)).toBe(200)
  })

  test('tells of an account that is not there in its own code', async () => {
    const answer = await world.token({
      grant_type: AUTH0_EXCHANGE,
      subject_token: await world.login('demo'),
      subject_token_type: JWT,
      connection: 'notion',
    })

    expect(answer).toMatchObject({
      status: 401,
      body: {
        error: 'federated_connection_refresh_token_not_found',
        vault_error: 'not_connected',
      },
    })
  })
})

test('a restart changes nothing for anyone', async () => {
  await world.connect('demo', { scopes: [CALENDAR] })
  const before = await world.exchange('demo')

  await world.restart()

  const after = await world.exchange('demo')
  expect(after.body.access_token).toBe(before.body.access_token)
})

test('the audit log is whole, and names every hand-out', async () => {
  const result = await verifyAudit(world.config)

  expect(result).toMatchObject({ ok: true })
  expect(result.records).toBeGreaterThan(20)
})

test('no token, code or secret is in the log or in the database', async () => {
  await world.connect('demo', { connection: 'slack' })
  const google = await world.exchange('demo')
  const slack = await world.exchange('demo', { audience: 'slack' })
  const seen = world.emulator.log
    .entries({ route: 'token' })
    .flatMap(({ presented, issued }) => [...Object.values(presented), ...Object.values(issued)])
  const login = await world.login('demo')
  const secrets = [google.body.access_token, slack.body.access_token, login, ...seen].filter(
    (secret): secret is string => secret !== undefined,
  )

  const files = ['vault.db', 'vault.db-wal'].map((name) =>
    readFileSync(join(world.folder, name), 'latin1'),
  )
  const everything = [world.logged(), ...files].join('\n')

  expect(secrets.length).toBeGreaterThan(5)
  for (const secret of secrets) {
    expect(everything.includes(secret)).toBe(false)
    expect(everything.includes(Buffer.from(secret).toString('base64url'))).toBe(false)
  }
})
