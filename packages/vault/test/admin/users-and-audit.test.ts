import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'

import { CALENDAR } from '../front-door/vault-world.ts'
import { type AdminWorld, startAdminWorld } from './admin-world.ts'

let world: AdminWorld
let userId: string
let accountId: string
beforeAll(async () => {
  world = await startAdminWorld()
  accountId = (await world.connect('demo', { scopes: [CALENDAR] })).body.id ?? ''
  const [user] = await usersBy('demo')
  userId = user?.id ?? ''
})
afterAll(async () => {
  await world.close()
})

const Users = z.array(z.looseObject({ id: z.string() }))
const Checks = z.array(
  z.looseObject({ check: z.string(), outcome: z.string(), mend: z.string().optional() }),
)

async function usersBy(subject: string): Promise<z.infer<typeof Users>> {
  const query = new URLSearchParams({ issuer: world.emulator.trustedIssuer().issuer, subject })
  return Users.parse((await world.api('GET', `/users?${query}`)).body['users'])
}

async function diagnose(
  question: Readonly<Record<string, unknown>> = {},
): Promise<Readonly<Record<string, z.infer<typeof Checks>[number]>> & { readonly works: unknown }> {
  const answer = await world.api('POST', '/diagnose', {
    client: 'my-agent',
    user: userId,
    connection: 'google-oauth2',
    ...question,
  })
  expect(answer.status).toBe(200)
  const checks = Checks.parse(answer.body['checks']).map((one) => [one.check, one] as const)
  return Object.assign(Object.fromEntries(checks), { works: answer.body['works'] })
}

describe('users and accounts', () => {
  test('finds a user by identity and by id, with the identities that lead to it', async () => {
    const { issuer } = world.emulator.trustedIssuer()

    expect(await usersBy('demo')).toEqual([
      expect.objectContaining({ id: userId, identities: [{ issuer, subject: 'demo' }] }),
    ])
    expect((await world.api('GET', `/users/${userId}`)).body).toMatchObject({ id: userId })
    expect(await usersBy('nobody')).toEqual([])
    expect(await world.api('GET', '/users/usr_nobody')).toMatchObject({
      status: 404,
      body: { code: 'user_not_found' },
    })
    expect((await world.api('GET', '/users?issuer=https://idp.example/')).status).toBe(400)
  })

  test("says an account's state", async () => {
    const list = await world.api('GET', `/users/${userId}/accounts`)
    const one = await world.api('GET', `/accounts/${accountId}`)

    expect(list.body).toMatchObject({ accounts: [{ id: accountId, state: 'active' }] })
    expect(one.body).toMatchObject({ id: accountId, userId, connection: 'google-oauth2' })
    expect((await world.api('GET', '/users/usr_x/accounts')).status).toBe(404)
    expect((await world.api('GET', '/accounts/cac_nothing')).status).toBe(404)
  })

  test('revokes an account here at once and at the provider right after, with both on record', async () => {
    const connected = await world.connect('demo', { connection: 'notion', scopes: undefined })
    const id = connected.body.id ?? ''
    expect(id).toMatch(/^cac_/)

    expect((await world.api('DELETE', `/accounts/${id}`)).status).toBe(204)

    expect((await world.exchange('demo', { audience: 'notion' })).body).toMatchObject({
      vault_error: 'not_connected',
    })
    expect((await world.api('DELETE', `/accounts/${id}`)).status).toBe(404)
    const events = await world.events(`&user=${userId}`)
    const about = events.filter((event) => event['accountId'] === id)
    expect(about).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'admin.accounts.revoke', adminId: 'ops' }),
        expect.objectContaining({ type: 'account.disconnected', adminId: 'ops' }),
      ]),
    )
    await expect
      .poll(async () => (await world.events()).map(({ type }) => type))
      .toContainEqual(expect.stringMatching(/^provider\.(?:revoked|revocation_failed)$/))
  })
})

describe('RV-113: the audit log', () => {
  test('is filtered by user, client, connection, type and time, newest first', async () => {
    await world.exchange('demo')
    const events = await world.events()
    const times = events.map(({ at }) => Number(at))
    // In the order in which they were recorded; each says when it began, which may be a little before.
    expect(times.every((at, index) => (times[index - 1] ?? at) >= at - 2)).toBe(true)
    expect(events[0]).toMatchObject({ type: 'token.exchanged' })

    const exchanged = await world.events('&type=token.exchanged&client=my-agent')
    expect(exchanged.length).toBeGreaterThan(0)
    for (const event of exchanged) {
      expect(event).toMatchObject({ type: 'token.exchanged', clientId: 'my-agent' })
    }
    expect(await world.events('&user=usr_nobody')).toEqual([])
    expect(await world.events('&connection=github')).toEqual([])
    expect(await world.events('&until=1000')).toEqual([])
    const now = Number(events[0]?.['at'])
    expect(await world.events(`&from=${now + 1_000}`)).toEqual([])
  })

  test('is paged without a gap or a repetition, while it grows', async () => {
    const seen: unknown[] = []
    let after = ''
    do {
      const page = await world.api('GET', `/audit?limit=3&type=admin.users.list${after}`)
      seen.push(...z.array(z.unknown()).parse(page.body['records']))
      const { next } = page.body
      after = typeof next === 'string' ? `&after=${next}` : ''
      // Newer ones come in front.
      await world.api('GET', '/users')
    } while (after !== '')

    const keys = seen.map((record) => JSON.stringify(record))
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys.length).toBeGreaterThan(3)
  })

  test('is verified over the API, also by many at once', async () => {
    const verdicts = await Promise.all(
      Array.from({ length: 5 }, () => world.api('POST', '/audit/verify', {})),
    )

    for (const { status, body } of verdicts) {
      expect(status).toBe(200)
      expect(body).toMatchObject({ whole: true, breaks: [] })
    }
  })

  test('is not whole when records are missing that a head from elsewhere has', async () => {
    const head = {
      tenant: 'default',
      writerId: 'gone',
      count: 3,
      keyVersion: 1,
      hash: 'AAAA',
      mac: 'AAAA',
    }

    const verdict = await world.api('POST', '/audit/verify', { heads: JSON.stringify(head) })

    expect(verdict.body).toMatchObject({ whole: false, breaks: [{ problem: 'forged_head' }] })
  })
})

describe('diagnose', () => {
  test('finds nothing where the exchange works, and hands nothing out', async () => {
    const before = await world.events('&type=token.exchanged')

    const found = await diagnose({ scopes: [CALENDAR] })

    expect(found.works).toBe(true)
    expect(await world.events('&type=token.exchanged')).toHaveLength(before.length)
  })

  test('by identity as by id', async () => {
    const { issuer } = world.emulator.trustedIssuer()
    const identity = { issuer, subject: 'demo' }

    expect(await diagnose({ user: undefined, identity })).toMatchObject({ works: true })
  })

  test.each<[string, Readonly<Record<string, unknown>>, Readonly<Record<string, string>>]>([
    ['an unknown client', { client: 'nobody' }, { client: 'failed', policy: 'skipped' }],
    ['a connection that there is not', { connection: 'nope' }, { connection: 'failed' }],
    ['an unknown user', { user: 'usr_nobody' }, { user: 'failed', account: 'skipped' }],
    ['a user who has not connected', { connection: 'github' }, { account: 'failed' }],
    ['scopes beyond the policy', { scopes: ['admin'] }, { policy: 'failed' }],
    ['scopes that were not granted', { scopes: ['profile'] }, { scopes: 'failed' }],
    [
      'an issuer that is not trusted',
      { user: undefined, identity: { issuer: 'https://evil.example/', subject: 'demo' } },
      { subject_issuer: 'failed', user: 'failed' },
    ],
    ['a hint that names no account', { loginHint: 'nobody@example.com' }, { account: 'failed' }],
  ])('says what is in the way, with the mend: %s', async (_, question, outcomes) => {
    const found = await diagnose(question)

    expect(found.works).toBe(false)
    for (const [check, outcome] of Object.entries(outcomes)) {
      expect(found[check]).toMatchObject({ outcome })
      expect((found[check]?.mend ?? '') !== '').toBe(outcome === 'failed')
    }
  })

  test('agrees with the exchange', async () => {
    for (const connection of ['google-oauth2', 'github', 'slack']) {
      const exchange = await world.exchange('demo', { audience: connection })
      expect((await diagnose({ connection })).works).toBe(exchange.status === 200)
    }
  })

  test('sees a client without live secrets, a grant that is missing, and a public client', async () => {
    const { issuer } = world.emulator.trustedIssuer()
    const subjects = [issuer]
    const connections = { 'google-oauth2': { scopes: [CALENDAR] } }
    await world.api('POST', '/clients', {
      id: 'only-auth0',
      subjects,
      connections,
      grants: ['auth0_token_exchange'],
    })
    await world.api('POST', '/clients', { id: 'on-device', type: 'public' })

    expect(await diagnose({ client: 'only-auth0' })).toMatchObject({
      works: false,
      grant: { outcome: 'failed' },
    })
    expect(await diagnose({ client: 'only-auth0', grant: 'auth0_token_exchange' })).toMatchObject({
      works: true,
    })
    expect(await diagnose({ client: 'on-device' })).toMatchObject({
      works: false,
      client_authentication: { outcome: 'failed' },
    })
  })

  test('sees an issuer that the client does not list, and a consent that is missing', async () => {
    const { issuer } = world.emulator.trustedIssuer()
    const connections = { 'google-oauth2': { scopes: ['openid', 'email', CALENDAR] } }
    await world.api('POST', '/clients', { id: 'lists-nobody', connections })
    const made = await world.api('POST', '/clients', {
      id: 'asks',
      connections,
      subjects: [issuer],
      consent: 'ask',
    })
    const { secret } = z.object({ secret: z.object({ value: z.string() }) }).parse(made.body)

    expect(await diagnose({ client: 'lists-nobody' })).toMatchObject({
      works: false,
      subject_issuer: { outcome: 'failed' },
    })
    expect(await diagnose({ client: 'asks' })).toMatchObject({
      works: false,
      account: { outcome: 'passed' },
      scopes: { outcome: 'passed' },
      consent: { outcome: 'failed' },
    })
    const exchanged = await world.as({ id: 'asks', secret: secret.value }).exchange('demo')
    expect(exchanged.body.vault_error).toBe('consent_required')
  })

  test('R7: a client that becomes one that asks gets no more than it may have, either', async () => {
    const connections = { 'google-oauth2': { scopes: ['openid'] } }
    await world.api('POST', '/clients', {
      id: 'turned',
      connections,
      subjects: [world.emulator.trustedIssuer().issuer],
    })
    expect(await diagnose({ client: 'turned' })).toMatchObject({ works: true })

    await world.api('PATCH', '/clients/turned', { consent: 'ask' })

    expect((await world.api('GET', '/clients/turned')).body['connections']).toEqual({
      'google-oauth2': { scopes: ['openid'], forcedRefresh: 'refuse' },
    })
    expect(await diagnose({ client: 'turned' })).toMatchObject({ works: false })
  })

  test('sees a token that runs out, and an account that has to be connected again', async () => {
    expect((await diagnose())['token_life']).toMatchObject({ outcome: 'passed' })
    world.advance(4_000)
    const before = await world.api('GET', `/accounts/${accountId}`)

    const found = await diagnose()

    expect(found['token_life']).toMatchObject({ outcome: 'passed' })
    const after = await world.api('GET', `/accounts/${accountId}`)
    expect(after.body['generation']).toBe(before.body['generation'])
  })
})
