import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { Visit } from '../connect/browser.ts'
import { type Answer, CALENDAR, CLIENT, EXCHANGE } from '../front-door/vault-world.ts'
import { CLIENTS, SECRET } from '../login/login-world.ts'
import { type AccountWorld, IDP, startAccountWorld } from './account-world.ts'

let world: AccountWorld
beforeAll(async () => {
  world = await startAccountWorld()
})
afterAll(() => world.close())

/** An exchange that wants a link for what connecting can mend. */
const ask = async (user: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  await world.exchange(user, { audience: 'github', connect: 'link', ...more })

const linkFor = async (
  user: string,
  more: Readonly<Record<string, string>> = {},
): Promise<string> => (await ask(user, more)).body.connect_uri ?? ''

/** A person whose login system is the one whose tokens the vault trusts. */
const person = (user: string) => world.person({ user, connection: IDP })

const problemOf = (visit: Visit): string =>
  (/<h1>(.*?)<\/h1>/.exec(visit.html)?.[1] ?? `status ${visit.status}`).replaceAll(/<[^>]+>/g, '')

const connectedTo = async (user: string, audience: string): Promise<number> =>
  (await world.exchange(user, { audience })).status

const mismatches = async (): Promise<readonly Record<string, unknown>[]> =>
  (await world.events('connect.refused')).filter(({ reason }) => reason === 'user_mismatch')

describe('a link instead of an app', () => {
  test('R11, RV-68: tells who connects what for whom, and the vault completes', async () => {
    const alice = person('alice')
    const answer = await ask('alice', { scope: 'repo' })
    expect(answer).toMatchObject({
      status: 400,
      body: { error: 'interaction_required', vault_error: 'not_connected' },
    })

    const page = await alice.open(answer.body.connect_uri ?? '')
    expect(problemOf(page)).toBe('Connect GitHub to My agent?')
    for (const text of [
      'GitHub',
      'Alice Archer',
      'My agent',
      'Read and change all your repositories, public and private',
      'Read your profile',
      'Then you return to',
    ]) {
      expect(page.html).toContain(text)
    }
    const end = await alice.goOn(await alice.press(page, { decision: 'approve' }), 'alice')

    expect(problemOf(end)).toBe('GitHub is connected')
    expect(new URL(end.url).pathname).toBe('/connect/done')
    expect((await ask('alice')).body).toMatchObject({
      connection: 'github',
      scope: expect.any(String),
    })
    expect(await world.events('account.connected')).toMatchObject([
      { clientId: CLIENT.id, connection: 'github' },
    ])
  })

  test('RV-66: the link itself tells nothing, and opens nothing without a login', async () => {
    const link = await linkFor('bob')

    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/connect\/link\/[\w-]{100,}$/)
    const sealed = Buffer.from(link.split('/').at(-1) ?? '', 'base64url').toString('latin1')
    for (const word of ['bob', 'github', CLIENT.id, 'emulator']) expect(sealed).not.toContain(word)
    const page = await world.person({ user: 'bob', connection: IDP }).browser.open(link)
    expect(page).toMatchObject({ status: 303, html: '' })
    expect(page.location).toMatch(/\/authorize\?client_id=valetkey-account&/)
    expect(page.location).not.toContain('bob')
  })

  test('R12: looking at it changes nothing, and it may be looked at again', async () => {
    const link = await linkFor('bob')
    const bob = person('bob')
    const before = (await world.events('connect.started')).length

    const pages = [await bob.open(link), await bob.open(link), await bob.open(link)]

    expect(pages.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await world.events('connect.started')).toHaveLength(before)
  })

  test('No ends it: nothing is asked of the provider', async () => {
    const bob = person('bob')
    const page = await bob.open(await linkFor('bob'))
    const tick = world.emulator.log.tick()

    const end = await bob.goOn(await bob.press(page, { decision: 'deny' }), 'bob')

    expect(problemOf(end)).toBe('Nothing was connected')
    expect(world.emulator.log.entries({ provider: 'github', after: tick })).toEqual([])
  })

  test('more scopes, and an account that has to be connected again, come with one too', async () => {
    const user = 'demo'
    const demo = person(user)
    const first = await demo.open(await linkFor(user, { audience: 'google-oauth2' }))
    await demo.goOn(await demo.press(first, { decision: 'approve' }), user)

    const more = await ask(user, { audience: 'google-oauth2', scope: CALENDAR })
    expect(more.body).toMatchObject({ vault_error: 'scopes_missing', missing_scope: CALENDAR })
    const page = await demo.open(more.body.connect_uri ?? '')
    expect(page.html).toContain('<bdi>demo@example.com</bdi>, and no other')
    const end = await demo.goOn(await demo.press(page, { decision: 'approve' }), user)

    expect(problemOf(end)).toBe('Google is connected')
    const granted = await ask(user, { audience: 'google-oauth2', scope: CALENDAR })
    expect(granted.status).toBe(200)
  })

  test('RV-69: another account is not taken in the place of the one that it is about', async () => {
    const demo = person('demo')
    const other = await ask('demo', { audience: 'google-oauth2', scope: 'openid profile' })
    // What is there covers it or not: the link for more is what is looked at.
    const mail = 'https://www.googleapis.com/auth/gmail.readonly'
    const link = (await ask('demo', { audience: 'google-oauth2', scope: mail })).body.connect_uri
    expect(other.status).toBeLessThan(500)
    const page = await demo.open(link ?? '')

    const end = await demo.goOn(await demo.press(page, { decision: 'approve' }), 'bobby')

    expect(problemOf(end)).toBe('That was another account')
    expect((await ask('demo', { audience: 'google-oauth2', scope: mail })).status).toBe(400)
  })

  test('a provider that says no or is down is called that', async () => {
    const bob = person('bob')
    const link = await linkFor('bob', { audience: 'slack' })
    world.emulator.faults.add('slack', {
      at: 'authorize',
      fault: { kind: 'error', error: 'access_denied' },
    })
    const denied = await bob.goOn(
      await bob.press(await bob.open(link), { decision: 'approve' }),
      'bob',
    )
    world.emulator.faults.add('slack', { at: 'token', fault: { kind: 'server_error' } })
    const down = await bob.goOn(
      await bob.press(await bob.open(link), { decision: 'approve' }),
      'bob',
    )

    expect([denied, down].map(problemOf)).toEqual([
      'Nothing was connected',
      'The provider cannot answer now',
    ])
    expect(await connectedTo('bob', 'slack')).toBe(400)
  })

  test('is only for who asks for one, and for what connecting can mend', async () => {
    expect((await world.exchange('bob', { audience: 'notion' })).body.connect_uri).toBeUndefined()
    expect((await ask('bob', { connect: 'Link' })).body).toMatchObject({ error: 'invalid_request' })
    expect((await ask('bob', { audience: 'unknown' })).body.connect_uri).toBeUndefined()
    expect((await ask('bob', { scope: 'delete_repo' })).body).not.toHaveProperty('connect_uri')
    const invalid = await world.token({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'not.a.token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      audience: 'github',
      connect: 'link',
    })
    expect(invalid.body).not.toHaveProperty('connect_uri')
  })
})

describe('whom and what a link is about', () => {
  test("R11: it works with the vault's own login, for the refresh token that came of it", async () => {
    const app = await world.app(CLIENTS.web)
    const carol = world.person({ user: 'bobby', connection: 'google-oauth2' })
    const tokens = await world.logIn({ app, user: 'bobby', browser: carol.browser })
    const answer = await world.request('/oauth/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: EXCHANGE,
        client_id: CLIENTS.web,
        client_secret: SECRET,
        subject_token: tokens.refresh_token ?? '',
        subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
        audience: 'github',
        connect: 'link',
      }),
    })

    const page = await carol.open(answer.body.connect_uri ?? '')
    expect(problemOf(page)).toBe('Connect GitHub to Web app?')
    const end = await carol.goOn(await carol.press(page, { decision: 'approve' }), 'bobby')

    expect(problemOf(end)).toBe('GitHub is connected')
  })

  test('RV-68: the agent that asked is named, with who knows it by that name', async () => {
    const user = 'demo'
    const answer = await ask(user, {
      actor_token: await world.login('alice'),
      actor_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      audience: 'slack',
    })
    const page = await person(user).open(answer.body.connect_uri ?? '')

    expect(page.html).toContain('<dt>Agent</dt><dd><bdi>alice</bdi></dd>')
    expect(page.html).toContain(
      `<dt>Known to</dt><dd><bdi>${world.emulator.trustedIssuer().issuer}`,
    )
  })

  test('RV-70, R8: what is allowed by a link is a consent, which the account page ends', async () => {
    const user = 'alice'
    const exchange = async (): Promise<Answer> =>
      await world.request('/oauth/token', {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: EXCHANGE,
          client_id: CLIENTS.asked,
          client_secret: SECRET,
          subject_token: await world.login(user),
          subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
          audience: 'google-oauth2',
          scope: CALENDAR,
          connect: 'link',
        }),
      })
    const alice = person(user)
    const page = await alice.open((await exchange()).body.connect_uri ?? '')
    await alice.goOn(await alice.press(page, { decision: 'approve' }), user)
    expect((await exchange()).status).toBe(200)

    const account = await alice.open('/account')
    expect(account.html).toContain('<bdi>Third party</bdi>')
    const ended = await alice.press(
      account,
      { app: CLIENTS.asked },
      { action: '/account/apps/end' },
    )

    expect(ended.status).toBe(303)
    const after = await exchange()
    expect(after.body).toMatchObject({ vault_error: 'consent_required' })
    expect((await alice.open('/account')).html).not.toContain('Third party')
    expect(await world.events('consent.revoked')).toMatchObject([{ clientId: CLIENTS.asked }])
    // And the link that comes with it leads back to a yes.
    const again = await alice.open(after.body.connect_uri ?? '')
    await alice.goOn(await alice.press(again, { decision: 'approve' }), user)
    expect((await exchange()).status).toBe(200)
  })
})

describe('attacks with a link', () => {
  test("T16, RV-66: bob opens alice's link, and nothing is stored for anyone", async () => {
    const link = await linkFor('alice', { audience: 'notion' })
    const bob = person('bob')
    const before = (await mismatches()).length

    const page = await bob.open(link)
    const own = await bob.open('/account')
    const token = /name="form_token" value="([^"]*)"/.exec(own.html)?.[1] ?? ''
    const forced = await bob.press(
      own,
      { form_token: token, decision: 'approve' },
      { action: new URL(link).pathname },
    )

    expect(page.status).toBe(404)
    expect(problemOf(page)).toBe('This link does not work for you')
    for (const word of ['alice', 'Alice', 'Notion', 'My agent']) {
      expect(page.html).not.toContain(word)
    }
    expect(forced.status).toBe(403)
    expect(await connectedTo('alice', 'notion')).toBe(400)
    expect(await connectedTo('bob', 'notion')).toBe(400)
    expect(await mismatches()).toHaveLength(before + 1)
  })

  test('T16, RV-66: who logs in as somebody else between the click and the callback gets nothing', async () => {
    const alice = person('alice')
    const page = await alice.open(await linkFor('alice', { audience: 'notion' }))
    const redirect = await alice.press(page, { decision: 'approve' })
    await alice.press(await alice.open('/account'), {}, { action: '/account/log-out' })
    await alice.open('/account', { user: 'bob' })
    const before = (await mismatches()).length

    const end = await alice.goOn(redirect, 'alice')

    expect(end.status).toBe(404)
    expect(await mismatches()).toHaveLength(before + 1)
    expect(await connectedTo('alice', 'notion')).toBe(400)
    expect(await connectedTo('bob', 'notion')).toBe(400)
  })

  test("T17, RV-61: the provider's answer for alice does nothing in bob's browser", async () => {
    const alice = person('alice')
    const bob = person('bob')
    await bob.open('/account')
    const page = await alice.open(await linkFor('alice', { audience: 'notion' }))
    const redirect = await alice.press(page, { decision: 'approve' })

    const stolen = await bob.goOn(redirect, 'bob')
    expect(stolen.status).toBe(404)
    const end = await alice.goOn(redirect, 'alice')

    expect(problemOf(end)).toBe('Notion is connected')
    expect(await connectedTo('bob', 'notion')).toBe(400)
  })

  test('R12: a link that was altered, made up, or is for another vault is none', async () => {
    const link = await linkFor('bob')
    const bob = person('bob')
    await bob.open('/account')
    const flipped = [...Buffer.from(link.split('/').at(-1) ?? '', 'base64url')]
    flipped[80] = (flipped[80] ?? 0) ^ 1
    const altered = Buffer.from(flipped).toString('base64url')

    const pages = await Promise.all(
      [altered, 'x', 'A'.repeat(300), '..%2f..%2faccount', `${'A'.repeat(4_001)}`].map((text) =>
        bob.browser.open(new URL(`/connect/link/${text}`, world.vault.issuer).href),
      ),
    )

    expect(pages.map(problemOf)).toEqual(pages.map(() => 'This link does not work for you'))
    expect(pages.map(({ status }) => status)).toEqual(pages.map(() => 404))
  })

  test('T33: its form does nothing from another site, without its token, or for another link', async () => {
    const bob = person('bob')
    const page = await bob.open(await linkFor('bob'))
    const other = await bob.open(await linkFor('bob', { audience: 'slack' }))
    const token = /name="form_token" value="([^"]*)"/.exec(other.html)?.[1] ?? ''
    const before = (await world.events('connect.started')).length

    const answers = [
      await bob.press(
        page,
        { decision: 'approve' },
        { headers: { 'sec-fetch-site': 'cross-site' } },
      ),
      await bob.press(page, { decision: 'approve', form_token: '' }),
      await bob.press(page, { decision: 'approve', form_token: token }),
      await bob.press(page, { decision: 'perhaps' }),
      await bob.press(page, { decision: 'approve', more: 'x' }),
    ]

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
    expect(await world.events('connect.started')).toHaveLength(before)
  })

  test('RV-61, RV-73: a callback counts once, and the done page tells an account to its user alone', async () => {
    const bob = person('bob')
    const page = await bob.open(await linkFor('bob'))
    const redirect = await bob.press(page, { decision: 'approve' })
    const url = new URL(redirect.location ?? '')
    url.searchParams.set('login_hint', 'bob')
    const answer = await bob.browser.open(url.href)
    const cookies = new Map(bob.browser.cookies)

    const first = await bob.browser.open(answer.location ?? '')
    for (const [name, value] of cookies) bob.browser.cookies.set(name, value)
    const again = await bob.browser.open(answer.location ?? '')

    expect([first.status, again.status]).toEqual([303, 404])
    expect(first.location).toMatch(/\/connect\/done\?account=cac_\w+$/)
    const alice = person('alice')
    await alice.open('/account')
    expect((await alice.open(first.location ?? '')).status).toBe(404)
    const odd = await alice.open('/connect/done?error=<script>')
    expect(odd.html).not.toContain('script')
  })

  test('the app cannot complete what the vault completes, and finds no session of it', async () => {
    const answer = await world.me('bob', 'POST', '/complete', {
      auth_session: 'A'.repeat(32),
      connect_code: 'B'.repeat(32),
      redirect_uri: `${world.vault.issuer}connect/done`,
    })

    expect(answer.status).toBeGreaterThanOrEqual(400)
  })

  test('RV-111: a user has only so many attempts under way, by links too', async () => {
    const bob = person('bob')
    const page = await bob.open(await linkFor('bob', { audience: 'slack' }))

    const statuses: number[] = []
    for (let turn = 0; turn < 25; turn++) {
      statuses.push((await bob.press(page, { decision: 'approve' })).status)
    }

    expect(statuses.filter((status) => status === 303).length).toBeLessThanOrEqual(20)
    expect(statuses.at(-1)).toBe(503)
  })
})

describe('who can follow a link', () => {
  test('R11: without a way to log in at the vault there is none', async () => {
    const closed = await startAccountWorld({
      configure: (config) => ({ ...config, login: { connections: [] } }),
    })
    try {
      const answer = await closed.exchange('alice', { audience: 'github', connect: 'link' })

      expect(answer.body).toMatchObject({ vault_error: 'not_connected' })
      expect(answer.body).not.toHaveProperty('connect_uri')
    } finally {
      await closed.close()
    }
  })

  test('R11: nor where the user could only log in as somebody else', async () => {
    const elsewhere = await startAccountWorld({
      configure: (config) => ({ ...config, login: { connections: ['google-oauth2'] } }),
    })
    try {
      const answer = await elsewhere.exchange('alice', { audience: 'github', connect: 'link' })

      expect(answer.body).toMatchObject({ vault_error: 'not_connected' })
      expect(answer.body).not.toHaveProperty('connect_uri')
    } finally {
      await elsewhere.close()
    }
  })

  // Last: ID tokens keep real time, so that nobody logs in afterwards.
  test('R12: a link is good for a day', async () => {
    const bob = person('bob')
    await bob.open('/account')
    const link = await linkFor('bob', { audience: 'notion' })
    world.advance(80_000)
    expect((await bob.browser.open(link)).status).toBe(200)
    world.advance(6_401)

    expect((await bob.browser.open(link)).status).toBe(404)
  })
})
