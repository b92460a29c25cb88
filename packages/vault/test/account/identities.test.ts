import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { Visit } from '../connect/browser.ts'
import { type AccountWorld, IDP, type Person, startAccountWorld } from './account-world.ts'

let world: AccountWorld
beforeAll(async () => {
  world = await startAccountWorld()
})
afterAll(() => world.close())

const person = (user: string, connection = 'google-oauth2') => world.person({ user, connection })

/** Asks for one more way to log in; resolves to the redirect to the provider. */
const add = async (who: Person, connection: string): Promise<Visit> =>
  await who.press(await who.open('/account'), { connection }, { action: '/account/identities' })

const userOf = async (who: Person): Promise<string> => (await who.open('/account')).html

const identitiesOn = (html: string): number =>
  (/<ul class="rows" aria-labelledby="identities">(.*?)<\/ul>/.exec(html)?.[1] ?? '').split('<li>')
    .length - 1

const problemOf = (visit: Visit): string =>
  /<h1>(.*?)<\/h1>/.exec(visit.html)?.[1] ?? `status ${visit.status}`

describe('a second way to log in', () => {
  test('is added by a login of both, and leads to the same user', async () => {
    const alice = person('alice')

    const page = await alice.goOn(await add(alice, 'github'), 'alice')

    expect(new URL(page.url).pathname).toBe('/account')
    expect(identitiesOn(page.html)).toBe(2)
    const other = person('alice', 'github')
    expect(identitiesOn(await userOf(other))).toBe(2)
    expect(await world.events('identity.added')).toMatchObject([
      { clientId: 'valetkey-account', connection: 'github', outcome: 'success' },
    ])
  })

  test('brings an identity only: no account is connected by it', async () => {
    const bobby = person('bobby')

    const page = await bobby.goOn(await add(bobby, 'github'), 'bobby')

    expect(page.html).toContain('Nothing is connected')
  })

  test("RV-35: is refused when it is somebody else's, and nothing is merged", async () => {
    const bob = person('bob', 'github')
    await bob.open('/account')
    const demo = person('demo')
    await demo.open('/account')

    const end = await demo.goOn(await add(demo, 'github'), 'bob')

    expect(end.status).toBe(409)
    expect(problemOf(end)).toBe('This login belongs to somebody else')
    expect(identitiesOn(await userOf(demo))).toBe(1)
    expect(identitiesOn(await userOf(bob))).toBe(1)
    expect(await world.events('identity.refused')).toMatchObject([{ reason: 'identity_taken' }])
  })

  test('RV-35: the same e-mail address at two login systems is two users', async () => {
    const here = person('demo')
    const there = person('demo', IDP)

    const pages = [await userOf(here), await userOf(there)]

    expect(pages.every((html) => html.includes('demo@example.com'))).toBe(true)
    expect(pages.map(identitiesOn)).toEqual([1, 1])
  })

  test('needs a login of the last five minutes, and does with one', async () => {
    const who = person('demo', IDP)
    await who.open('/account')
    world.advance(301)

    const page = await who.open('/account')
    expect(page.html).not.toContain('action="/account/identities"')
    const early = await who.press(page, { connection: 'slack' }, { action: '/account/identities' })
    expect(early.status).toBe(403)
    expect(problemOf(early)).toBe('Log in again first')
    const login = await who.press(page, {}, { action: '/account/confirm' })
    const choices = await who.goOn(login, 'demo')
    expect(problemOf(choices)).toContain('Log in to')
    const back = await who.goOn(await who.press(choices, { connection: IDP }), 'demo')

    expect(back.html).toContain('action="/account/identities"')
    const added = await who.goOn(
      await who.press(back, { connection: 'slack' }, { action: '/account/identities' }),
      'demo',
    )
    expect(identitiesOn(added.html)).toBe(2)
  })

  test('is only for those connections that people may log in with', async () => {
    const alice = person('alice')

    for (const connection of ['unknown', 'valetkey-account']) {
      expect((await add(alice, connection)).status).toBe(404)
    }
    expect((await add(alice, '__proto__')).status).toBe(403)
  })

  test('saying no at the provider leads back, and changes nothing', async () => {
    const bob = person('bob', IDP)
    world.emulator.faults.add('github', {
      at: 'authorize',
      fault: { kind: 'error', error: 'access_denied' },
    })

    const page = await bob.goOn(await add(bob, 'github'), 'bob')

    expect(new URL(page.url).pathname).toBe('/account')
    expect(identitiesOn(page.html)).toBe(1)
  })
})

describe('attacks on adding an identity', () => {
  test("T17: a provider's answer is good in the browser that asked alone", async () => {
    const mallory = person('bobby', IDP)
    const victim = person('alice')
    await victim.open('/account')
    // Mallory's redirect, opened by somebody who is logged in elsewhere.
    const redirect = await add(mallory, 'notion')

    const end = await victim.goOn(redirect, 'alice')

    expect(end.status).toBe(404)
    expect(identitiesOn(await userOf(mallory))).toBe(1)
    expect(identitiesOn(await userOf(victim))).toBe(2)
    expect(await world.events('login.refused')).toContainEqual(
      expect.objectContaining({ reason: 'browser_mismatch' }),
    )
  })

  test('RV-66: another user who logs in between the two logins gets nothing, and neither does the first', async () => {
    const alice = person('alice', IDP)
    const redirect = await add(alice, 'notion')
    // In the same browser, the binding cookie included.
    await alice.press(await alice.open('/account'), {}, { action: '/account/log-out' })
    await alice.open('/account', { user: 'bob', connection: IDP })

    const end = await alice.goOn(redirect, 'alice')

    expect(end.status).toBe(404)
    expect(identitiesOn(await userOf(alice))).toBe(1)
    expect(identitiesOn(await userOf(person('alice', IDP)))).toBe(1)
    expect(await world.events('login.refused')).toContainEqual(
      expect.objectContaining({ reason: 'user_mismatch' }),
    )
  })

  test('a session that ended meanwhile gets nothing, not from a new login of the same user either', async () => {
    const alice = person('alice', IDP)
    const redirect = await add(alice, 'notion')
    await alice.press(await alice.open('/account'), {}, { action: '/account/log-out' })
    await alice.open('/account')

    const end = await alice.goOn(redirect, 'alice')

    expect(end.status).toBe(404)
  })

  test('RV-61: an answer counts once', async () => {
    const who = person('demo', IDP)
    const { browser } = who
    const redirect = await add(who, 'notion')
    const url = new URL(redirect.location ?? '')
    url.searchParams.set('login_hint', 'demo')
    const answer = await browser.open(url.href)
    const callback = answer.location ?? ''
    const cookies = new Map(browser.cookies)

    const first = await browser.open(callback)
    for (const [name, value] of cookies) browser.cookies.set(name, value)
    const again = await browser.open(callback)

    expect([first.status, again.status]).toEqual([303, 404])
  })
})

describe('removing a way to log in', () => {
  test('takes a second look, ends all other sessions, and leaves the accounts', async () => {
    const one = person('bobby', 'slack')
    const both = await one.goOn(await add(one, 'notion'), 'alice')
    const other = person('alice', 'notion')
    await other.open('/account')
    const [key] = [...both.html.matchAll(/\/account\/identities\/([\w-]+)/g)].map(
      ([, found = '']) => found,
    )

    const confirm = await one.open(`/account/identities/${key}`)
    expect(problemOf(confirm)).toContain('Remove')
    const done = await one.press(confirm, {})

    expect(done.status).toBe(303)
    expect(identitiesOn(await userOf(one))).toBe(1)
    const elsewhere = await other.browser.open(new URL('/account', world.vault.issuer).href)
    expect(elsewhere.status).toBe(303)
    expect(await world.events('identity.removed')).toHaveLength(1)
  })

  test('is refused for the last one, by the page and behind it', async () => {
    const who = person('bob', 'slack')
    const page = await who.goOn(await add(who, 'notion'), 'bob')
    const keys = [...page.html.matchAll(/\/account\/identities\/([\w-]+)/g)].map(
      ([, found = '']) => found,
    )
    const pages = await Promise.all(keys.map((key) => who.open(`/account/identities/${key}`)))

    const outcomes: number[] = []
    for (const confirm of pages) outcomes.push((await who.press(confirm, {})).status)

    expect(keys).toHaveLength(2)
    expect(outcomes).toEqual([303, 409])
    expect(identitiesOn(await userOf(who))).toBe(1)
  })

  test("does nothing for another user's, and nothing without a fresh login", async () => {
    const who = person('alice')
    const page = await who.open('/account')
    const [key] = [...page.html.matchAll(/\/account\/identities\/([\w-]+)/g)].map(
      ([, found = '']) => found,
    )
    const bob = person('bob', 'github')
    const bobs = await bob.open('/account')

    expect((await bob.press(bobs, {}, { action: `/account/identities/${key}` })).status).toBe(404)
    world.advance(301)
    const late = await who.press(page, {}, { action: `/account/identities/${key}` })

    expect(late.status).toBe(403)
    expect(identitiesOn(await userOf(person('alice')))).toBe(2)
  })
})

// Last: ID tokens keep real time, so that nobody logs in afterwards.
test('RV-61: an answer counts for ten minutes only', async () => {
  const who = person('demo', IDP)
  const late = await add(who, 'google-oauth2')
  world.advance(601)

  expect((await who.goOn(late, 'demo')).status).toBe(404)
})
