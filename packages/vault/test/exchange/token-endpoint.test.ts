import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import {
  anAuth0Exchange,
  anExchange,
  type Answer,
  AUTH0_EXCHANGE,
  CALENDAR,
  EXCHANGE,
  type ExchangeWorld,
  ISSUER,
  JWT,
  MAIL,
  SECRET,
  startExchangeWorld,
} from './exchange-world.ts'

const users = [
  'alice',
  'stranger',
  'ended',
  'lost',
  'changed',
  'expired',
  'revoked',
  'two',
  'outage',
  'robot',
]
const NO_ECHO = 'echo-canary-7f3a'

/** Nothing in these tests changes what is in it, but one account that cannot be refreshed. */
let world: ExchangeWorld
let assertionKey: CryptoKey

beforeAll(async () => {
  world = await startExchangeWorld({
    login: 'emulator',
    emulator: { users: users.map((id) => ({ id, name: id, email: `${id}@example.com` })) },
  })
  const { agent, clients } = world
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])
  assertionKey = pair.privateKey
  const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const policy = { overScope: 'allow', forcedRefresh: 'refuse' } as const
  clients.set('signer', {
    ...agent,
    id: 'signer',
    authentication: { method: 'private_key_jwt', keys: [{ ...jwk, kid: 'one' }] },
  })
  clients.set('asking', { ...agent, id: 'asking', consent: 'ask' })
  clients.set('narrow', {
    ...agent,
    id: 'narrow',
    connections: { google: { ...policy, scopes: [MAIL], overScope: 'refuse' } },
  })
  clients.set('none', { ...agent, id: 'none', grants: [], connections: {}, myAccountScopes: [] })
  clients.set('unlisted', { ...agent, id: 'unlisted', connections: {}, myAccountScopes: [] })
  clients.set('elsewhere', { ...agent, id: 'elsewhere', subjects: [] })
  clients.set('odd id+%/é', { ...agent, id: 'odd id+%/é' })

  await world.connect({ user: 'alice' })
  const ended = { state: 'reauth_required' } as const
  await world.connect({ user: 'ended', overrides: { ...ended, reconnectReason: 'revoked' } })
  await world.connect({ user: 'lost', overrides: { ...ended, reconnectReason: 'rotation_lost' } })
  await world.connect({
    user: 'changed',
    overrides: { ...ended, reconnectReason: 'account_changed' },
  })
  await world.connect({ user: 'expired', overrides: { ...ended, reconnectReason: 'expired' } })
  await world.connect({ user: 'revoked', overrides: { state: 'revoked' } })
  await world.connect({ user: 'two', overrides: { label: 'Two at work', providerAccountId: '1' } })
  await world.connect({ user: 'two', overrides: { label: 'Two at home', providerAccountId: '2' } })
  await world.connect({
    user: 'outage',
    overrides: {
      accessExpiresAt: world.runtime.now() - 1,
      refresh: { failCount: 1, nextAttemptAt: world.runtime.now() + 5_000 },
    },
  })
})
afterAll(async () => {
  await world.close()
})

const anAccount: unknown = expect.stringMatching(/^cac_\w+$/)

describe('RV-09, R25: every vault_error that can occur (wire.md)', () => {
  interface Row {
    readonly name: string
    readonly user?: string
    readonly change?: Readonly<Record<string, string>>
    readonly vaultError: string
    readonly standard: readonly [number, string]
    readonly auth0: readonly [number, string]
    readonly details?: Readonly<Record<string, unknown>>
  }
  const interaction = [400, 'interaction_required'] as const
  const notFound = [401, 'federated_connection_refresh_token_not_found'] as const
  const flowFailed = [401, 'federated_connection_refresh_token_flow_failed'] as const
  const rows: readonly Row[] = [
    {
      name: 'a user who has never connected anything',
      user: 'stranger',
      vaultError: 'not_connected',
      standard: interaction,
      auth0: notFound,
    },
    {
      name: 'a login_hint that names none of the accounts',
      change: { login_hint: 'someone@example.com' },
      vaultError: 'not_connected',
      standard: interaction,
      auth0: notFound,
    },
    {
      name: 'an account of somebody else as login_hint',
      change: { login_hint: 'cac_2' },
      vaultError: 'not_connected',
      standard: interaction,
      auth0: notFound,
    },
    {
      name: 'a scope that was not granted',
      change: { scope: `${CALENDAR} ${MAIL}` },
      vaultError: 'scopes_missing',
      standard: interaction,
      auth0: flowFailed,
      details: { missing_scope: MAIL, granted_scope: CALENDAR, account: anAccount },
    },
    ...(['ended', 'lost', 'changed', 'expired', 'revoked'] as const).map((user) => ({
      name: `an account that has to be connected again: ${user}`,
      user,
      vaultError: 'reconnect_required',
      standard: interaction,
      auth0: flowFailed,
      details: {
        reason: {
          ended: 'revoked',
          lost: 'rotation_lost',
          changed: 'account_changed',
          expired: 'expired',
          revoked: 'revoked',
        }[user],
        // What was ended on purpose is made anew, not mended.
        ...(user !== 'revoked' && { account: anAccount }),
      },
    })),
    {
      name: 'a client that the user has not allowed',
      change: { client_id: 'asking' },
      vaultError: 'consent_required',
      standard: [400, 'consent_required'],
      auth0: flowFailed,
    },
    {
      name: 'several accounts and no login_hint',
      user: 'two',
      vaultError: 'account_ambiguous',
      standard: [400, 'account_selection_required'],
      auth0: flowFailed,
      details: {
        accounts: [
          { id: 'cac_7', label: 'Two at work' },
          { id: 'cac_8', label: 'Two at home' },
        ],
      },
    },
    {
      name: 'a subject token that is none',
      change: { subject_token: NO_ECHO },
      vaultError: 'subject_token_invalid',
      standard: [400, 'invalid_request'],
      auth0: [401, 'invalid_grant'],
    },
    {
      name: 'a subject token from an issuer that the client does not list',
      change: { client_id: 'elsewhere' },
      vaultError: 'subject_token_invalid',
      standard: [400, 'invalid_request'],
      auth0: [401, 'invalid_grant'],
    },
    {
      name: 'an actor token that is none',
      change: { actor_token: NO_ECHO, actor_token_type: JWT },
      vaultError: 'actor_token_invalid',
      standard: [400, 'invalid_request'],
      auth0: [400, 'invalid_request'],
    },
    {
      name: 'a connection that the client may not use',
      change: { client_id: 'unlisted' },
      vaultError: 'policy_denied',
      standard: [400, 'invalid_target'],
      auth0: [403, 'access_denied'],
    },
    {
      name: 'a scope that the client may not have',
      change: { scope: `${CALENDAR} everything` },
      vaultError: 'policy_denied',
      standard: [400, 'invalid_scope'],
      auth0: [403, 'access_denied'],
    },
    {
      name: 'a token that can do more than the client may have',
      change: { client_id: 'narrow' },
      vaultError: 'policy_denied',
      standard: [400, 'invalid_scope'],
      auth0: [403, 'access_denied'],
    },
    {
      name: 'a provider that is down',
      user: 'outage',
      vaultError: 'provider_unavailable',
      standard: [503, 'temporarily_unavailable'],
      auth0: [503, 'temporarily_unavailable'],
    },
  ]

  test.each(rows)('$name: standard', async ({ user, change, vaultError, standard, details }) => {
    const answer = await world.node.post(await anExchange(world, change, user))

    expect(answer.body).toEqual({
      error: standard[1],
      error_description: expect.any(String),
      error_uri: `${ISSUER}errors/${vaultError}`,
      vault_error: vaultError,
      ...details,
    })
    expectError(answer, standard[0])
  })

  test.each(rows)('$name: Auth0', async ({ user, change, vaultError, auth0, details }) => {
    const answer = await world.node.post(await anAuth0Exchange(world, change, user), { json: true })

    expect(answer.body).toEqual({
      error: auth0[1],
      error_description: expect.any(String),
      error_uri: `${ISSUER}errors/${vaultError}`,
      vault_error: vaultError,
      ...details,
    })
    expectError(answer, auth0[0])
  })

  test.each(['nothing-here', NO_ECHO, 'Google', '../google', '__proto__', `${ISSUER}me`, 'a b'])(
    'a connection that does not exist: %j',
    async (name) => {
      const standard = await world.node.post(await anExchange(world, { audience: name }))
      const auth0 = await world.node.post(await anAuth0Exchange(world, { connection: name }))

      expect(standard.body).toMatchObject({
        error: 'invalid_target',
        vault_error: 'unknown_connection',
      })
      expect(auth0.body).toMatchObject({
        error: 'invalid_request',
        vault_error: 'unknown_connection',
      })
      expectError(standard, 400)
      expectError(auth0, 400)
    },
  )

  test('a provider that is down says when to come back', async () => {
    const answer = await world.node.post(await anExchange(world, {}, 'outage'))

    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(4_000)
  })
})

describe('RV-09: every answer that can occur here', () => {
  const type = 'urn:ietf:params:oauth:token-type:'
  test.each<[string, Record<string, string | undefined>, number, string]>([
    ['no grant_type', { grant_type: undefined }, 400, 'invalid_request'],
    ['an empty grant_type', { grant_type: '' }, 400, 'invalid_request'],
    ['an unknown grant_type', { grant_type: NO_ECHO }, 400, 'unsupported_grant_type'],
    [
      'a grant_type in another case',
      { grant_type: EXCHANGE.toUpperCase() },
      400,
      'unsupported_grant_type',
    ],
    [
      'client_credentials, with which no provider token is had (T6)',
      { grant_type: 'client_credentials' },
      400,
      'unsupported_grant_type',
    ],
    ['a grant that the client may not use', { client_id: 'none' }, 400, 'unauthorized_client'],
    ['no target', { audience: undefined }, 400, 'invalid_request'],
    ['too long a login_hint', { login_hint: 'x'.repeat(513) }, 400, 'invalid_request'],
    ['a force_refresh that is none', { force_refresh: 'true' }, 400, 'invalid_request'],
    ['an unknown client', { client_id: NO_ECHO }, 401, 'invalid_client'],
    ['no client', { client_id: undefined, client_secret: undefined }, 401, 'invalid_client'],
    ['a wrong secret', { client_secret: NO_ECHO }, 401, 'invalid_client'],
    ['a secret without client_id', { client_id: undefined }, 400, 'invalid_request'],
  ])('%s', async (_, change, status, error) => {
    const answer = await world.node.post(await anExchange(world, change))

    expect(answer.body).toEqual({ error, error_description: expect.any(String) })
    expectError(answer, status)
  })

  test.each<[string, Record<string, string | undefined>, number, string]>([
    ['no subject_token', { subject_token: undefined }, 400, 'invalid_request'],
    ['an empty subject_token', { subject_token: '' }, 400, 'invalid_request'],
    ['no subject_token_type', { subject_token_type: undefined }, 400, 'invalid_request'],
    ['an unknown subject_token_type', { subject_token_type: NO_ECHO }, 400, 'invalid_request'],
    [
      'a subject_token_type of tokens that this vault does not issue',
      { subject_token_type: `${type}refresh_token` },
      400,
      'invalid_request',
    ],
    ['an actor_token without type', { actor_token: 'x' }, 400, 'invalid_request'],
    ['an actor_token_type without token', { actor_token_type: JWT }, 400, 'invalid_request'],
    [
      'an unsupported requested_token_type',
      { requested_token_type: `${type}refresh_token` },
      400,
      'invalid_request',
    ],
  ])('RV-30: %s', async (_, change, status, error) => {
    const answer = await world.node.post(await anExchange(world, change))

    expect(answer.body).toEqual({ error, error_description: expect.any(String) })
    expectError(answer, status)
  })

  test.each<[string, Record<string, string | undefined>, number, string]>([
    ['two targets', { resource: `${ISSUER}connections/github` }, 400, 'invalid_target'],
    [
      'a connection and the connected-accounts API',
      { resource: `${ISSUER}me/` },
      400,
      'invalid_target',
    ],
    [
      'a resource that is no URI',
      { audience: undefined, resource: 'google' },
      400,
      'invalid_target',
    ],
    [
      'a resource that is relative',
      { audience: undefined, resource: '/connections/google' },
      400,
      'invalid_target',
    ],
    [
      'a resource with a fragment',
      { audience: undefined, resource: `${ISSUER}connections/google#x` },
      400,
      'invalid_target',
    ],
  ])('RV-43: %s', async (_, change, status, error) => {
    const answer = await world.node.post(await anExchange(world, change))

    expect(answer.body).toEqual({ error, error_description: expect.any(String) })
    expectError(answer, status)
  })

  test.each<[string, Record<string, string | undefined>, number, string]>([
    ['a scope with two spaces', { scope: 'a  b' }, 400, 'invalid_scope'],
    ['a scope with a quote', { scope: 'a"b' }, 400, 'invalid_scope'],
    ['a scope with a backslash', { scope: 'a\\b' }, 400, 'invalid_scope'],
    ['a scope with a tab', { scope: 'a\tb' }, 400, 'invalid_scope'],
    ['a scope that is no ASCII', { scope: 'mäil' }, 400, 'invalid_scope'],
    ['a space alone as scope', { scope: ' ' }, 400, 'invalid_scope'],
    ['more scopes than there are', { scope: manyScopes(101) }, 400, 'invalid_scope'],
    ['as many scopes as fit', { scope: manyScopes(11_000) }, 400, 'invalid_scope'],
    ['a scope that is too long', { scope: 'a'.repeat(256) }, 400, 'invalid_scope'],
  ])('RV-07: %s', async (_, change, status, error) => {
    const answer = await world.node.post(await anExchange(world, change))

    expect(answer.body).toEqual({ error, error_description: expect.any(String) })
    expectError(answer, status)
  })

  test('Auth0 clients hear 403 for a grant that they may not use', async () => {
    const answer = await world.node.post(await anAuth0Exchange(world, { client_id: 'none' }))

    expect(answer.body).toMatchObject({ error: 'unauthorized_client' })
    expectError(answer, 403)
  })

  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'HEAD'])('RV-01: %s is not POST', async (method) => {
    const response = await world.node.send(new Request(`${ISSUER}oauth/token`, { method }))

    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST')
  })

  test('a bug says nothing of itself, and is not answered as a refusal', async () => {
    const node = world.startNode({
      accounts: (real) => ({ ...real, findOnConnection: () => Promise.reject(new Error(NO_ECHO)) }),
    })

    await expect(node.post(await anExchange(world))).rejects.toThrow(NO_ECHO)
  })
})

describe('the form of a request', () => {
  const form = 'application/x-www-form-urlencoded'
  test.each<[string, string | undefined]>([
    ['no type', undefined],
    ['text', 'text/plain'],
    ['multipart', 'multipart/form-data; boundary=x'],
    ['XML', 'application/xml'],
    ['something like JSON', 'application/json-patch+json'],
    ['another charset', `${form}; charset=utf-16`],
    ['Latin 1', `${form};charset=iso-8859-1`],
    ['two types', `${form}, application/json`],
  ])('RV-02: %s is refused', async (_, type) => {
    const response = await world.node.send(
      new Request(`${ISSUER}oauth/token`, {
        method: 'POST',
        body: new TextEncoder().encode('grant_type=x'),
        ...(type !== undefined && { headers: { 'content-type': type } }),
      }),
    )

    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'invalid_request' })
  })

  test.each([
    'application/x-www-form-urlencoded;charset=UTF-8',
    'APPLICATION/X-WWW-FORM-URLENCODED; charset="utf-8"',
  ])('RV-02: %s is read', async (type) => {
    const answer = await world.node.post(await anExchange(world), {
      headers: { 'content-type': type },
    })

    expect(answer.status).toBe(200)
  })

  test.each([
    'grant_type',
    'client_id',
    'client_secret',
    'subject_token',
    'scope',
    'login_hint',
    'foo',
  ])('RV-03: a repeated %s is refused', async (name) => {
    const body = new URLSearchParams()
    for (const [key, value] of Object.entries(await anExchange(world)))
      body.append(key, value ?? '')
    body.append(name, 'one')
    body.append(name, 'two')

    const answer = await world.node.post(body.toString())

    expect(answer.body).toMatchObject({ error: 'invalid_request' })
    expectError(answer, 400)
  })

  test('RV-03, RV-43: a target may be repeated, and written in two ways, while it is one', async () => {
    const body = new URLSearchParams()
    for (const [key, value] of Object.entries(await anExchange(world)))
      body.append(key, value ?? '')
    body.append('audience', 'google')
    body.append('resource', `${ISSUER}connections/google`)

    expect((await world.node.post(body.toString())).status).toBe(200)
    body.append('audience', 'github')
    expect((await world.node.post(body.toString())).body).toMatchObject({ error: 'invalid_target' })
  })

  test('RV-02, RV-03: a JSON list is read where a parameter may be repeated, and nowhere else', async () => {
    const usual = await anExchange(world)
    const send = (change: object): Promise<Answer> =>
      world.node.post(JSON.stringify({ ...usual, ...change }), {
        headers: { 'content-type': 'application/json' },
      })

    expect((await send({ audience: ['google', 'google'] })).status).toBe(200)
    expectError(await send({ audience: ['google', 1] }), 400)
    expectError(await send({ scope: [CALENDAR] }), 400)
    expectError(await send({ client_id: ['my-agent'] }), 400)
  })

  test.each<[string, string]>([
    ['a list', '[]'],
    ['a text', '"grant_type"'],
    ['null', 'null'],
    ['nothing', ''],
    ['no JSON', '{grant_type'],
    ['a number', '{"grant_type":1}'],
    ['true', '{"grant_type":true}'],
    ['null as value', '{"grant_type":"x","scope":null}'],
    ['an object as value', '{"grant_type":{"a":"b"}}'],
    ['a prototype', '{"__proto__":"x","grant_type":"y"}'],
    ['two members of one name', '{"grant_type":"x","grant_type":"y"}'],
    ['two members of one name, one escaped', '{"scope":"x","sc\\u006fpe":"y"}'],
    ['deep nesting', '['.repeat(10_000)],
  ])('RV-02: a JSON body that is %s is refused', async (_, body) => {
    const answer = await world.node.post(body, { headers: { 'content-type': 'application/json' } })

    expect(answer.body).toMatchObject({ error: 'invalid_request' })
    expectError(answer, 400)
  })

  test('RV-02: bytes that are no UTF-8 are refused, plain and percent-encoded', async () => {
    const bytes = Uint8Array.of(0x61, 0x3d, 0xff)
    const send = (body: BodyInit, headers = {}): Promise<Response> =>
      world.node.send(
        new Request(`${ISSUER}oauth/token`, {
          method: 'POST',
          body,
          headers: { 'content-type': form, ...headers },
        }),
      )

    expect((await send(bytes)).status).toBe(400)
    expect((await send(bytes, { 'content-length': '3' })).status).toBe(400)
    expect((await send('a=%ff')).status).toBe(400)
  })

  test('RV-02: a body that is too large is refused, and not read to its end', async () => {
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1
        controller.enqueue(new Uint8Array(8_192).fill(0x61))
      },
    })

    expect((await world.node.send(streamed(endless))).status).toBe(413)
    expect(pulled).toBeLessThan(12)
    const announced = streamed('a=b', { 'content-length': '60000' })
    expect((await world.node.send(announced)).status).toBe(413)
    const lying = streamed(`a=${'b'.repeat(60_000)}`, { 'content-length': '3' })
    expect((await world.node.send(lying)).status).toBe(413)
  })

  test('a body that breaks off is refused', async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        controller.error(new Error('gone'))
      },
    })
    const request = streamed(broken)

    expect((await world.node.send(request)).status).toBe(400)
  })

  test('RV-01: the query is not read: credentials in it are none', async () => {
    const query = new URLSearchParams({ client_id: 'my-agent', client_secret: SECRET })
    const usual = await anExchange(world, { client_id: undefined, client_secret: undefined })
    const request = new Request(`${ISSUER}oauth/token?${query}`, {
      method: 'POST',
      body: new URLSearchParams(
        Object.entries(usual).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, value]],
        ),
      ),
    })

    expect((await world.node.send(request)).status).toBe(401)
  })

  test('RV-04: unknown parameters are ignored, and named in the log without their values', async () => {
    const answer = await world.node.post(
      await anExchange(world, { organization: NO_ECHO, [NO_ECHO]: 'x' }),
    )

    expect(answer.status).toBe(200)
    expect(world.logged()).toContain('"organization"')
    expect(world.logged()).not.toContain(NO_ECHO)
  })
})

describe('client authentication', () => {
  const none = { client_id: undefined, client_secret: undefined }
  const basic = (id: string, secret: string): { authorization: string } => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  })

  test('RV-20: HTTP Basic is accepted, with both halves form-encoded', async () => {
    const id = encodeURIComponent('odd id+%/é').replaceAll('%20', '+')

    for (const headers of [basic('my-agent', SECRET), basic(id, SECRET)]) {
      expect((await world.node.post(await anExchange(world, none), { headers })).status).toBe(200)
    }
  })

  test.each<[string, Record<string, string>]>([
    ['a wrong secret', basic('my-agent', NO_ECHO)],
    ['an unknown client', basic(NO_ECHO, SECRET)],
    ['no colon', { authorization: `Basic ${Buffer.from('my-agent').toString('base64')}` }],
    ['no base64', { authorization: 'Basic ***' }],
    ['nothing after it', { authorization: 'Basic' }],
    ['a broken percent-encoding', basic('my-agent', '%zz')],
    ['another scheme', { authorization: `Bearer ${SECRET}` }],
  ])('HTTP Basic with %s is answered with the scheme', async (_, headers) => {
    const answer = await world.node.post(await anExchange(world, none), { headers, ...anAddress() })

    expect(answer.body).toMatchObject({ error: 'invalid_client' })
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/)
    expectError(answer, 401)
  })

  test('a failure in the body names no scheme', async () => {
    const answer = await world.node.post(
      await anExchange(world, { client_secret: NO_ECHO }),
      anAddress(),
    )

    expect(answer.headers.get('www-authenticate')).toBeNull()
  })

  test('RV-20, RV-25: an assertion is accepted, once', async () => {
    const assertion = await anAssertion()
    const request = await anExchange(world, {
      ...none,
      client_assertion: assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    })

    expect((await world.node.post(request)).status).toBe(200)
    expectError(await world.node.post(request, anAddress()), 401)
  })

  test.each<[string, Record<string, string | undefined>, number]>([
    ['with another client_id', { client_id: 'my-agent' }, 401],
    ['without its type', { client_assertion_type: undefined }, 400],
    [
      'with another type',
      { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
      400,
    ],
    ['that is none', { client_assertion: NO_ECHO }, 401],
    ['of an unknown client', { client_assertion: 'unknown' }, 401],
    ['of a client that has a secret', { client_assertion: 'asking' }, 401],
  ])('an assertion %s is refused', async (_, change, status) => {
    const claimed = change['client_assertion']
    const answer = await world.node.post(
      await anExchange(world, {
        ...none,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        ...change,
        client_assertion: claimed === NO_ECHO ? NO_ECHO : await anAssertion(claimed),
      }),
      anAddress(),
    )

    expect(answer.body['error']).toBe(status === 401 ? 'invalid_client' : 'invalid_request')
    expectError(answer, status)
  })

  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['Basic and secret', {}, basic('my-agent', SECRET)],
    ['secret and assertion', { client_assertion: 'x', client_assertion_type: 'y' }, {}],
    [
      'Basic and another client_id',
      { client_id: 'other', client_secret: '' },
      basic('my-agent', SECRET),
    ],
  ])('RV-22: %s at once are refused', async (_, change, headers) => {
    const answer = await world.node.post(await anExchange(world, change), { headers })

    expect(answer.body).toMatchObject({ error: 'invalid_request' })
    expectError(answer, 400)
  })

  test('Basic and the same client_id are one authentication', async () => {
    const change = { client_id: 'my-agent', client_secret: undefined }
    const headers = basic('my-agent', SECRET)

    expect((await world.node.post(await anExchange(world, change), { headers })).status).toBe(200)
  })

  test('RV-24, RV-26: failures are slowed down, for known and unknown clients alike, and nobody is locked out', async () => {
    const own = await startExchangeWorld()
    await own.connect()
    const attempt = async (clientId: string, remoteAddress: string): Promise<Answer> =>
      own.node.post(await anExchange(own, { client_id: clientId, client_secret: 'wrong' }), {
        remoteAddress,
      })
    const statuses = async (clientId: string): Promise<number[]> => {
      const answers: number[] = []
      for (let i = 0; i < 12; i++) answers.push((await attempt(clientId, `2001:db8::${i}`)).status)
      return answers
    }

    expect(await statuses('my-agent')).toEqual([...Array(10).fill(401), 429, 429])
    expect(await statuses('no-agent')).toEqual([...Array(10).fill(401), 429, 429])
    const throttled = await attempt('my-agent', '2001:db8::99')
    expect(throttled.body).toMatchObject({ error: 'temporarily_unavailable' })
    expect(Number(throttled.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await own.node.post(await anExchange(own))).status).toBe(200)

    const ofOneAddress: number[] = []
    for (let i = 0; i < 22; i++) ofOneAddress.push((await attempt(`guess-${i}`, '::1')).status)
    expect(ofOneAddress).toEqual([...Array(20).fill(401), 429, 429])
    expect((await own.node.post(await anExchange(own), { remoteAddress: '::1' })).status).toBe(200)
    await own.close()
  })

  test('RV-10: nothing of the user is looked at before the client is known', async () => {
    const asked: string[] = []
    const node = world.startNode({
      accounts: (real) => ({
        ...real,
        findOnConnection: (owner) => {
          asked.push(owner.userId)
          return real.findOnConnection(owner)
        },
      }),
    })

    await node.post(await anExchange(world, { client_secret: 'wrong' }), anAddress())
    await node.post(await anExchange(world, { client_id: 'none' }))
    await node.post(await anExchange(world, { subject_token: 'x' }))
    await node.post(await anExchange(world, { client_id: 'unlisted' }))
    await node.post(await anExchange(world, { scope: 'everything' }))

    expect(asked).toEqual([])
  })

  async function anAssertion(clientId = 'signer'): Promise<string> {
    const now = world.runtime.now()
    return await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(ISSUER)
      .setIssuedAt(now)
      .setExpirationTime(now + 60)
      .setJti(crypto.randomUUID())
      .sign(assertionKey)
  }
})

describe('an account is chosen', () => {
  test.each(['cac_7', '1', 'two at WORK'])('by login_hint %j', async (loginHint) => {
    const answer = await world.node.post(await anExchange(world, { login_hint: loginHint }, 'two'))

    expect(answer.body).toMatchObject({ account: 'cac_7' })
  })

  test('never across users: the subject alone says whose (T2)', async () => {
    for (const change of [
      { login_hint: 'cac_1' },
      { force_refresh: 'cac_1:1' },
      { login_hint: 'alice@example.com' },
    ]) {
      const answer = await world.node.post(await anExchange(world, change, 'stranger'))

      expect(answer.body).toMatchObject({ vault_error: 'not_connected' })
    }
  })
})

describe('the actor', () => {
  test('RV-39: is the client, and in the audit log', async () => {
    await world.node.post(await anExchange(world))

    expect(world.events.at(-1)).toMatchObject({
      type: 'token.exchanged',
      actor: { subject: 'my-agent' },
    })
  })

  test('RV-39, RV-41: is who the actor token names, with those who acted before', async () => {
    const issuer = world.emulator.trustedIssuer().issuer
    const subject = await world.emulator.issueLoginToken('alice', {
      claims: { act: { sub: 'earlier' } },
    })
    await world.node.post(
      await anExchange(world, {
        subject_token: subject,
        actor_token: await world.subjectOf('robot'),
        actor_token_type: JWT,
      }),
    )

    expect(world.events.at(-1)).toMatchObject({
      outcome: 'success',
      actor: { subject: 'robot', issuer, actor: { subject: 'earlier' } },
    })
  })

  test('RV-40: is held to may_act, also where the client itself acts', async () => {
    const exchangeFor = async (mayAct: object, actor?: string): Promise<Answer> =>
      world.node.post(
        await anExchange(world, {
          subject_token: await world.emulator.issueLoginToken('alice', {
            claims: { may_act: mayAct },
          }),
          ...(actor !== undefined && {
            actor_token: await world.subjectOf(actor),
            actor_token_type: JWT,
          }),
        }),
      )

    expect((await exchangeFor({ sub: 'robot' }, 'robot')).status).toBe(200)
    expect((await exchangeFor({ sub: 'my-agent', iss: ISSUER })).status).toBe(200)
    for (const answer of [
      await exchangeFor({ sub: 'robot' }, 'stranger'),
      await exchangeFor({ sub: 'robot' }),
      // Somebody of that name at the login system, and no client of this vault.
      await exchangeFor({ sub: 'my-agent' }),
    ]) {
      expect(answer.body).toMatchObject({
        error: 'invalid_request',
        vault_error: 'actor_token_invalid',
      })
    }
  })
})

describe('the audit log', () => {
  test('R19: has every outcome before it is answered, and no token', async () => {
    const before = world.events.length
    const subject = await world.subjectOf('alice')
    const good = await world.node.post(await anExchange(world, { scope: CALENDAR }))
    await world.node.post(await anExchange(world, { scope: MAIL }))
    await world.node.post(await anExchange(world, { subject_token: 'x' }))
    await world.node.post(await anExchange(world, {}, 'stranger'))

    expect(world.events.slice(before)).toEqual([
      expect.objectContaining({
        type: 'token.exchanged',
        outcome: 'success',
        clientId: 'my-agent',
        userId: 'usr_alice',
        connection: 'google',
        accountId: 'cac_1',
        generation: 1,
        scopes: [CALENDAR],
        requestId: expect.any(String),
      }),
      expect.objectContaining({
        type: 'token.exchange_refused',
        outcome: 'refused',
        reason: 'scopes_missing',
        accountId: 'cac_1',
        scopes: [MAIL],
      }),
      expect.objectContaining({
        reason: 'subject_token_invalid',
        details: { why: 'malformed' },
      }),
      expect.objectContaining({
        reason: 'not_connected',
        userId: undefined,
        details: {
          subject_kind: 'trusted_issuer',
          subject_issuer: world.emulator.trustedIssuer().issuer,
          subject: 'stranger',
        },
      }),
    ])
    const text = JSON.stringify(world.events) + world.logged()
    expect(text).not.toContain(String(good.body['access_token']))
    expect(text).not.toContain(subject)
    expect(text).not.toContain(SECRET)
  })

  test('R19: has also what a known client asked for in vain before any check of the user', async () => {
    const before = world.events.length
    await world.node.post(await anExchange(world, { grant_type: NO_ECHO }))
    await world.node.post(await anExchange(world, { client_id: 'none' }))
    await world.node.post(await anExchange(world, { subject_token: undefined }))
    await world.node.post(await anExchange(world, { audience: NO_ECHO.toUpperCase() }))
    await world.node.post(await anExchange(world, { client_secret: 'wrong' }), anAddress())

    expect(world.events.slice(before).map(({ reason, clientId }) => [reason, clientId])).toEqual([
      ['unsupported_grant_type', 'my-agent'],
      ['unauthorized_client', 'none'],
      ['missing_parameter', 'my-agent'],
      ['unknown_target', 'my-agent'],
    ])
    expect(JSON.stringify(world.events)).not.toContain(NO_ECHO)
  })

  test('R7: says when the token can do more than was asked for', async () => {
    await world.connect({ user: 'robot', scopes: [CALENDAR, MAIL] })

    const answer = await world.node.post(await anExchange(world, { scope: MAIL }, 'robot'))

    expect(answer.body).toMatchObject({ scope: `${CALENDAR} ${MAIL}` })
    expect(world.events.at(-1)).toMatchObject({ details: { more_than_asked: true } })
  })

  test.each(['google', `${ISSUER}me/`])(
    'R19: that is down: nothing is handed out, nor refused, for %s',
    async (audience) => {
      world.setAudit('down')
      const good = await world.node.post(await anExchange(world, { audience }))
      const bad = await world.node.post(await anExchange(world, { audience, subject_token: 'x' }))
      const malformed = await world.node.post(await anExchange(world, { audience, scope: '"' }))
      world.setAudit('up')

      for (const answer of [good, bad, malformed]) {
        expect(answer.body).toEqual({
          error: 'temporarily_unavailable',
          error_description: expect.any(String),
        })
        expect(answer.headers.get('retry-after')).toBe('5')
        expectError(answer, 503)
      }
    },
  )
})

describe('keys of a login system that cannot be fetched', () => {
  test('are the vault`s trouble: the user is not sent to log in again', async () => {
    const own = await startExchangeWorld({ login: 'emulator' })
    own.emulator.faults.add('idp', {
      at: 'jwks',
      fault: { kind: 'server_error' },
      times: 'always',
    })

    const answer = await own.node.post(await anExchange(own))

    expect(answer.body['vault_error']).toBeUndefined()
    expectError(answer, 503)
    await own.close()
  })

  test('are named in the log and in the audit log, with the issuer and the cause', async () => {
    const own = await startExchangeWorld({ login: 'emulator' })
    const { issuer } = own.emulator.trustedIssuer()
    own.emulator.faults.add('idp', {
      at: 'jwks',
      fault: { kind: 'server_error', status: 502 },
      times: 'always',
    })

    await own.node.post(await anExchange(own))
    await own.node.post({ ...(await anExchange(own)), audience: `${ISSUER}me/` })

    const details = { why: 'keys_unavailable', issuer, cause: 'http_502' }
    expect(own.events).toMatchObject([
      { type: 'token.exchange_refused', reason: 'vault_unavailable', details },
      { type: 'token.exchange_refused', reason: 'vault_unavailable', details },
    ])
    expect(own.logged()).toContain('"code":"keys_unavailable"')
    expect(own.logged()).toContain(JSON.stringify(issuer))
    await own.close()
  })
})

describe('a token for the connected-accounts API', () => {
  const audience = `${ISSUER}me/`

  test('RV-45: is the vault`s own, short, and within the policy', async () => {
    const answer = await world.node.post(await anExchange(world, { audience }))

    expect(answer.body).toEqual({
      access_token: expect.any(String),
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'create:me:connected_accounts read:me:connected_accounts',
    })
    expect(await readToken(answer)).toMatchObject({
      userId: 'usr_alice',
      clientId: 'my-agent',
      identity: { issuer: world.emulator.trustedIssuer().issuer, subject: 'alice' },
    })
    expect(world.events.at(-1)).toMatchObject({
      type: 'my_account_token.issued',
      userId: 'usr_alice',
    })
  })

  test('R1: names a user who is not known yet by a provisional id, and makes no user', async () => {
    const one = await readToken(
      await world.node.post(await anExchange(world, { audience }, 'stranger')),
    )
    const two = await readToken(
      await world.node.post(
        await anExchange(world, { resource: audience, audience: undefined }, 'stranger'),
      ),
    )

    expect(one?.userId).toMatch(/^usr_[A-Za-z0-9]{22}$/)
    expect(two?.userId).not.toBe(one?.userId)
    expect(
      await world.users.findByIdentity({
        tenant: 'default',
        identity: { issuer: world.emulator.trustedIssuer().issuer, subject: 'stranger' },
      }),
    ).toBeUndefined()
  })

  test('RV-45: lives no longer than the subject`s own token', async () => {
    const subject = await world.emulator.issueLoginToken('alice', { lifetimeSeconds: 120 })
    const answer = await world.node.post(
      await anExchange(world, { audience, subject_token: subject }),
    )

    expect(answer.body['expires_in']).toBeLessThanOrEqual(120)
  })

  test('RV-45: is not made from a token that is over, though its clock skew is not', async () => {
    const subject = await world.emulator.issueLoginToken('alice', { lifetimeSeconds: -5 })
    const answer = await world.node.post(
      await anExchange(world, { audience, subject_token: subject }),
    )

    expect(answer.body).toMatchObject({ vault_error: 'subject_token_invalid' })
  })

  test.each<[string, Record<string, string>, string]>([
    ['a scope beyond the policy', { scope: 'delete:me:connected_accounts' }, 'invalid_scope'],
    ['a provider`s scope', { scope: CALENDAR }, 'invalid_scope'],
    ['a client without such scopes', { client_id: 'unlisted' }, 'invalid_target'],
  ])('%s is refused', async (_, change, error) => {
    const answer = await world.node.post(await anExchange(world, { audience, ...change }))

    expect(answer.body).toMatchObject({ error, vault_error: 'policy_denied' })
    expectError(answer, 400)
  })

  test('is no subject for an exchange (R3)', async () => {
    const answer = await world.node.post(await anExchange(world, { audience }))
    const again = await world.node.post(
      await anExchange(world, { subject_token: String(answer.body['access_token']) }),
    )

    expect(again.body).toMatchObject({ vault_error: 'subject_token_invalid' })
  })

  async function readToken(answer: Answer) {
    return await world.accessTokens.verify(String(answer.body['access_token']), audience)
  }
})

describe('an answer with a token', () => {
  test('RV-31: has no expires_in where the provider gives none, and never another token', async () => {
    await world.connect({ user: 'lost', connection: 'github', scopes: ['repo'] })

    const answer = await world.node.post(await anExchange(world, { audience: 'github' }, 'lost'))

    expect(answer.status).toBe(200)
    expect(answer.body).not.toHaveProperty('expires_in')
    expect(answer.body).not.toHaveProperty('refresh_token')
    expect(answer.body).not.toHaveProperty('id_token')
    expectHeaders(answer)
  })

  test('says where a provider answers 200 for 401', async () => {
    await world.connect({ user: 'lost', connection: 'slack', scopes: [] })

    const answer = await world.node.post(await anExchange(world, { audience: 'slack' }, 'lost'))

    expect(answer.body).toMatchObject({ api_errors: 'slack_ok_false' })
  })

  test('is the same for both grants but for its type', async () => {
    const standard = await world.node.post(await anExchange(world))
    const auth0 = await world.node.post(await anAuth0Exchange(world))

    expect({ ...auth0.body, issued_token_type: '' }).toEqual({
      ...standard.body,
      // A second may begin between the two.
      expires_in: expect.toSatisfy((left: number) =>
        [0, 1].includes(Number(standard.body['expires_in']) - left),
      ),
      issued_token_type: '',
    })
    expect((await anAuth0Exchange(world))['grant_type']).toBe(AUTH0_EXCHANGE)
  })
})

/** The DOM's type of a request knows no `duplex`, which Node wants for a stream. */
function streamed(body: BodyInit, headers: Readonly<Record<string, string>> = {}): Request {
  const init: RequestInit & { readonly duplex: 'half' } = {
    method: 'POST',
    body,
    duplex: 'half',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  }
  return new Request(`${ISSUER}oauth/token`, init)
}

function expectError(answer: Answer, status: number): void {
  expect(answer.status).toBe(status)
  // RFC 6749 section 5.2.
  expect(answer.body['error_description']).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
  expect(answer.text).not.toContain(NO_ECHO)
  expectHeaders(answer)
}

function expectHeaders({ headers }: Answer): void {
  expect(headers.get('content-type')).toBe('application/json')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('pragma')).toBe('no-cache')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('access-control-allow-origin')).toBeNull()
}

let addresses = 0
/** Another address each time, so that tests do not slow each other down. */
function anAddress(): { remoteAddress: string } {
  addresses += 1
  return { remoteAddress: `198.51.100.${addresses}` }
}

function manyScopes(count: number): string {
  return Array.from({ length: count }, (_, i) => i.toString(36)).join(' ')
}
