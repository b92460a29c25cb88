import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'

import { APP, CALENDAR, EXCHANGE, JWT } from '../front-door/vault-world.ts'
import { ADMIN, type AdminWorld, connectBy, startAdminWorld } from './admin-world.ts'

let world: AdminWorld
beforeAll(async () => {
  world = await startAdminWorld()
})
afterAll(async () => {
  await world.close()
})

const Made = z.object({
  client: z.looseObject({ secrets: z.array(z.object({ id: z.string() })) }),
  secret: z.object({ id: z.string(), value: z.string() }),
})

async function registerClient(
  id: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<z.infer<typeof Made>> {
  const answer = await world.api('POST', '/clients', {
    id,
    redirectUris: [APP],
    connections: { 'google-oauth2': { scopes: ['openid', 'email', CALENDAR] } },
    subjects: [world.emulator.trustedIssuer().issuer],
    ...settings,
  })
  expect(answer.status).toBe(201)
  return Made.parse(answer.body)
}

async function exchangeBy(
  clientId: string,
  secret: string,
  audience = 'google-oauth2',
): Promise<number> {
  const answer = await world.request('/oauth/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: EXCHANGE,
      client_id: clientId,
      client_secret: secret,
      subject_token: await world.login('demo'),
      subject_token_type: JWT,
      audience,
    }),
  })
  return answer.status
}

describe('clients', () => {
  test("RV-112: nobody takes an admin client's id", async () => {
    const answer = await world.api('POST', '/clients', { id: ADMIN.id, redirectUris: [APP] })

    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body)).toContain("is an admin client's")
  })

  test('RV-23: a registered client exchanges at once, with a secret of 256 bits that is shown once', async () => {
    await world.connect('demo', { scopes: [CALENDAR] })

    const { secret } = await registerClient('reports')

    expect(secret.value).toMatch(/^vks_[0-9A-Za-z]{43}$/)
    expect(await exchangeBy('reports', secret.value)).toBe(200)
    expect(await exchangeBy('reports', `${secret.value}x`)).toBe(401)
    const shown = await world.api('GET', '/clients/reports')
    expect(shown.body).toMatchObject({ id: 'reports', origin: 'registration' })
    expect(shown.text).not.toContain(secret.value)
    expect((await world.api('GET', '/clients')).text).not.toContain(secret.value)
    expect(JSON.stringify(await world.events())).not.toContain(secret.value)
    expect(world.logged()).not.toContain(secret.value)
  })

  test('RV-23: two secrets live while one replaces the other, and never three', async () => {
    const { secret: first } = await registerClient('rotating')
    const rotated = await world.api('POST', '/clients/rotating/secrets', {})
    const second = Made.parse(rotated.body).secret

    expect(await exchangeBy('rotating', first.value)).toBe(200)
    expect(await exchangeBy('rotating', second.value)).toBe(200)
    expect(await world.api('POST', '/clients/rotating/secrets', {})).toMatchObject({
      status: 409,
      body: { code: 'too_many_secrets' },
    })

    const removed = await world.api('DELETE', `/clients/rotating/secrets/${first.id}`)
    expect(removed.status).toBe(204)
    expect(await exchangeBy('rotating', first.value)).toBe(401)
    expect(await exchangeBy('rotating', second.value)).toBe(200)
    expect(await world.api('DELETE', `/clients/rotating/secrets/${second.id}`)).toMatchObject({
      status: 409,
      body: { code: 'last_secret' },
    })
  })

  test('RV-23: the secret before runs out when it was told to', async () => {
    const { secret: first } = await registerClient('expiring')
    const rotated = await world.api('POST', '/clients/expiring/secrets', {
      previousExpiresInSeconds: 60,
    })
    const second = Made.parse(rotated.body).secret
    expect(await exchangeBy('expiring', first.value)).toBe(200)

    world.advance(61)

    expect(await exchangeBy('expiring', first.value)).toBe(401)
    expect(await exchangeBy('expiring', second.value)).toBe(200)
    expect((await world.api('GET', '/clients/expiring')).body).toMatchObject({
      secrets: [{ id: second.id }],
    })
    expect((await world.api('POST', '/clients/expiring/secrets', {})).status).toBe(201)
  })

  test('a removed client is refused at once, and a new one of its name has nothing of it', async () => {
    const { secret } = await registerClient('short-lived')
    expect(await exchangeBy('short-lived', secret.value)).toBe(200)

    expect((await world.api('DELETE', '/clients/short-lived')).status).toBe(204)

    expect(await exchangeBy('short-lived', secret.value)).toBe(401)
    const again = await registerClient('short-lived')
    expect(await exchangeBy('short-lived', secret.value)).toBe(401)
    expect(await exchangeBy('short-lived', again.secret.value)).toBe(200)
  })

  test('a narrower policy holds with the next exchange', async () => {
    const { secret } = await registerClient('narrowed')
    expect(await exchangeBy('narrowed', secret.value)).toBe(200)

    const changed = await world.api('PATCH', '/clients/narrowed', { connections: {} })

    expect(changed).toMatchObject({ status: 200, body: { connections: {}, redirectUris: [APP] } })
    expect(await exchangeBy('narrowed', secret.value)).toBe(400)
  })

  test('a member that is null goes back to its default', async () => {
    await registerClient('defaulted', { name: 'Named', dpop: 'required' })

    const changed = await world.api('PATCH', '/clients/defaulted', { name: null, dpop: null })

    expect(changed.body).toMatchObject({ dpop: 'optional' })
    expect(changed.body).not.toHaveProperty('name')
  })

  test.each([
    ['a setting that there is not', { idd: 'x' }, /has no setting/],
    ['a connection that there is not', { connections: { nope: { scopes: [] } } }, /no connection/],
    ['an issuer that is not trusted', { subjects: ['https://evil.example/'] }, /trustedIssuers/],
    ['a wildcard in a redirect URI', { redirectUris: ['https://*.example.com/'] }, /wildcard/],
    ['a private key', { jwks: { keys: [{ kty: 'EC', d: 'x' }] } }, /private or shared key/],
    [
      'a secret of its own choice',
      { secret: 'vks_0123456789abcdef0123456789abcdef' },
      /no setting/,
    ],
    ['a public client that exchanges', { type: 'public', grants: ['token_exchange'] }, /only for/],
    ['an unknown actor', { actors: ['nobody'] }, /no client's id/],
  ])('the rules of the configuration file hold: %s', async (_, settings, message) => {
    const answer = await world.api('POST', '/clients', { id: 'wrong', ...settings })

    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(JSON.stringify(answer.body['validation_errors'])).toMatch(message)
    expect((await world.api('GET', '/clients/wrong')).status).toBe(404)
  })

  test('a name of the configuration is taken, and what it names is changed there', async () => {
    expect(await world.api('POST', '/clients', { id: 'my-agent' })).toMatchObject({
      status: 409,
      body: { code: 'name_taken' },
    })
    for (const [method, path, body] of [
      ['PATCH', '/clients/my-agent', { name: 'Mine' }],
      ['DELETE', '/clients/my-agent', undefined],
      ['POST', '/clients/my-agent/secrets', {}],
    ] as const) {
      expect(await world.api(method, path, body)).toMatchObject({
        status: 409,
        body: { code: 'configured' },
      })
    }
  })

  test('a client with keys, and a public one, get no secret', async () => {
    const keys = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'AA', kid: '1' }] }
    const withKeys = await world.api('POST', '/clients', { id: 'keyed', jwks: keys })
    const open = await world.api('POST', '/clients', { id: 'on-device', type: 'public' })

    for (const answer of [withKeys, open]) {
      expect(answer.status).toBe(201)
      expect(answer.body).not.toHaveProperty('secret')
    }
    expect(await world.api('POST', '/clients/keyed/secrets', {})).toMatchObject({
      status: 409,
      body: { code: 'no_secrets' },
    })
    // It would be let in by both, or by neither.
    expect(await world.api('PATCH', '/clients/keyed', { jwks: null })).toMatchObject({
      status: 400,
    })
  })

  test('an id may hold what a path may not', async () => {
    const id = 'a/b%2Fc?d#e&f=g'
    await registerClient(id)

    const path = `/clients/${encodeURIComponent(id)}`
    expect((await world.api('GET', path)).body).toMatchObject({ id })
    expect((await world.api('DELETE', path)).status).toBe(204)
  })

  test('lists page by page, each client once', async () => {
    for (const number of [1, 2, 3, 4, 5]) await registerClient(`paged-${number}`)

    const seen: unknown[] = []
    let next: unknown = 'paged-'
    while (typeof next === 'string') {
      const page = await world.api('GET', `/clients?limit=2&after=${next}`)
      seen.push(...z.array(z.looseObject({ id: z.string() })).parse(page.body['clients']))
      next = page.body['next']
    }

    const ids = seen.map((client) => z.looseObject({ id: z.string() }).parse(client).id)
    expect(ids.filter((id) => id.startsWith('paged-'))).toEqual(
      [1, 2, 3, 4, 5].map((number) => `paged-${number}`),
    )
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('of many changes at once none is lost in silence', async () => {
    await registerClient('contested')

    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        world.api('PATCH', '/clients/contested', { name: `Name ${index}` }),
      ),
    )

    const done = answers.filter(({ status }) => status === 200)
    expect(done.length).toBeGreaterThan(0)
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true)
    const events = await world.events('&client=contested&type=admin.clients.change')
    expect(events).toHaveLength(done.length)
  })

  test('registrations outlive the process', async () => {
    const { secret } = await registerClient('lasting')

    await world.restart()

    expect(await exchangeBy('lasting', secret.value)).toBe(200)
  })
})

describe('connections', () => {
  function aConnection(name: string): Readonly<Record<string, unknown>> {
    const { clientId, clientSecret } = world.emulator.client('google')
    return {
      name,
      provider: world.emulator.provider('google'),
      clientId,
      clientSecret,
      scopes: ['openid', 'email'],
    }
  }

  test('a registered connection connects, exchanges and is tested; its secret is never shown', async () => {
    const secret = String(aConnection('second')['clientSecret'])
    const made = await world.api('POST', '/connections', aConnection('second'))
    expect(made.status).toBe(201)
    const agent = await registerClient('second-agent', {
      connections: { second: { scopes: [CALENDAR] } },
    })
    const as = { id: 'second-agent', secret: agent.secret.value }
    const connected = await connectBy(world, as, 'second')
    expect(connected.status).toBe(201)
    expect(await exchangeBy(as.id, as.secret, 'second')).toBe(200)

    expect(made.text).not.toContain(secret)
    expect((await world.api('GET', '/connections/second')).text).not.toContain(secret)
    const test = await world.api('POST', '/connections/second/test', {})
    expect(test.body).toMatchObject({
      works: true,
      redirectUri: `${world.vault.issuer}callback/second`,
    })
    expect(JSON.stringify(await world.events())).not.toContain(secret)
  })

  test('testing tells a wrong secret from a provider that is away, and changes nothing', async () => {
    const wrong = { ...aConnection('wrong-secret'), clientSecret: 'not-the-secret' }
    await world.api('POST', '/connections', wrong)
    const tested = await world.api('POST', '/connections/wrong-secret/test', {})
    expect(tested.body['works']).toBe(false)
    expect(tested.body['checks']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ check: 'token_endpoint', outcome: 'passed' }),
        expect.objectContaining({ check: 'client', outcome: 'failed' }),
      ]),
    )

    const mended = await world.api('PATCH', '/connections/wrong-secret', {
      clientSecret: aConnection('x')['clientSecret'],
    })
    expect(mended.status).toBe(200)
    const again = await world.api('POST', '/connections/wrong-secret/test', {})
    expect(again.body['works']).toBe(true)
  })

  test.each([
    ['a provider that there is not', { provider: 'gogle' }, /Did you mean/],
    ['a reference for a secret', { clientSecret: 'env:HOME' }, /is a reference/],
    ['no secret', { clientSecret: undefined }, /is missing/],
    ['a name with a slash', { name: 'a/b' }, /lower-case/],
  ])('the rules of the configuration file hold: %s', async (_, settings, message) => {
    const answer = await world.api('POST', '/connections', { ...aConnection('bad'), ...settings })

    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(JSON.stringify(answer.body['validation_errors'])).toMatch(message)
  })

  test('RV-90: a provider inside the own network is refused', async () => {
    const provider = {
      ...world.emulator.provider('google'),
      tokenEndpoint: 'https://169.254.169.254/token',
    }
    const answer = await world.api('POST', '/connections', { ...aConnection('inside'), provider })

    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body)).toMatch(/not a public address/)
  })

  test('RV-35: one that would speak for the users of another login system is refused', async () => {
    const { issuer } = world.emulator.trustedIssuer()
    for (const forged of ['https://accounts.google.com', world.vault.issuer]) {
      const provider = { ...world.emulator.provider('google'), issuer: forged }
      const answer = await world.api('POST', '/connections', { ...aConnection('forged'), provider })

      expect(answer.status).toBe(400)
      expect(answer.body['validation_errors']).toMatchObject([{ field: 'provider.issuer' }])
    }
    expect((await world.api('GET', '/connections/forged')).status).toBe(404)

    const jwks = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }] }
    const signedSubjects = { issuer, connections: ['google-oauth2'] }
    const client = await world.api('POST', '/clients', { id: 'signer', jwks, signedSubjects })
    expect(client.status).toBe(400)
    expect(client.body['validation_errors']).toMatchObject([{ field: 'signedSubjects.issuer' }])
  })

  test('a connection that accounts are on is neither removed nor given to another client id', async () => {
    await world.api('POST', '/connections', aConnection('in-use'))
    const agent = await registerClient('in-use-agent', {
      connections: { 'in-use': { scopes: [CALENDAR] } },
    })
    const as = { id: 'in-use-agent', secret: agent.secret.value }
    const account = await connectBy(world, as, 'in-use')

    for (const [method, body] of [
      ['DELETE', undefined],
      ['PATCH', { clientId: 'another' }],
    ] as const) {
      expect(await world.api(method, '/connections/in-use', body)).toMatchObject({
        status: 409,
        body: { code: 'connection_in_use' },
      })
    }
    expect(await exchangeBy(as.id, as.secret, 'in-use')).toBe(200)
    const renamed = await world.api('PATCH', '/connections/in-use', { displayName: 'Ours' })
    expect(renamed).toMatchObject({ status: 200, body: { displayName: 'Ours' } })

    expect((await world.api('DELETE', `/accounts/${account.body.id}`)).status).toBe(204)
    expect((await world.api('DELETE', '/connections/in-use')).status).toBe(204)
    expect((await world.api('GET', '/connections/in-use')).status).toBe(404)
    expect(await exchangeBy(as.id, as.secret, 'in-use')).toBe(400)
  })

  test('what the configuration names is changed there', async () => {
    expect(await world.api('DELETE', '/connections/google-oauth2')).toMatchObject({
      status: 409,
      body: { code: 'configured' },
    })
    expect(await world.api('POST', '/connections', aConnection('google-oauth2'))).toMatchObject({
      status: 409,
      body: { code: 'name_taken' },
    })
  })
})
