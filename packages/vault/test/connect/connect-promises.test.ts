import { providers } from '@valetkey/providers'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { aClient, APP, CALENDAR, type ConnectWorld, startConnectWorld } from './connect-world.ts'
import { agree, aUser, begin, complete } from './steps.ts'

let world: ConnectWorld
beforeAll(async () => {
  world = await startConnectWorld()
})
afterAll(async () => {
  await world.close()
})

/** What the vault asked the provider, once the person agreed. */
async function askedFor(name: string): Promise<URLSearchParams> {
  const begun = await begin(world, aUser(name))
  const redirect = await begun.browser.submit(await begun.browser.open(begun.pageUrl), 'approve')
  return new URL(redirect.location ?? '').searchParams
}

test('RV-60, RV-61, RV-62: each attempt has a state, a challenge and a nonce of its own, and none is guessable', async () => {
  const asked = [await askedFor('own-1'), await askedFor('own-1'), await askedFor('own-2')]

  for (const parameters of asked) {
    expect(parameters.get('code_challenge_method')).toBe('S256')
    // 32 bytes of SHA-256; 32 of 62 characters are 190 bits.
    expect(parameters.get('code_challenge')).toMatch(/^[\w-]{43}$/)
    expect(parameters.get('state')).toMatch(/^[0-9A-Za-z]{32}$/)
    expect(parameters.get('nonce')).toMatch(/^[0-9A-Za-z]{32}$/)
  }
  for (const name of ['code_challenge', 'state', 'nonce']) {
    expect(new Set(asked.map((parameters) => parameters.get(name))).size).toBe(3)
  }
})

test('RV-60: of the catalog, no others than these are asked without PKCE', () => {
  const without = Object.values(providers).filter(({ pkce }) => pkce !== 'S256')

  expect(without.map(({ id }) => id)).toEqual(['slack', 'notion'])
})

test('RV-65: after each form, and back to the app, the browser is told 303', async () => {
  const refused = await begin(world, aUser('redirects'))
  const denied = await refused.browser.submit(await refused.browser.open(refused.pageUrl), 'deny')
  const begun = await begin(world, aUser('redirects'))
  const toProvider = await begun.browser.submit(await begun.browser.open(begun.pageUrl), 'approve')
  const end = await begun.browser.follow(toProvider)

  for (const visit of [denied, toProvider, end]) expect(visit.status).toBe(303)
  expect(new URL(denied.location ?? '').origin).toBe(new URL(APP).origin)
})

test('RV-66: a link says nothing of whose it is, and what it holds authenticates nobody', async () => {
  const identity = aUser('private-person')
  const begun = await begin(world, identity)

  expect(new URL(begun.pageUrl).search).toMatch(/^\?ticket=[0-9A-Za-z]{32}$/)
  const page = await begun.browser.open(begun.pageUrl)
  expect(page.html).not.toContain('private-person')
  for (const token of [begun.ticket, begun.authSession]) {
    expect((await world.call('GET', '/accounts', { token })).status).toBe(401)
  }
})

test('RV-67: until the app completes, what the provider gave is nobody`s', async () => {
  const identity = aUser('not-yet')
  const begun = await begin(world, identity)
  const end = await agree(begun)

  const owner = { tenant: 'default', userId: 'usr_not-yet', connection: 'google-oauth2' }
  expect(await world.store.accounts.findOnConnection(owner)).toEqual([])
  await complete(world, begun, end)
  expect(await world.store.accounts.findOnConnection(owner)).toHaveLength(1)
})

test('RV-71: the page names who asks, for what, and where it leads', async () => {
  const begun = await begin(world, aUser('reader'), {
    connection: 'google-oauth2',
    scopes: [CALENDAR],
  })

  const { html } = await begun.browser.open(begun.pageUrl)

  const text = html.replaceAll(/<wbr\s*\/?>/g, '')
  for (const part of ['Calendar agent', 'Google', CALENDAR, new URL(APP).host]) {
    expect(text.toLowerCase()).toContain(part.toLowerCase())
  }
})

test('RV-74: of a provider whose answer names no scopes, those that were asked for are stored', async () => {
  const policy = { scopes: ['read_content'], overScope: 'allow', forcedRefresh: 'refuse' } as const
  world.clients.set('writer', aClient({ id: 'writer', connections: { notion: policy } }))
  const identity = aUser('silent-provider')
  const token = await world.bearer(identity, { clientId: 'writer' })
  const asked = { connection: 'notion', scopes: ['read_content'] }
  const begun = await begin(world, identity, asked, token)

  const completed = await complete(world, begun, await agree(begun))

  expect(completed).toMatchObject({ status: 201, body: { scopes: ['read_content'] } })
})
