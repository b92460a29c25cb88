import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBrowser } from './browser.ts'
import { APP, CALENDAR, type ConnectWorld, MAIL, startConnectWorld } from './connect-world.ts'
import { accountIds, agree, answerOf, aUser, begin, complete, connect } from './steps.ts'

let world: ConnectWorld
beforeAll(async () => {
  world = await startConnectWorld()
})
afterAll(async () => {
  await world.close()
})

/** PKCE pair of RFC 7636 appendix B. */
/** As Google answers `email`. */
const EMAIL = 'https://www.googleapis.com/auth/userinfo.email'
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

function lastEvent(type: string) {
  return world.events.findLast((event) => event.type === type)
}

describe('connecting', () => {
  test('goes from start over the consent page, the provider and the callback to a listed account', async () => {
    const identity = aUser('whole-flow')
    const token = await world.bearer(identity)
    const started = await world.call('POST', '/connect', {
      token,
      body: {
        connection: 'google-oauth2',
        redirect_uri: APP,
        state: 's &1',
        scopes: [CALENDAR],
        code_challenge: CHALLENGE,
        code_challenge_method: 'S256',
      },
    })

    expect(started.status).toBe(201)
    expect(started.headers.get('cache-control')).toBe('no-store')
    expect(started.body).toEqual({
      connect_uri: `${world.issuer}connect`,
      auth_session: expect.stringMatching(/^[0-9A-Za-z]{32}$/),
      connect_params: { ticket: expect.stringMatching(/^[0-9A-Za-z]{32}$/) },
      expires_in: 300,
    })

    const browser = createBrowser()
    const page = await browser.open(
      `${started.body.connect_uri}?ticket=${started.body.connect_params?.ticket}`,
    )
    expect(page.status).toBe(200)
    const toProvider = await browser.submit(page, 'approve')
    expect(toProvider.status).toBe(303)
    const asked = new URL(toProvider.location ?? '').searchParams
    expect(asked.get('redirect_uri')).toBe(`${world.issuer}callback/google-oauth2`)
    expect(asked.get('code_challenge_method')).toBe('S256')
    expect(asked.get('scope')?.split(' ')).toEqual(['openid', 'email', CALENDAR])

    const end = await browser.follow(toProvider)
    expect(end.status).toBe(303)
    const { connect_code, ...rest } = answerOf(end)
    expect(rest).toEqual({ state: 's &1' })
    expect(connect_code).toMatch(/^[0-9A-Za-z]{32}$/)
    expect(await accountIds(world, identity)).toEqual([])

    const completed = await world.call('POST', '/complete', {
      token,
      body: {
        auth_session: started.body.auth_session,
        connect_code,
        redirect_uri: APP,
        code_verifier: VERIFIER,
      },
    })
    expect(completed.status).toBe(201)
    expect(completed.headers.get('cache-control')).toBe('no-store')
    expect(completed.body).toEqual({
      id: expect.stringMatching(/^cac_[A-Za-z0-9]+$/),
      connection: 'google-oauth2',
      access_type: 'offline',
      scopes: ['openid', EMAIL, CALENDAR],
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
      provider_account_id: expect.stringMatching(/^\d+$/),
      label: 'demo@example.com',
      state: 'active',
    })
    const listed = await world.call('GET', '/accounts', { token })
    expect(listed.body).toEqual({ accounts: [completed.body] })
    expect(lastEvent('account.connected')).toMatchObject({
      outcome: 'success',
      clientId: 'calendar-agent',
      userId: 'usr_whole-flow',
      accountId: completed.body['id'],
      generation: 1,
    })
  })

  test.each([
    ['github', ['repo'], 'demo'],
    ['slack', ['chat:write'], expect.any(String)],
    ['notion', undefined, expect.any(String)],
  ])('works with %s, and stores who the account is there', async (connection, scopes, label) => {
    const identity = aUser(`provider-${connection}`)

    const account = await connect(world, identity, {
      connection,
      ...(scopes !== undefined && { scopes }),
    })

    expect(account).toMatchObject({ connection, label, scopes: scopes ?? [] })
    expect(account.provider_account_id).toMatch(/./)
    expect(await accountIds(world, identity)).toEqual([account.id])
  })

  test('asks for all that the policy holds when the app names no scopes', async () => {
    const account = await connect(world, aUser('no-scopes'), { connection: 'google-work' })

    expect(account.scopes).toEqual(['openid', EMAIL, CALENDAR])
  })

  test('RV-74: stores what was granted, not what was asked', async () => {
    world.emulator.decideConsent('google', {
      decision: 'allow',
      user: 'bob',
      scopes: ['openid', 'email'],
    })

    const account = await connect(world, aUser('unticked'))

    expect(account.scopes).toEqual(['openid', EMAIL])
    expect(lastEvent('connect.returned')).toMatchObject({ details: { missing_scopes: 1 } })
  })

  test('RV-64: takes a loopback redirect URI on any port, and nothing else that differs', async () => {
    const identity = aUser('loopback')
    const redirect_uri = 'http://127.0.0.1:45678/connected'

    const begun = await begin(world, identity, { redirect_uri })
    const page = await begun.browser.open(begun.pageUrl)

    expect(page.html).toContain('127.0.0.1:45678')
  })

  test('lets attempts side by side in one browser all come to their end', async () => {
    const identity = aUser('two-tabs')
    const first = await begin(world, identity)
    const second = {
      ...(await begin(world, identity, { connection: 'github', scopes: ['repo'] })),
      browser: first.browser,
    }
    const firstPage = await first.browser.open(first.pageUrl)
    const secondPage = await second.browser.open(second.pageUrl)
    const secondAtProvider = await second.browser.submit(secondPage, 'approve')
    const firstAtProvider = await first.browser.submit(firstPage, 'approve')

    const firstEnd = await first.browser.follow(firstAtProvider)
    const secondEnd = await second.browser.follow(secondAtProvider)

    expect((await complete(world, first, firstEnd)).status).toBe(201)
    expect((await complete(world, second, secondEnd)).status).toBe(201)
    expect([...first.browser.cookies.keys()].filter((key) => key.includes('connect-'))).toEqual([])
  })

  test('opening the page changes nothing: a link preview leaves the ticket good', async () => {
    const begun = await begin(world, aUser('preview'))

    for (let i = 0; i < 3; i++) await createBrowser().open(begun.pageUrl)

    expect((await complete(world, begun, await agree(begun))).status).toBe(201)
  })
})

describe('when it does not go through', () => {
  test('the person says no on the vault page: the app hears access_denied, and the ticket is gone', async () => {
    const begun = await begin(world, aUser('cancels'))
    const page = await begun.browser.open(begun.pageUrl)

    const end = await begun.browser.submit(page, 'deny')

    expect(end.status).toBe(303)
    expect(answerOf(end)).toEqual({
      error: 'access_denied',
      error_description: 'The user did not allow the connection.',
      state: 'app-state',
    })
    expect((await begun.browser.open(begun.pageUrl)).status).toBe(404)
    expect(lastEvent('connect.refused')).toMatchObject({ reason: 'user_denied' })
  })

  test('the person says no at the provider: the app hears access_denied', async () => {
    world.emulator.decideConsent('google', { decision: 'deny' })
    const begun = await begin(world, aUser('denies'))

    const end = await agree(begun)

    expect(answerOf(end)).toMatchObject({ error: 'access_denied', state: 'app-state' })
    expect(lastEvent('connect.refused')).toMatchObject({ reason: 'provider_access_denied' })
  })

  test.each([
    'server_error',
    'html',
    'not_an_object',
    'deep_json',
    'control_characters',
    'huge_token',
    'huge_body',
    'truncated_body',
    'reset',
    'odd_types',
  ] as const)(
    'the provider answers the code with %s: the app hears a code of ours, and nothing is stored',
    async (kind) => {
      const identity = aUser(`fault-${kind}`)
      world.emulator.faults.add('google', { at: 'token', fault: { kind } })
      const begun = await begin(world, identity)

      const answer = answerOf(await agree(begun))

      expect(['temporarily_unavailable', 'server_error']).toContain(answer['error'])
      expect(answer['error_description']).toMatch(/^The provider [A-Za-z .]+$/)
      expect(answer['state']).toBe('app-state')
      expect(await accountIds(world, identity)).toEqual([])
    },
  )

  test.each([
    ['invalid_grant', 'server_error'],
    ['invalid_client', 'server_error'],
    ['<script>alert(1)</script>', 'temporarily_unavailable'],
  ])(
    'the provider refuses the code with %s: the app hears %s, and nothing of its text',
    async (error, told) => {
      world.emulator.faults.add('google', { at: 'token', fault: { kind: 'error', error } })
      const begun = await begin(world, aUser('refused-code'))

      const end = await agree(begun)

      expect(answerOf(end)['error']).toBe(told)
      expect(`${end.location} ${end.html}`).not.toContain(error)
      expect(world.logged()).toContain('connecting failed at the provider')
      expect(world.logged()).not.toContain('<script>')
    },
  )

  test('RV-61, RV-67: a ticket is good for five minutes, an attempt for ten, a connect code for five', async () => {
    const late = await startConnectWorld()
    try {
      const unopened = await begin(late, aUser('a'))
      const atProvider = await begin(late, aUser('b'))
      const returned = await begin(late, aUser('c'))
      const page = await atProvider.browser.open(atProvider.pageUrl)
      const redirect = await atProvider.browser.submit(page, 'approve')

      // Five seconds are for the steps themselves, on a slow machine.
      late.advance(295)
      const end = await agree(returned)
      expect(answerOf(end)['connect_code']).toBeDefined()
      late.advance(5)
      expect((await unopened.browser.open(unopened.pageUrl)).status).toBe(404)

      late.advance(300)
      const tooLate = await atProvider.browser.follow(redirect)
      expect(tooLate.status).toBe(404)
      expect(tooLate.location).toBeUndefined()

      const token = await late.bearer(aUser('c'))
      const completed = await complete(late, { ...returned, token }, end)
      expect(completed).toMatchObject({ status: 404, body: { code: 'session_invalid' } })
    } finally {
      await late.close()
    }
  })

  test('R19: the audit log is down: nothing is started, redirected, returned or connected', async () => {
    const identity = aUser('no-audit')
    const begun = await begin(world, identity)
    const page = await begun.browser.open(begun.pageUrl)
    const other = await begin(world, identity)
    const otherEnd = await agree(other)

    world.setAudit('down')
    try {
      const started = await world.call('POST', '/connect', {
        token: begun.token,
        body: { connection: 'github', redirect_uri: APP },
      })
      const submitted = await begun.browser.submit(page, 'approve')
      const completed = await complete(world, other, otherEnd)

      expect(started).toMatchObject({ status: 503, body: { code: 'temporarily_unavailable' } })
      expect(started.headers.get('retry-after')).toBe('5')
      expect(submitted.status).toBe(503)
      expect(submitted.location).toBeUndefined()
      expect(completed).toMatchObject({ status: 503, body: { code: 'temporarily_unavailable' } })
    } finally {
      world.setAudit('up')
    }
  })

  test('too many unfinished attempts of one user wait; completing one makes room', async () => {
    const narrow = await startConnectWorld({ maxPendingConnects: 2 })
    try {
      const identity = aUser('eager')
      const first = await begin(narrow, identity)
      await begin(narrow, identity)
      const body = { connection: 'google-oauth2', redirect_uri: APP }

      const third = await narrow.call('POST', '/connect', { token: first.token, body })
      expect(third).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } })
      expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await begin(narrow, aUser('someone-else'))).ticket).toBeDefined()

      await complete(narrow, first, await agree(first))
      expect((await begin(narrow, identity)).ticket).toBeDefined()
    } finally {
      await narrow.close()
    }
  })
})

describe('connecting again', () => {
  test('keeps the account, moves its generation, and adds scopes to those it has', async () => {
    const identity = aUser('again')
    const first = await connect(world, identity)

    const second = await connect(world, identity, { scopes: [MAIL] })

    expect(second).toEqual({ ...first, scopes: expect.any(Array) })
    expect(new Set(second.scopes)).toEqual(new Set(['openid', EMAIL, CALENDAR, MAIL]))
    const stored = await world.store.accounts.find({ tenant: 'default', accountId: first.id })
    expect(stored).toMatchObject({ generation: 2, state: 'active', refresh: { failCount: 0 } })
    expect(await accountIds(world, identity)).toEqual([first.id])
  })

  test('asks only for what is named with scopes_mode replace', async () => {
    const identity = aUser('replace')
    await connect(world, identity, { connection: 'github', scopes: ['repo', 'read:user'] })

    const replaced = await connect(world, identity, {
      connection: 'github',
      scopes: ['read:user'],
      scopes_mode: 'replace',
    })

    expect(replaced.scopes).toEqual(['read:user'])
  })

  test('revives an account that had to be reconnected', async () => {
    const identity = aUser('revive')
    const { id } = await connect(world, identity)
    const key = { tenant: 'default', accountId: id }
    await world.store.accounts.changeState({
      key,
      generation: 1,
      state: 'reauth_required',
      reconnectReason: 'expired',
      now: world.now(),
    })

    const again = await connect(world, identity)

    expect(again).toMatchObject({ id, state: 'active' })
    expect(await world.store.accounts.find(key)).toMatchObject({
      generation: 2,
      reconnectReason: undefined,
    })
  })

  test('keeps the stored refresh token when the provider brings none', async () => {
    const identity = aUser('no-refresh-token')
    const { id } = await connect(world, identity)
    const key = { tenant: 'default', accountId: id }
    const before = await world.store.accounts.find(key)
    world.emulator.faults.add('google', {
      at: 'token',
      fault: { kind: 'missing_refresh_token' },
    })

    await connect(world, identity)

    const after = await world.store.accounts.find(key)
    expect(after?.refreshToken).toBeDefined()
    expect(after?.refreshToken).not.toEqual(before?.refreshToken)
    expect(after?.generation).toBe(2)
  })

  test('R10: ends the replaced token where that leaves the new one alone, and only there', async () => {
    const github = aUser('superseded-github')
    await connect(world, github, { connection: 'github', scopes: ['repo'] })
    const old = world.emulator.log.tokenRequests('github').at(-1)?.issued.accessToken ?? ''
    await connect(world, github, { connection: 'github', scopes: ['repo'] })
    const google = aUser('superseded-google')
    await connect(world, google)
    await connect(world, google)
    while ((await world.deliver()).settled > 0) continue
    const tick = world.emulator.log.tick()

    await connect(world, google)
    await world.deliver()

    expect(
      world.emulator.log.entries({ provider: 'github', route: 'revoke', token: old }),
    ).toHaveLength(1)
    expect(world.emulator.log.entries({ route: 'revoke', after: tick })).toEqual([])
  })

  test('keeps a name that the user gave', async () => {
    const identity = aUser('renamed')
    const { id } = await connect(world, identity)
    const token = await world.bearer(identity)
    await world.call('PATCH', `/accounts/${id}`, { token, body: { label: 'Work' } })

    expect((await connect(world, identity)).label).toBe('Work')
  })

  test('RV-69, R7: makes a second account of another person at the provider', async () => {
    const identity = aUser('two-accounts')
    const first = await connect(world, identity)
    world.emulator.decideConsent('google', { decision: 'allow', user: 'alice' })

    const second = await connect(world, identity)

    expect(second.id).not.toBe(first.id)
    expect(second.label).toBe('alice@example.com')
    expect(new Set(await accountIds(world, identity))).toEqual(new Set([first.id, second.id]))
  })

  test('RV-69: refuses another account than the one that was asked for, and ends its tokens', async () => {
    const identity = aUser('asked-for-one')
    const { id } = await connect(world, identity)
    world.emulator.decideConsent('google', { decision: 'allow', user: 'bobby' })
    const begun = await begin(world, identity, { authorization_params: { login_hint: id } })
    const page = await begun.browser.open(begun.pageUrl)
    const redirect = await begun.browser.submit(page, 'approve')
    expect(new URL(redirect.location ?? '').searchParams.get('login_hint')).toBe('demo@example.com')

    const completed = await complete(world, begun, await begun.browser.follow(redirect))

    expect(completed).toMatchObject({ status: 409, body: { code: 'account_changed' } })
    expect(await accountIds(world, identity)).toEqual([id])
    expect(lastEvent('connect.refused')).toMatchObject({ reason: 'account_changed' })
    const tick = world.emulator.log.tick()
    await world.deliver()
    const issued = world.emulator.log.tokenRequests('google').at(-1)?.issued.refreshToken ?? ''
    const revoked = world.emulator.log.entries({ route: 'revoke', token: issued, after: tick })
    expect(revoked).toHaveLength(1)
  })
})

describe('expired attempts', () => {
  test('are swept, and the tokens they held end at the provider', async () => {
    const own = await startConnectWorld()
    try {
      const begun = await begin(own, aUser('never-completes'), {
        connection: 'github',
        scopes: ['repo'],
      })
      await agree(begun)
      own.advance(299)
      await own.sweep()
      expect(await own.deliver()).toEqual({ claimed: 0, settled: 0, postponed: 0 })

      own.advance(2)
      await own.sweep()
      expect(await own.deliver()).toEqual({ claimed: 1, settled: 1, postponed: 0 })

      const issued = own.emulator.log.tokenRequests('github')[0]?.issued.accessToken
      const [revoked] = own.emulator.log.entries({ provider: 'github', route: 'revoke' })
      expect(revoked?.presented.token ?? revoked?.presented.accessToken).toBe(issued)
      expect(own.events.at(-1)).toMatchObject({ type: 'provider.revoked', outcome: 'success' })
    } finally {
      await own.close()
    }
  })
})
