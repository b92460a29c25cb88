import { join } from 'node:path'

import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { verifyAudit } from '../../src/index.ts'
import {
  APP,
  AUTH0_EXCHANGE,
  CALENDAR,
  CLIENT,
  type ClientCalls,
  JWT,
  MAIL,
  startVaultWorld,
  type VaultWorld,
} from './vault-world.ts'

const GUEST = { id: 'guest-agent', secret: 'vks_guest0123456789abcdef01234567' }
const LAX = { id: 'lax-agent', secret: 'vks_lax0123456789abcdef0123456789' }
const TWIN = { id: 'twin-agent', secret: 'vks_twin0123456789abcdef012345678' }
const PEOPLE = 'ann ben cleo dan eve finn gil hope ivy jon kim leo mia ned ora pam quy'.split(' ')
const AGENTS = ['robot', 'robot2']

let world: VaultWorld
/** A client of somebody else: it has to ask. */
let guest: ClientCalls
/** One that has to ask, and may get tokens that can do more than it may have. */
let lax: ClientCalls

beforeAll(async () => {
  world = await startVaultWorld({
    users: [...PEOPLE, ...AGENTS].map((id) => ({ id, name: id, email: `${id}@example.com` })),
    configure: (config) => ({
      ...config,
      clients: (config.clients ?? []).flatMap((usual) => {
        if (usual.id !== CLIENT.id) return [usual]
        const policies = Object.entries(usual.connections ?? {}).map(([name, policy]) => [
          name,
          { ...policy, overScope: 'allow' as const },
        ])
        const laxer = { connections: Object.fromEntries(policies), consent: 'ask' } as const
        return [
          usual,
          { ...usual, ...GUEST, name: 'Guest', consent: 'ask' },
          { ...usual, ...LAX, ...laxer },
          { ...usual, ...TWIN, ...laxer },
        ]
      }),
    }),
  })
  guest = world.as(GUEST)
  lax = world.as(LAX)
})
afterAll(async () => {
  await world.close()
})

const asksConsent = {
  status: 400,
  body: { error: 'consent_required', vault_error: 'consent_required' },
}

async function asActor(agent: string): Promise<Readonly<Record<string, string>>> {
  return { actor_token: await world.login(agent), actor_token_type: JWT }
}

describe('a client that has to ask', () => {
  test('T3, RV-70: rides on no consent that was given to another client of the connection', async () => {
    await world.connect('ann', { scopes: [CALENDAR] })
    expect((await world.exchange('ann')).status).toBe(200)

    const before = await guest.exchange('ann')
    expect(before).toMatchObject(asksConsent)
    expect(before.body.access_token).toBeUndefined()

    await guest.connect('ann', { scopes: [CALENDAR] })
    expect(await guest.exchange('ann', { scope: CALENDAR })).toMatchObject({ status: 200 })
    expect(await lax.exchange('ann')).toMatchObject(asksConsent)
  })

  test('hears of an account, and of what is wrong with it, only when it was allowed to use it', async () => {
    await world.connect('ben', { scopes: [CALENDAR] })
    await world.connect('ben', { authorization_params: { login_hint: 'ann' } })

    for (const parameters of [{}, { scope: MAIL }, { login_hint: 'ben@example.com' }]) {
      const { body } = await guest.exchange('ben', parameters)
      expect(Object.keys(body).toSorted()).toEqual([
        'error',
        'error_description',
        'error_uri',
        'vault_error',
      ])
      expect(body.vault_error).toBe('consent_required')
    }
    expect((await guest.me('ben', 'GET', '/accounts')).body).toMatchObject({ accounts: [] })
    const [mine] = await accountsOf('ben')
    expect((await guest.me('ben', 'DELETE', `/accounts/${mine}`)).status).toBe(404)
    expect((await guest.me('ben', 'PATCH', `/accounts/${mine}`, { label: 'x' })).status).toBe(404)

    const allowed = await guest.connect('ben', { scopes: [CALENDAR] })
    // Of two accounts one is allowed: that is no guess.
    expect(await guest.exchange('ben')).toMatchObject({
      status: 200,
      body: { account: allowed.body.id },
    })
    expect((await guest.me('ben', 'GET', '/accounts')).body).toMatchObject({
      accounts: [{ id: allowed.body.id }],
    })
    expect(await guest.exchange('ben', { login_hint: 'ann@example.com' })).toMatchObject(
      asksConsent,
    )
  })

  test('RV-70: gets no token that meanwhile can do more than its user allowed, before that is allowed', async () => {
    await guest.connect('cleo', { scopes: [CALENDAR] })
    expect((await guest.exchange('cleo')).status).toBe(200)

    await world.connect('cleo', { scopes: [MAIL] })

    expect(await guest.exchange('cleo', { scope: CALENDAR })).toMatchObject(asksConsent)
    await guest.connect('cleo', { scopes: [CALENDAR] })
    expect((await guest.exchange('cleo')).status).toBe(200)
  })

  test('R7: where its tokens may exceed the policy, what it asks for has to be allowed', async () => {
    await lax.connect('dan', { scopes: [CALENDAR] })
    await world.connect('dan', { scopes: [MAIL] })

    expect(await lax.exchange('dan', { scope: CALENDAR })).toMatchObject({ status: 200 })
    expect(await lax.exchange('dan', { scope: `${CALENDAR} ${MAIL}` })).toMatchObject(asksConsent)
    // Without a scope it asks for all that it may have.
    expect(await lax.exchange('dan')).toMatchObject(asksConsent)
  })

  test('hears of a scope that the account lacks as such', async () => {
    await guest.connect('eve', { scopes: [CALENDAR] })

    expect(await guest.exchange('eve', { scope: MAIL })).toMatchObject({
      body: { vault_error: 'scopes_missing', missing_scope: MAIL },
    })
  })

  test('is told so in the dialect of Auth0 too', async () => {
    await world.connect('finn')

    const answer = await guest.token({
      grant_type: AUTH0_EXCHANGE,
      subject_token: await world.login('finn'),
      subject_token_type: JWT,
      connection: 'google-oauth2',
    })

    expect(answer).toMatchObject({
      status: 401,
      body: {
        error: 'federated_connection_refresh_token_flow_failed',
        vault_error: 'consent_required',
      },
    })
  })

  test('cannot consent in the name of a user: who logs in at the provider as somebody else allows that account only', async () => {
    await world.connect('gil', { scopes: [CALENDAR] })

    // The client itself plays the browser, and has an account of its own at the provider.
    const own = await guest.connect('gil', { authorization_params: { login_hint: 'eve' } })

    expect(own.status).toBe(201)
    const accounts = await accountsOf('gil')
    expect(accounts).toHaveLength(2)
    for (const login_hint of ['gil@example.com', ...accounts.filter((id) => id !== own.body.id)]) {
      expect(await guest.exchange('gil', { login_hint })).toMatchObject(asksConsent)
    }
    expect((await guest.exchange('gil')).body.account).toBe(own.body.id)
  })
})

describe('an agent that is named', () => {
  test('R8, RV-39: needs a consent of its own, which the page names it in', async () => {
    await guest.connect('hope', { scopes: [CALENDAR] })
    const actor = await asActor('robot')
    expect((await guest.exchange('hope')).status).toBe(200)
    expect(await guest.exchange('hope', actor)).toMatchObject(asksConsent)

    const started = await guest.me(
      'hope',
      'POST',
      '/connect',
      { connection: 'google-oauth2', redirect_uri: APP, scopes: [CALENDAR] },
      actor,
    )
    const { connect_uri, connect_params } = started.body
    const page = await fetch(`${connect_uri}?ticket=${connect_params?.ticket}`)
    const html = await page.text()
    expect(html).toContain('<bdi>robot</bdi>')
    expect(html).toContain(`<bdi>${world.emulator.trustedIssuer().issuer}</bdi>`)
    expect(await guest.exchange('hope', actor)).toMatchObject(asksConsent)

    await guest.connect('hope', { scopes: [CALENDAR] }, actor)
    expect((await guest.exchange('hope', actor)).status).toBe(200)
    expect(await guest.exchange('hope', await asActor('robot2'))).toMatchObject(asksConsent)
  })
})

describe('what was allowed', () => {
  test('can be listed and taken back, and the very next exchange is refused', async () => {
    await guest.connect('ivy', { scopes: [CALENDAR] })
    await guest.connect('ivy', { connection: 'github' })
    await lax.connect('ivy')
    expect((await guest.exchange('ivy')).status).toBe(200)

    const { body } = await world.me('ivy', 'GET', '/consents')
    expect(body).toEqual({
      consents: [
        {
          client_id: 'guest-agent',
          client_name: 'Guest',
          consent: 'ask',
          allowed: [
            {
              connection: 'github',
              account: expect.stringMatching(/^cac_/),
              scopes: ['read:user'],
              created_at: expect.stringMatching(/Z$/),
              updated_at: expect.stringMatching(/Z$/),
            },
            {
              connection: 'google-oauth2',
              account: expect.stringMatching(/^cac_/),
              scopes: ['openid', 'email', CALENDAR],
              created_at: expect.stringMatching(/Z$/),
              updated_at: expect.stringMatching(/Z$/),
            },
          ],
        },
        expect.objectContaining({ client_id: 'lax-agent' }),
      ],
    })

    const removed = await world.me(
      'ivy',
      'DELETE',
      '/consents/guest-agent?connection=google-oauth2',
    )
    expect(removed.status).toBe(204)
    expect(await guest.exchange('ivy')).toMatchObject(asksConsent)
    expect((await guest.exchange('ivy', { audience: 'github' })).status).toBe(200)
    expect((await lax.exchange('ivy', { scope: 'email' })).status).toBe(200)

    expect((await world.me('ivy', 'DELETE', '/consents/guest-agent')).status).toBe(204)
    expect(await guest.exchange('ivy', { audience: 'github' })).toMatchObject(asksConsent)
    expect(await world.me('ivy', 'DELETE', '/consents/guest-agent')).toMatchObject({ status: 404 })
    // Nobody else's is touched.
    expect((await guest.exchange('hope')).status).toBe(200)
  })

  test('a client that has to ask sees and ends its own only', async () => {
    const { body } = await guest.me('ivy', 'GET', '/consents')

    expect(body).toEqual({ consents: [] })
    expect((await guest.me('ivy', 'DELETE', '/consents/lax-agent')).status).toBe(404)
    expect((await lax.me('ivy', 'GET', '/consents')).body).toMatchObject({
      consents: [{ client_id: 'lax-agent' }],
    })
    expect((await lax.me('ivy', 'DELETE', '/consents/lax-agent')).status).toBe(204)
  })

  test('R8: to a client of one`s own is kept, and does for it when it begins to ask', async () => {
    await world.connect('jon', { scopes: [CALENDAR] })
    const { clients, ...others } = world.config
    await world.restart({
      ...others,
      clients: (clients ?? []).map((client) =>
        client.id === CLIENT.id ? { ...client, consent: 'ask' } : client,
      ),
    })

    expect((await world.exchange('jon')).status).toBe(200)

    await world.restart()
  })

  test('ends with the account', async () => {
    const { body } = await guest.connect('jon', { scopes: [CALENDAR] })
    await world.me('jon', 'DELETE', `/accounts/${body.id}`)

    await world.connect('jon', { scopes: [CALENDAR] })

    expect(await guest.exchange('jon')).toMatchObject(asksConsent)
  })

  test('is in the audit log, both ways, which stays whole', async () => {
    expect(await verifyAudit(world.config)).toMatchObject({ ok: true })
    const database = openDatabase()
    const count = (type: string): unknown =>
      database
        .prepare(`select count(*) from audit_events where json_extract(event, '$.type') = ?`)
        .pluck()
        .get(type)

    expect(count('consent.given')).toBeGreaterThan(8)
    expect(count('consent.revoked')).toBe(3)
    database.close()
  })
})

describe('T3: who can write to the database, but has no key, consents for nobody', () => {
  const mine = '(select user_id from identities where subject = $user)'
  const ofAnother = `(select max(id) from accounts where user_id = ${mine} and connection = 'google-oauth2' and id != account_id)`
  const allScopes = JSON.stringify(['openid', 'email', CALENDAR, MAIL])

  test.each([
    ['kim', 'widening what was allowed', `scopes = '${allScopes}'`],
    ['leo', 'giving it to another client', "client_id = 'twin-agent'"],
    ['mia', 'moving it to another account', `account_id = ${ofAnother}`],
    [
      'ned',
      'moving it to another connection',
      `connection = 'notion',
       account_id = (select id from accounts where connection = 'notion' and user_id = ${mine})`,
    ],
    ['ora', 'naming an agent', 'actor = $actor'],
    ['pam', 'cutting its MAC', 'mac = substr(mac, 1, 31)'],
    ['quy', 'naming another key', 'key_version = 2'],
  ])('%s, by %s', async (user, _, change) => {
    await lax.connect(user, { scopes: [CALENDAR] })
    await world.connect(user, { scopes: [MAIL] })
    await world.connect(user, { authorization_params: { login_hint: 'ann' }, scopes: [CALENDAR] })
    await world.connect(user, { connection: 'notion' })
    expect(await tokensOf(user)).toEqual([`lax-agent google-oauth2 ${CALENDAR}`])
    const actor = JSON.stringify([world.emulator.trustedIssuer().issuer, 'robot'])

    const database = openDatabase()
    const altered = database
      .prepare(`update consents set ${change} where client_id = 'lax-agent' and user_id = ${mine}`)
      .run({ user, ...(change.includes('$actor') && { actor }) })

    expect(altered.changes).toBe(1)
    expect(await tokensOf(user)).toEqual([])
    expect((await world.me(user, 'GET', '/consents')).status).toBe(200)

    // To allow it again mends it.
    await lax.connect(user, { scopes: [CALENDAR] })
    expect((await lax.exchange(user, { scope: CALENDAR })).status).toBe(200)
    database.close()
  })

  test('and what was altered is logged', () => {
    expect(world.logged()).toContain('consent_altered')
  })

  /** What two clients get of all that they may ask for, with and without an agent. */
  async function tokensOf(user: string): Promise<readonly string[]> {
    const got: string[] = []
    const accounts = await accountsOf(user)
    for (const { id, secret } of [LAX, TWIN]) {
      for (const actor of [{}, await asActor('robot')]) {
        for (const login_hint of accounts) {
          for (const [audience, scope] of [
            ['google-oauth2', CALENDAR],
            ['google-oauth2', MAIL],
            ['notion', ''],
          ] as const) {
            const parameters = { ...actor, audience, scope, login_hint }
            const { body } = await world.as({ id, secret }).exchange(user, parameters)
            if (body.access_token !== undefined) got.push(`${id} ${audience} ${scope}`)
          }
        }
      }
    }
    return got
  }
})

function openDatabase(): BetterSqlite3.Database {
  return new BetterSqlite3(join(world.folder, 'vault.db'))
}

async function accountsOf(user: string): Promise<readonly string[]> {
  const { body } = await world.me(user, 'GET', '/accounts')
  const accounts = Array.isArray(body['accounts']) ? body['accounts'] : []
  return accounts.map(({ id }: { id: string }) => id)
}
