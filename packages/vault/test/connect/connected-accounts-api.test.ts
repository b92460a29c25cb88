import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { ALICE, aClient, APP, type ConnectWorld, startConnectWorld } from './connect-world.ts'
import { accountIds, agree, aUser, begin, complete, connect } from './steps.ts'

let world: ConnectWorld
beforeAll(async () => {
  world = await startConnectWorld()
})
afterAll(async () => {
  await world.close()
})

const ROUTES = [
  ['POST', '/connect', 'create:me:connected_accounts'],
  ['POST', '/complete', 'create:me:connected_accounts'],
  ['GET', '/accounts', 'read:me:connected_accounts'],
  ['GET', '/connections', 'read:me:connected_accounts'],
  ['GET', '/accounts/cac_x/activity', 'read:me:connected_accounts'],
  ['PATCH', '/accounts/cac_x', 'update:me:connected_accounts'],
  ['DELETE', '/accounts/cac_x', 'delete:me:connected_accounts'],
] as const

describe('the bearer token', () => {
  test.each(ROUTES)('%s %s without one: 401 without an error code', async (method, path) => {
    const answer = await world.call(method, path, {})

    expect(answer).toMatchObject({
      status: 401,
      body: {
        type: `${world.issuer}errors/missing_token`,
        title: 'Unauthorized',
        status: 401,
        detail: expect.any(String),
      },
    })
    const challenge = answer.headers.get('www-authenticate')
    expect(challenge).toMatch(/^Bearer realm="connected accounts", .*, DPoP algs="ES256 /)
    expect(challenge).not.toContain('error=')
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test.each(ROUTES)(
    '%s %s without its scope: 403 that names the scope',
    async (method, path, scope) => {
      const others = [...new Set(ROUTES.map(([, , other]) => other))].filter((one) => one !== scope)
      const token = await world.bearer(ALICE, { scopes: others })

      const answer = await world.call(method, path, { token })

      expect(answer).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } })
      expect(answer.headers.get('www-authenticate')).toContain(
        `error="insufficient_scope", scope="${scope}"`,
      )
    },
  )

  test("a scope that the client's policy took away since does not count", async () => {
    world.clients.set(
      'reader',
      aClient({ id: 'reader', myAccountScopes: ['read:me:connected_accounts'] }),
    )
    const token = await world.bearer(ALICE, { clientId: 'reader' })

    const answer = await world.call('POST', '/connect', {
      token,
      body: { connection: 'github', redirect_uri: APP },
    })

    expect(answer.status).toBe(403)
  })

  test.each([
    ['garbage', async () => 'garbage'],
    ['one with a broken signature', async () => `${await world.bearer(ALICE)}x`],
    [
      'one of another audience',
      () => world.bearer(ALICE, { audience: 'https://orders.example.com' }),
    ],
    ['one of the vault itself as audience', () => world.bearer(ALICE, { audience: world.issuer })],
    ['one of a client that is gone', () => world.bearer(ALICE, { clientId: 'gone' })],
    ['a token of the login system', () => world.emulator.issueLoginToken('alice')],
    ['one that is very long', async () => 'a'.repeat(9_000)],
    ['one with characters no token has', async () => 'a"b'],
  ])('%s is refused with 401 invalid_token', async (_name, make) => {
    const token = await make()

    const answer = await world.call('GET', '/accounts', { token })

    expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_token' } })
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"')
  })

  test('RV-34: one of a login that has ended is refused, at once', async () => {
    const token = await world.bearer(ALICE, { grantId: 'login-1' })
    const other = await world.bearer(ALICE, { grantId: 'login-2' })
    expect((await world.call('GET', '/accounts', { token })).status).toBe(200)

    world.endGrant('login-1')

    expect(await world.call('GET', '/accounts', { token })).toMatchObject({
      status: 401,
      body: { code: 'invalid_token' },
    })
    expect((await world.call('GET', '/accounts', { token: other })).status).toBe(200)
  })

  test('R1: one of a user of the vault itself lists the accounts of that user', async () => {
    const identity = aUser('own-user')
    const id = (await connect(world, identity)).id
    const own = { issuer: world.issuer, subject: `usr_${identity.subject}` }

    expect(await accountIds(world, own)).toEqual([id])
  })

  test('R1: one of a user of the vault itself who has ended is refused, and makes nobody', async () => {
    const token = await world.bearer(
      { issuer: world.issuer, subject: 'usr_ended' },
      { userId: 'usr_ended' },
    )

    for (const [method, path, body] of [
      ['GET', '/accounts', undefined],
      ['POST', '/connect', { connection: 'github', redirect_uri: APP }],
    ] as const) {
      expect(await world.call(method, path, { token, body })).toMatchObject({
        status: 401,
        body: { code: 'invalid_token' },
      })
    }
  })

  test('an expired one is refused', async () => {
    const own = await startConnectWorld()
    try {
      const token = await own.bearer(ALICE)
      own.advance(700)

      expect((await own.call('GET', '/accounts', { token })).status).toBe(401)
    } finally {
      await own.close()
    }
  })

  test.each(['Basic YTpi', 'Bearertoken', 'abc', ''])(
    'another scheme is no bearer token: %s',
    async (authorization) => {
      const answer = await world.call('GET', '/accounts', { headers: { authorization } })

      expect(answer).toMatchObject({ status: 401, body: { code: 'missing_token' } })
    },
  )

  test('is not looked for in the query', async () => {
    const token = await world.bearer(ALICE)

    expect((await world.call('GET', `/accounts?access_token=${token}`, {})).status).toBe(401)
  })
})

describe('POST connect', () => {
  const good = { connection: 'google-oauth2', redirect_uri: APP }
  const challenge = 'x'.repeat(43)

  test.each([
    ['connection', { ...good, connection: undefined }],
    ['connection', { ...good, connection: 'x'.repeat(129) }],
    ['connection', { ...good, connection: '' }],
    ['redirect_uri', { ...good, redirect_uri: undefined }],
    ['redirect_uri', { ...good, redirect_uri: `${APP}?${'x'.repeat(2048)}` }],
    ['state', { ...good, state: '' }],
    ['state', { ...good, state: 'x'.repeat(4097) }],
    ['state', { ...good, state: 'a\u0000b' }],
    ['state', { ...good, state: 7 }],
    ['code_challenge', { ...good, code_challenge: 'short', code_challenge_method: 'S256' }],
    ['code_challenge', { ...good, code_challenge: 'x'.repeat(129), code_challenge_method: 'S256' }],
    ['code_challenge_method', { ...good, code_challenge: challenge }],
    [
      'code_challenge_method',
      { ...good, code_challenge: challenge, code_challenge_method: 'plain' },
    ],
    ['code_challenge_method', { ...good, code_challenge_method: 'S256' }],
    ['scopes', { ...good, scopes: [] }],
    ['scopes', { ...good, scopes: 'repo' }],
    ['scopes', { ...good, scopes: Array.from({ length: 101 }, (_, i) => `s${i}`) }],
    ['scopes', { ...good, scopes: ['a', 'a'] }],
    ['scopes.0', { ...good, scopes: ['two words'] }],
    ['scopes.0', { ...good, scopes: ['x'.repeat(256)] }],
    ['scopes.0', { ...good, scopes: ['"'] }],
    ['scopes_mode', { ...good, scopes_mode: 'append' }],
    ['authorization_params', { ...good, authorization_params: { client_id: 'x' } }],
    ['authorization_params', { ...good, authorization_params: 'prompt=none' }],
    ['authorization_params.prompt', { ...good, authorization_params: { prompt: 1 } }],
    ['authorization_params.max_age', { ...good, authorization_params: { max_age: -1 } }],
    [undefined, { ...good, scope: 'repo' }],
    [undefined, []],
    [undefined, 'text'],
    [undefined, null],
  ])('R28: names the member that does not fit, or is not known: %s', async (field, body) => {
    const token = await world.bearer(ALICE)

    const answer = await world.call('POST', '/connect', { token, body: JSON.stringify(body) })

    expect(answer).toMatchObject({
      status: 400,
      body: { type: `${world.issuer}errors/invalid_request`, code: 'invalid_request' },
    })
    expect(answer.body.validation_errors?.map((error) => error.field)).toEqual([field])
  })

  test.each([
    ['text/plain', '{}', 415],
    ['application/x-www-form-urlencoded', 'connection=x', 415],
    ['application/json', '{', 400],
    ['application/json', '', 400],
    ['application/json', '{"connection":"a","connection":"b"}', 400],
    ['application/json', '{"__proto__":{"x":1},"connection":"github","redirect_uri":"x"}', 400],
    ['application/json', JSON.stringify({ state: 'x'.repeat(57 * 1024) }), 413],
    ['application/json', '['.repeat(20_000), 400],
  ])('a body of type %s with %.40s is answered with its status', async (type, body, status) => {
    const token = await world.bearer(ALICE)

    const answer = await world.call('POST', '/connect', {
      token,
      body,
      headers: { 'content-type': type },
    })

    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
  })

  test('takes a media type with parameters and in any case', async () => {
    const token = await world.bearer(ALICE)

    const answer = await world.call('POST', '/connect', {
      token,
      body: good,
      headers: { 'content-type': 'Application/JSON; charset=utf-8' },
    })

    expect(answer.status).toBe(201)
  })

  test.each(['nowhere', 'toString', '__proto__', 'google-oauth2 '])(
    'a connection that is not in the policy and one that does not exist look the same: %s',
    async (connection) => {
      world.clients.set('narrow', aClient({ id: 'narrow', connections: {} }))
      const token = await world.bearer(ALICE)
      const narrow = await world.bearer(ALICE, { clientId: 'narrow' })

      const unknown = await world.call('POST', '/connect', { token, body: { ...good, connection } })
      const refused = await world.call('POST', '/connect', { token: narrow, body: good })

      expect(unknown).toMatchObject({ status: 403, body: { code: 'connection_not_allowed' } })
      expect(refused.body).toEqual(unknown.body)
    },
  )

  test('refuses scopes beyond the policy of the client', async () => {
    const token = await world.bearer(ALICE)

    const answer = await world.call('POST', '/connect', {
      token,
      body: { ...good, scopes: ['https://www.googleapis.com/auth/drive'] },
    })

    expect(answer).toMatchObject({ status: 403, body: { code: 'scopes_not_allowed' } })
    expect(world.events.at(-1)).toMatchObject({
      type: 'connect.refused',
      reason: 'scopes_not_allowed',
    })
  })

  test('refuses a hint at an account that the user does not have', async () => {
    const other = await connect(world, aUser('owner-of-hint'))
    const token = await world.bearer(aUser('hinter'))

    const answer = await world.call('POST', '/connect', {
      token,
      body: { ...good, authorization_params: { login_hint: other.id } },
    })

    expect(answer.status).toBe(400)
    expect(answer.body.validation_errors?.[0]?.field).toBe('authorization_params.login_hint')
  })

  test('makes the user once, whatever name the token proposes', async () => {
    const identity = aUser('made-once')
    const first = await world.bearer(identity, { userId: 'usr_first' })
    const second = await world.bearer(identity, { userId: 'usr_second' })

    await begin(world, identity, {}, first)
    const begun = await begin(world, identity, {}, second)
    await complete(world, begun, await agree(begun))

    expect(world.events.at(-1)).toMatchObject({ type: 'account.connected', userId: 'usr_first' })
  })
})

describe('GET accounts', () => {
  test('pages by from and by next, and never repeats a cursor', async () => {
    const identity = aUser('pages')
    const made = [
      await connect(world, identity),
      await connect(world, identity, { connection: 'github', scopes: ['repo'] }),
      await connect(world, identity, { connection: 'slack', scopes: ['chat:write'] }),
    ]
    const token = await world.bearer(identity)

    for (const parameter of ['from', 'next']) {
      const seen: string[] = []
      const cursors = new Set<string | undefined>()
      let query = '?take=1'
      for (let i = 0; i < made.length; i++) {
        const page = await world.call('GET', `/accounts${query}`, { token })
        expect(page.status).toBe(200)
        seen.push(...(page.body.accounts ?? []).map(({ id }) => id))
        cursors.add(page.body.next)
        query = `?take=1&${parameter}=${page.body.next}`
      }
      expect(seen).toEqual(made.map(({ id }) => id).toSorted())
      expect(cursors.size).toBe(made.length)
      expect(cursors.has(undefined)).toBe(true)
    }
  })

  test('can be narrowed to one connection', async () => {
    const identity = aUser('one-connection')
    await connect(world, identity)
    const github = await connect(world, identity, { connection: 'github', scopes: ['repo'] })
    const token = await world.bearer(identity)

    const answer = await world.call('GET', '/accounts?connection=github', { token })

    expect(answer.body).toEqual({ accounts: [github] })
    const none = await world.call('GET', '/accounts?connection=nowhere', { token })
    expect(none.body).toEqual({ accounts: [] })
  })

  test('shows a client only what is on its own connections, and lets it touch nothing else', async () => {
    const identity = aUser('narrow-client')
    const google = await connect(world, identity)
    const github = await connect(world, identity, { connection: 'github', scopes: ['repo'] })
    const policy = { scopes: ['repo'], overScope: 'allow', forcedRefresh: 'refuse' } as const
    world.clients.set(
      'only-github',
      aClient({ id: 'only-github', connections: { github: policy } }),
    )
    const token = await world.bearer(identity, { clientId: 'only-github' })

    const listed = await world.call('GET', '/accounts?take=1', { token })
    const removed = await world.call('DELETE', `/accounts/${google.id}`, { token })

    expect(listed.body).toEqual({ accounts: [github] })
    expect(removed.status).toBe(404)
    expect(await accountIds(world, identity)).toContain(google.id)
  })

  test('is empty for a user who never connected anything', async () => {
    const token = await world.bearer(aUser('nobody-yet'))

    expect((await world.call('GET', '/accounts', { token })).body).toEqual({ accounts: [] })
  })

  test.each([
    ['take=0', 'take'],
    ['take=21', 'take'],
    ['take=1.5', 'take'],
    ['take=-1', 'take'],
    ['take=', 'take'],
    ['take=1&take=2', 'take'],
    ['from=', 'from'],
    [`from=${'x'.repeat(513)}`, 'from'],
    ['from=%00', 'from'],
    ['from=a&next=b', 'next'],
    ['connection=', 'connection'],
    ['user=bob', undefined],
    ['__proto__=x', undefined],
  ])('refuses the query %s', async (query, field) => {
    const token = await world.bearer(ALICE)

    const answer = await world.call('GET', `/accounts?${query}`, { token })

    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(answer.body.validation_errors?.map((error) => error.field)).toEqual([field])
  })

  test('R28: only a cursor that the vault gave to this user for this list is taken', async () => {
    const owner = aUser('owner-of-cursors')
    await connect(world, owner)
    await connect(world, owner, { connection: 'github', scopes: ['repo'] })
    const token = await world.bearer(owner)
    const { next: own = '' } = (await world.call('GET', '/accounts?take=1', { token })).body
    const stranger = await world.bearer(aUser('cursor-abuser'))
    const sameUserOtherClient = await world.bearer(owner, { clientId: 'other-agent' })
    expect((await world.call('GET', `/accounts?from=${own}`, { token })).status).toBe(200)

    const answers = await Promise.all([
      ...['cac_', "' OR 1=1 --", '%', 'cac_0000', '../..', '\u{10ffff}', 'a', `${own}A`].map(
        (cursor) => world.call('GET', `/accounts?from=${encodeURIComponent(cursor)}`, { token }),
      ),
      world.call('GET', `/accounts?next=${altered(own)}`, { token }),
      world.call('GET', `/accounts?from=${own}`, { token: stranger }),
      world.call('GET', `/accounts?from=${own}`, { token: sameUserOtherClient }),
      world.call('GET', `/connections?from=${own}`, { token }),
    ])

    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', validation_errors: [{ field: 'from', source: 'query' }] },
      })
    }
  })

  test('a cursor tells nothing of what is in the list', async () => {
    const identity = aUser('opaque')
    const account = await connect(world, identity)
    await connect(world, identity, { connection: 'github', scopes: ['repo'] })
    const token = await world.bearer(identity)

    const { next = '' } = (await world.call('GET', '/accounts?take=1', { token })).body

    const read = Buffer.from(next, 'base64url').toString('latin1')
    expect(read).not.toContain('cac_')
    expect(next).not.toContain(account.id)
  })
})

/** The same text with another character in the middle. */
function altered(text: string): string {
  const at = text.length >> 1
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
}

describe('GET connections', () => {
  test("gives the connections of the client's policy, by name, page by page", async () => {
    const token = await world.bearer(ALICE)

    const first = await world.call('GET', '/connections?take=2', { token })
    const second = await world.call('GET', `/connections?take=20&next=${first.body.next}`, {
      token,
    })

    expect(first.body.connections?.map(({ name }) => name)).toEqual(['github', 'google-oauth2'])
    expect(second.body.connections?.map(({ name }) => name)).toEqual([
      'google-work',
      'notion',
      'slack',
    ])
    expect(second.body.next).toBeUndefined()
    expect(first.body.connections?.[0]).toEqual({
      name: 'github',
      strategy: 'github',
      scopes: ['repo', 'read:user'],
    })
    const narrow = await world.bearer(ALICE, { clientId: 'other-agent' })
    expect((await world.call('GET', '/connections', { token: narrow })).body).toEqual({
      connections: [],
    })
  })
})

describe('PATCH accounts/{id}', () => {
  test('names an account', async () => {
    const identity = aUser('namer')
    const account = await connect(world, identity)
    const token = await world.bearer(identity)

    const answer = await world.call('PATCH', `/accounts/${account.id}`, {
      token,
      body: { label: 'Work 🗝' },
    })

    expect(answer).toMatchObject({ status: 200, body: { ...account, label: 'Work 🗝' } })
    expect(world.events.at(-1)).toMatchObject({
      type: 'account.relabelled',
      accountId: account.id,
    })
  })

  test.each(['', 'a\u202eb', 'two\nlines', 'x'.repeat(201), ' padded ', 7, undefined])(
    'refuses a label that could mislead: %j',
    async (label) => {
      const token = await world.bearer(ALICE)

      const answer = await world.call('PATCH', '/accounts/cac_x', { token, body: { label } })

      expect(answer.status).toBe(400)
    },
  )
})

describe("other people's accounts", () => {
  test.each([
    ['DELETE', undefined],
    ['PATCH', { label: 'mine now' }],
  ] as const)('%s answers as for an id that does not exist', async (method, body) => {
    const owner = aUser(`owner-${method}`)
    const account = await connect(world, owner)
    const stranger = aUser(`stranger-${method}`)
    await connect(world, stranger)
    const token = await world.bearer(stranger)
    const nobody = await world.bearer(aUser('never-connected'))

    const foreign = await world.call(method, `/accounts/${account.id}`, { token, body })
    const answers = await Promise.all([
      world.call(method, '/accounts/cac_doesNotExist', { token, body }),
      world.call(method, '/accounts/no-id-at-all', { token, body }),
      world.call(method, `/accounts/${encodeURIComponent("cac_'--")}`, { token, body }),
      world.call(method, `/accounts/${account.id}`, { token: nobody, body }),
    ])

    expect(foreign).toMatchObject({ status: 404, body: { code: 'account_not_found' } })
    for (const answer of answers) {
      expect(answer.status).toBe(404)
      expect(answer.body).toEqual(foreign.body)
    }
    const listed = await world.call('GET', '/accounts', { token: await world.bearer(owner) })
    expect(listed.body.accounts).toEqual([account])
  })
})
