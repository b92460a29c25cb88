import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBrowser } from './browser.ts'
import { aClient, APP, CALENDAR, type ConnectWorld, startConnectWorld } from './connect-world.ts'
import { accountIds, agree, answerOf, aUser, begin, complete, connect } from './steps.ts'

let world: ConnectWorld
beforeAll(async () => {
  world = await startConnectWorld()
})
afterAll(async () => {
  await world.close()
})

/** PKCE pair of RFC 7636 appendix B. */
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

function refusals(reason: string) {
  return world.events.filter((event) => event.type === 'connect.refused' && event.reason === reason)
}

/** An attempt whose browser stands before the provider's answer; `callback` is that answer, not yet opened. */
async function untilCallback(name: string, body: Record<string, unknown> = {}) {
  const begun = await begin(world, aUser(name), body)
  const { browser } = begun
  let visit = await browser.submit(await browser.open(begun.pageUrl), 'approve')
  while (!(visit.location ?? '').startsWith(`${world.issuer}callback/`)) {
    visit = await browser.open(visit.location ?? '')
  }
  return { ...begun, callback: new URL(visit.location ?? '') }
}

describe('T16, RV-66, RV-67: the victim finishes the link of an attacker', () => {
  test("what the victim connected is attached to nobody when it is finished with the victim's bearer", async () => {
    const alice = aUser('t16-alice')
    const bob = aUser('t16-bob')
    const begun = await begin(world, alice)
    // Bob opens Alice's link in his own browser, and the app that Bob is logged in to completes.
    const end = await agree({ ...begun, browser: createBrowser() })
    const before = refusals('user_mismatch').length

    const completed = await complete(world, { ...begun, token: await world.bearer(bob) }, end)

    expect(completed).toMatchObject({ status: 404, body: { code: 'session_invalid' } })
    expect(await accountIds(world, alice)).toEqual([])
    expect(await accountIds(world, bob)).toEqual([])
    expect(refusals('user_mismatch')).toHaveLength(before + 1)
  })

  test("nor can the attacker take it then: the attempt is over, and the victim's tokens end at the provider", async () => {
    world.emulator.decideConsent('google', { decision: 'allow', user: 'bobby' })
    const alice = aUser('t16-greedy')
    const begun = await begin(world, alice)
    const end = await agree({ ...begun, browser: createBrowser() })
    const bearer = await world.bearer(aUser('t16-victim'))
    const issued = world.emulator.log.tokenRequests('google').at(-1)?.issued.refreshToken ?? ''
    await complete(world, { ...begun, token: bearer }, end)

    const again = await complete(world, begun, end)

    expect(again.status).toBe(404)
    expect(await accountIds(world, alice)).toEqual([])
    await world.deliver()
    expect(world.emulator.log.entries({ route: 'revoke', token: issued })).toHaveLength(1)
  })

  test('the attacker, who has the session but not the code, gets nothing', async () => {
    const begun = await begin(world, aUser('t16-guesser'))
    await agree({ ...begun, browser: createBrowser() })

    const guessed = await world.call('POST', '/complete', {
      token: begun.token,
      body: { auth_session: begun.authSession, connect_code: 'x'.repeat(32), redirect_uri: APP },
    })

    expect(guessed).toMatchObject({ status: 404, body: { code: 'session_invalid' } })
  })

  test('another client of the same user cannot finish it', async () => {
    world.clients.set('second-agent', aClient({ id: 'second-agent' }))
    const identity = aUser('t16-clients')
    const begun = await begin(world, identity)
    const end = await agree(begun)
    const token = await world.bearer(identity, { clientId: 'second-agent' })

    expect((await complete(world, { ...begun, token }, end)).status).toBe(404)
    expect(await accountIds(world, identity)).toEqual([])
  })
})

describe('T17, RV-61: the account of an attacker is put into the session of a victim', () => {
  test("a callback with the attacker's code and no cookie of this attempt stores nothing", async () => {
    const attacker = await untilCallback('t17-attacker')
    const victim = createBrowser()

    const page = await victim.open(attacker.callback.href)

    expect(page.status).toBe(404)
    expect(page.location).toBeUndefined()
    expect(refusals('browser_mismatch').length).toBeGreaterThan(0)
    // The one whose browser it is goes on undisturbed.
    const end = await attacker.browser.open(attacker.callback.href)
    expect(answerOf(end)['connect_code']).toBeDefined()
  })

  test("the attacker's code in the victim's own attempt fails on PKCE at the provider", async () => {
    const attacker = await untilCallback('t17-code')
    const victim = await untilCallback('t17-victim')
    const forged = new URL(victim.callback)
    forged.searchParams.set('code', attacker.callback.searchParams.get('code') ?? '')

    const end = await victim.browser.open(forged.href)

    expect(answerOf(end)['error']).toBe('server_error')
    expect(await accountIds(world, aUser('t17-victim'))).toEqual([])
  })

  test('the cookie of one attempt is no good for another', async () => {
    const first = await untilCallback('t17-first')
    const second = await untilCallback('t17-second')
    const { host } = new URL(world.issuer)
    const [[firstName] = ['']] = [...first.browser.cookies].filter(([key]) =>
      key.includes('connect-'),
    )
    const [[, secondValue] = ['', '']] = [...second.browser.cookies].filter(([key]) =>
      key.includes('connect-'),
    )
    const mixed = createBrowser()
    mixed.cookies.set(firstName, secondValue)

    expect(firstName).toMatch(new RegExp(`^${host} valetkey-connect-att_`))
    expect((await mixed.open(first.callback.href)).status).toBe(404)
  })
})

describe('T18, RV-63: mix-up of providers', () => {
  test('an answer at the redirect URI of another connection is refused', async () => {
    const { browser, callback } = await untilCallback('t18')
    const elsewhere = callback.href.replace('/callback/google-oauth2', '/callback/github')

    const page = await browser.open(elsewhere)

    expect(page.status).toBe(404)
    expect(page.location).toBeUndefined()
    expect(refusals('connection_mismatch').length).toBeGreaterThan(0)
  })

  test('an answer that names another issuer is refused, and its text is not shown', async () => {
    const { browser, callback } = await untilCallback('t18-issuer')
    callback.searchParams.set('iss', 'https://evil.example')

    const end = await browser.open(callback.href)

    expect(answerOf(end)['error']).toBe('server_error')
    expect(end.location).not.toContain('evil')
  })
})

test('RV-63: an error that names another issuer is not believed', async () => {
  const { browser, callback } = await untilCallback('t18-error')
  callback.searchParams.delete('code')
  callback.searchParams.set('error', 'access_denied')
  callback.searchParams.set('iss', 'https://evil.example')

  const end = await browser.open(callback.href)

  expect(answerOf(end)['error']).toBe('server_error')
  expect(refusals('provider_issuer_mismatch').length).toBeGreaterThan(0)
})

describe('T19: code injection and PKCE', () => {
  const challenged = { code_challenge: CHALLENGE, code_challenge_method: 'S256' }

  test.each([
    ['no verifier', challenged, {}],
    ['a wrong verifier', challenged, { code_verifier: `${VERIFIER}x` }],
    ['the challenge as verifier', challenged, { code_verifier: CHALLENGE }],
    ['a verifier where no challenge was', {}, { code_verifier: VERIFIER }],
    ['another redirect URI', {}, { redirect_uri: 'http://127.0.0.1/connected' }],
    ['another session', {}, { auth_session: 'x'.repeat(32) }],
    ['another code', {}, { connect_code: 'x'.repeat(32) }],
  ])('RV-67: %s: the same 404 as for an unknown session', async (name, start, change) => {
    const identity = aUser(`t19-${name}`)
    const begun = await begin(world, identity, start)
    const end = await agree(begun)
    const unknown = await world.call('POST', '/complete', {
      token: begun.token,
      body: { auth_session: 'nothing', connect_code: 'nothing', redirect_uri: APP },
    })

    const completed = await complete(world, begun, end, change)

    expect(completed.status).toBe(404)
    expect(completed.body).toEqual(unknown.body)
    expect(await accountIds(world, identity)).toEqual([])
  })

  test('RV-67: the connect code of one attempt does not fit the session of another', async () => {
    const identity = aUser('t19-swap')
    const first = await begin(world, identity)
    const second = await begin(world, identity)
    const firstEnd = await agree(first)
    await agree(second)

    const swapped = await complete(world, second, firstEnd)

    expect(swapped.status).toBe(404)
    expect(await accountIds(world, identity)).toEqual([])
  })
})

describe('replay', () => {
  test('RV-67: a ticket is redeemed once, also by many at the same time', async () => {
    const begun = await begin(world, aUser('replay-ticket'))
    const page = await begun.browser.open(begun.pageUrl)

    const submitted = await Promise.all(
      Array.from({ length: 10 }, () => begun.browser.submit(page, 'approve')),
    )

    expect(submitted.filter(({ status }) => status === 303)).toHaveLength(1)
    expect(submitted.filter(({ status }) => status === 404)).toHaveLength(9)
    expect((await begun.browser.open(begun.pageUrl)).status).toBe(404)
  })

  test('RV-61, RV-73: a state serves once, also for many at the same time: the code is redeemed once', async () => {
    const { browser, callback } = await untilCallback('replay-state')
    const code = callback.searchParams.get('code') ?? ''

    const opened = await Promise.all(
      Array.from({ length: 10 }, () => createCopy(browser).open(callback.href)),
    )

    expect(opened.filter(({ status }) => status === 303)).toHaveLength(1)
    expect(opened.filter(({ status }) => status === 404)).toHaveLength(9)
    const redeemed = world.emulator.log.tokenRequests('google')
    expect(redeemed.filter(({ presented }) => presented.code === code)).toHaveLength(1)
  })

  test('RV-67: a connect code completes once: of 20 at the same time exactly one', async () => {
    const identity = aUser('replay-code')
    const begun = await begin(world, identity)
    const end = await agree(begun)

    const completed = await Promise.all(
      Array.from({ length: 20 }, () => complete(world, begun, end)),
    )

    expect(completed.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(completed.filter(({ status }) => status === 404)).toHaveLength(19)
    expect(await accountIds(world, identity)).toHaveLength(1)
  })

  test('RV-69, R7: two attempts for one provider account at the same time make one account', async () => {
    const identity = aUser('same-account')
    const attempts = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const begun = await begin(world, identity)
        return { begun, end: await agree(begun) }
      }),
    )

    const completed = await Promise.all(
      attempts.map(({ begun, end }) => complete(world, begun, end)),
    )

    expect(completed.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201])
    expect(new Set(completed.map(({ body }) => body['id'])).size).toBe(1)
    expect(await accountIds(world, identity)).toHaveLength(1)
  })

  test('a ticket, a session and a code cannot stand in for each other', async () => {
    const begun = await begin(world, aUser('confusion'))
    const sessionAsTicket = await begun.browser.open(
      `${world.issuer}connect?ticket=${begun.authSession}`,
    )
    const end = await agree(begun)

    const ticketAsSession = await complete(world, begun, end, { auth_session: begun.ticket })

    expect(sessionAsTicket.status).toBe(404)
    expect(ticketAsSession.status).toBe(404)
  })
})

function createCopy(browser: ReturnType<typeof createBrowser>) {
  const copy = createBrowser()
  for (const [key, value] of browser.cookies) copy.cookies.set(key, value)
  return copy
}

describe('forged answers of a provider', () => {
  test.each([
    ['no state', (url: URL) => url.searchParams.delete('state')],
    ['an empty state', (url: URL) => url.searchParams.set('state', '')],
    ['a made-up state', (url: URL) => url.searchParams.set('state', 'x'.repeat(32))],
    ['two states', (url: URL) => url.searchParams.append('state', 'x')],
    [
      'a query without end',
      (url: URL) => url.searchParams.set('x', 'y'.repeat(14_000) + '\u{1f511}'.repeat(800)),
    ],
  ])('%s: a page, no redirect, and the attempt lives on', async (name, forge) => {
    const { browser, callback } = await untilCallback(`forged-${name}`)
    const forged = new URL(callback)
    forge(forged)

    const page = await browser.open(forged.href)

    expect([404, 431]).toContain(page.status)
    expect(page.location).toBeUndefined()
    expect((await browser.open(callback.href)).status).toBe(303)
  })

  test.each([
    ['two codes', (url: URL) => url.searchParams.append('code', 'x')],
    ['no code', (url: URL) => url.searchParams.delete('code')],
    ['an empty code', (url: URL) => url.searchParams.set('code', '')],
  ])('%s: the app hears that it failed', async (name, forge) => {
    const { browser, callback } = await untilCallback(`broken-${name}`)
    forge(callback)

    expect(answerOf(await browser.open(callback.href))['error']).toBe('server_error')
  })

  test('RV-73: error texts are ours: nothing of the answer is reflected', async () => {
    const { browser, callback } = await untilCallback('reflected')
    callback.search = new URLSearchParams({
      state: callback.searchParams.get('state') ?? '',
      error: '<img src=x onerror=alert(1)>',
      error_description: 'Click https://evil.example now',
      error_uri: 'https://evil.example',
    }).toString()

    const end = await browser.open(callback.href)

    expect(answerOf(end)).toEqual({
      error: 'server_error',
      error_description: 'The provider did not complete the connection.',
      state: 'app-state',
    })
    expect(`${end.location}${end.html}`).not.toMatch(/evil|onerror/)
  })
})

describe('open redirect', () => {
  test.each([
    'https://evil.example/',
    `${APP}/../..//evil.example`,
    `${APP}@evil.example`,
    'https://app.example.com.evil.example/connected',
    'javascript:alert(1)',
    'data:text/html,x',
    '//evil.example/connected',
    '/connected',
    'http://127.0.0.1:1@evil.example/connected',
  ])('RV-64: %s is no registered redirect URI', async (redirect_uri) => {
    const token = await world.bearer(aUser('open-redirect'))

    const answer = await world.call('POST', '/connect', {
      token,
      body: { connection: 'google-oauth2', redirect_uri },
    })

    expect(answer.status).toBe(400)
    expect(answer.body.validation_errors?.[0]?.field).toBe('redirect_uri')
  })

  test('RV-64: a redirect URI that was taken off the list since is not used any more', async () => {
    world.clients.set('shrinking', aClient({ id: 'shrinking' }))
    const identity = aUser('shrinking')
    const token = await world.bearer(identity, { clientId: 'shrinking' })
    const begun = await begin(world, identity, {}, token)
    const page = await begun.browser.open(begun.pageUrl)
    world.clients.set('shrinking', aClient({ id: 'shrinking', redirectUris: [] }))

    const denied = await begun.browser.submit(page, 'deny')

    expect(denied.status).toBe(404)
    expect(denied.location).toBeUndefined()
  })

  test('line breaks in the state of the app cannot make headers', async () => {
    const state = 'x\r\nSet-Cookie: a=b\r\n\r\n<html>'
    const begun = await begin(world, aUser('splitting'), { state })

    const end = await agree(begun)

    expect(answerOf(end)['state']).toBe(state)
    expect(end.headers.getSetCookie().join()).not.toContain('a=b')
  })
})

describe('T33, RV-71: forms of other sites, and frames', () => {
  test.each([
    ['from another site', { headers: { 'sec-fetch-site': 'cross-site' } }],
    ['from a sibling host', { headers: { 'sec-fetch-site': 'same-site' } }],
    ['typed in', { headers: { 'sec-fetch-site': 'none' } }],
    ['with the origin of another site', { headers: { origin: 'https://evil.example' } }],
    ['with a wrong token', { fields: { form_token: 'x'.repeat(43) } }],
    ['without a token', { fields: { form_token: '' } }],
    ['with a field too many', { fields: { extra: '1' } }],
    ['with another decision', { fields: { decision: 'maybe' } }],
  ])('a form %s is refused, and the ticket stays good', async (name, change) => {
    const begun = await begin(world, aUser(`csrf-${name}`))
    const page = await begun.browser.open(begun.pageUrl)

    const forged = await begun.browser.submit(page, 'approve', change)

    expect(forged.status).toBe(403)
    expect(forged.location).toBeUndefined()
    expect(forged.headers.getSetCookie()).toEqual([])
    expect((await begun.browser.submit(page, 'approve')).status).toBe(303)
  })

  test("a token from the attacker's own page does not fit the victim's browser", async () => {
    const begun = await begin(world, aUser('csrf-transplant'))
    const attackerPage = await createBrowser().open(begun.pageUrl)
    const victim = createBrowser()
    await victim.open(begun.pageUrl)

    const withCookie = await victim.submit(attackerPage, 'approve')
    const withoutCookie = await createBrowser().submit(attackerPage, 'approve')

    expect(withCookie.status).toBe(403)
    expect(withoutCookie.status).toBe(403)
  })

  test('the token of one ticket does not fit another', async () => {
    const first = await begin(world, aUser('csrf-tickets'))
    const second = await begin(world, aUser('csrf-tickets'))
    const page = await first.browser.open(first.pageUrl)

    const swapped = await first.browser.submit(page, 'approve', {
      fields: { ticket: second.ticket },
    })

    expect(swapped.status).toBe(403)
  })

  test('a form may not be repeated in JSON, nor with repeated fields', async () => {
    const begun = await begin(world, aUser('csrf-encodings'))
    const page = await begun.browser.open(begun.pageUrl)
    const [cookie] = Array.from(
      begun.browser.cookies,
      ([key, value]) => `${key.split(' ')[1]}=${value}`,
    )
    const token = /name="form_token" value="([^"]*)"/.exec(page.html)?.[1] ?? ''
    const form = `ticket=${begun.ticket}&form_token=${token}&decision=approve`

    for (const [type, body] of [
      [
        'application/json',
        JSON.stringify({ ticket: begun.ticket, form_token: token, decision: 'approve' }),
      ],
      ['text/plain', form],
      ['application/x-www-form-urlencoded', `${form}&decision=deny`],
      ['application/x-www-form-urlencoded', `${form}&x=${'y'.repeat(60_000)}`],
    ] as const) {
      const response = await fetch(`${world.issuer}connect`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': type, ...(cookie !== undefined && { cookie }) },
        body,
      })
      expect(response.status).toBe(403)
    }
  })

  test('pages cannot be framed, load nothing, run nothing, and tell no one where they were', async () => {
    const begun = await begin(world, aUser('framing'))
    const page = await begun.browser.open(begun.pageUrl)

    const provider = new URL(world.emulator.provider('google').authorizationEndpoint).origin
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; " +
        `form-action 'self' ${provider} https://app.example.com; frame-ancestors 'none'; base-uri 'none'`,
    )
    expect(page.headers.get('x-frame-options')).toBe('DENY')
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.html).not.toMatch(/<script|<iframe|javascript:| style=| on\w+=/i)
    const stylesheet = /<link rel="stylesheet" href="([^"]+)"/.exec(page.html)?.[1] ?? ''
    const style = await begun.browser.open(new URL(stylesheet, world.issuer).href)
    expect(style.status).toBe(200)
    expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8')
    expect(style.headers.get('cache-control')).toContain('immutable')
  })
})

describe('T36: what leaks', () => {
  test('no page but the consent page has the ticket, and no page leads off this site', async () => {
    const begun = await begin(world, aUser('leaks'))
    const page = await begun.browser.open(begun.pageUrl)
    const refused = await begun.browser.submit(page, 'approve', { fields: { form_token: 'x' } })
    const redirect = await begun.browser.submit(page, 'approve')
    const used = await begun.browser.open(begun.pageUrl)

    expect(page.html).not.toMatch(/(?:href|src|action)="(?:https?:)?\/\//)
    for (const visit of [refused, redirect, used]) {
      expect(`${visit.html} ${visit.location}`).not.toContain(begun.ticket)
    }
  })

  test('what is shown is escaped: names, labels and scopes are attacker-influenced', async () => {
    const nasty = `"><script>alert('x')</script>&amp;`
    const scopes = ["<img/src='x'onerror=alert(1)>"]
    world.clients.set(
      'nasty',
      aClient({
        id: 'nasty',
        name: nasty,
        connections: {
          github: {
            scopes,
            overScope: 'allow',
            forcedRefresh: 'refuse',
          },
        },
      }),
    )
    const identity = aUser('escaping')
    const token = await world.bearer(identity, { clientId: 'nasty' })
    const begun = await begin(world, identity, { connection: 'github', scopes }, token)

    const page = await begun.browser.open(begun.pageUrl)

    expect(page.html).not.toMatch(/<script|<img/)
    expect(page.html).toContain('&lt;script&gt;')
    expect(page.html.replaceAll(/<wbr\s*\/?>/g, '')).toContain('&lt;img/src=')
  })

  test('RV-73: no ticket, session, code, state, verifier or token is ever logged or audited', async () => {
    const identity = aUser('canary')
    const { browser, callback, ...begun } = await untilCallback('canary', { scopes: [CALENDAR] })
    const end = await browser.open(callback.href)
    const completed = await complete(world, { ...begun, browser }, end)
    const issued = world.emulator.log.tokenRequests('google').at(-1)?.issued
    await world.call('DELETE', `/accounts/${String(completed.body['id'])}`, { token: begun.token })
    await world.deliver()

    const told = `${world.logged()} ${JSON.stringify(world.events)}`
    for (const secret of [
      begun.token,
      begun.ticket,
      begun.authSession,
      callback.searchParams.get('code'),
      callback.searchParams.get('state'),
      answerOf(end)['connect_code'],
      issued?.accessToken,
      issued?.refreshToken,
    ]) {
      expect(secret).toMatch(/^.{8,}$/)
      expect(told).not.toContain(secret)
    }
    expect(await accountIds(world, identity)).toEqual([])
  })
})

describe('cookies', () => {
  test('RV-61, RV-72: are host-only, http-only and lax, and set only once the person agreed', async () => {
    const begun = await begin(world, aUser('cookies'))
    const page = await begun.browser.open(begun.pageUrl)
    const redirect = await begun.browser.submit(page, 'approve')

    expect(page.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^valetkey-form=[0-9A-Za-z]{32}; Path=\/; HttpOnly; SameSite=Lax$/),
    ])
    expect(redirect.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^valetkey-connect-att_[0-9A-Za-z]{22}=[0-9A-Za-z]{32}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/,
      ),
    ])
  })
})

test('a user who connects in one browser does not disturb another user in the same browser', async () => {
  const first = await connect(world, aUser('shared-browser-1'))
  const second = await connect(world, aUser('shared-browser-2'))

  expect(first.id).not.toBe(second.id)
  expect(first.provider_account_id).toBe(second.provider_account_id)
})
