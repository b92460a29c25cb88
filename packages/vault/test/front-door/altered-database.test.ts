import { join } from 'node:path'

import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { createBrowser } from '../connect/browser.ts'
import { APP, startVaultWorld, type VaultWorld } from './vault-world.ts'

let world: VaultWorld
let intruder: BetterSqlite3.Database

beforeEach(async () => {
  world = await startVaultWorld()
  intruder = new BetterSqlite3(join(world.folder, 'vault.db'))
})
afterEach(async () => {
  intruder.close()
  await world.close()
})

function userIdOf(subject: string): unknown {
  return intruder.prepare('select user_id from identities where subject = ?').pluck().get(subject)
}

/** A flow whose browser is back at the app; resolves to what the app then completes with. */
async function beginConnect(user: string, beforeApproval = () => {}) {
  const { body } = await world.me(user, 'POST', '/connect', {
    connection: 'google-oauth2',
    redirect_uri: APP,
    authorization_params: { login_hint: user },
  })
  beforeApproval()
  const browser = createBrowser()
  const page = await browser.open(`${body.connect_uri}?ticket=${body.connect_params?.ticket}`)
  const end = await browser.follow(await browser.submit(page, 'approve'))
  return {
    auth_session: body.auth_session,
    connect_code: new URL(end.location ?? end.url).searchParams.get('connect_code'),
    redirect_uri: APP,
  }
}

describe('T9: who can write to the database, but has no key, gets no token of another', () => {
  test("by making one person's login lead to another's accounts", async () => {
    await world.connect('alice')
    await world.connect('bob')
    intruder
      .prepare('update identities set user_id = ? where subject = ?')
      .run(userIdOf('alice'), 'bob')

    const answer = await world.exchange('bob')

    expect(answer.body).toMatchObject({ vault_error: 'not_connected' })
    expect((await world.me('bob', 'GET', '/accounts')).body).toMatchObject({ accounts: [] })
    expect(world.logged()).toContain('identity_altered')
    expect((await world.exchange('alice')).status).toBe(200)
  })

  test('by letting a token of one connection pass for one of another, whose hosts it would go to', async () => {
    await world.connect('alice')
    const row = intruder.prepare("update accounts set connection = 'github'").run()

    const answer = await world.exchange('alice', { audience: 'github' })

    expect(row.changes).toBe(1)
    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect(answer.body.access_token).toBeUndefined()
  })

  test.each([
    ['naming another user', (bob: unknown) => ({ user_id: bob })],
    ['naming another user and login', (bob: unknown) => ({ user_id: bob, subject: 'bob' })],
    ['naming another login', () => ({ subject: 'bob' })],
    ['naming another connection', () => ({ connection: 'github' })],
  ])('by %s in a connect flow that has brought tokens', async (_, change) => {
    await world.connect('bob')
    const begun = await beginConnect('alice')
    for (const [column, value] of Object.entries(change(userIdOf('bob')))) {
      const statement = `update attempts set ${column} = ? where state = 'returned'`
      expect(intruder.prepare(statement).run(value).changes).toBe(1)
    }

    const answers = [
      await world.me('bob', 'POST', '/complete', begun),
      await world.me('alice', 'POST', '/complete', begun),
    ]

    for (const { status } of answers) expect(status).toBeGreaterThanOrEqual(400)
    expect(intruder.prepare('select count(*) from accounts').pluck().get()).toBe(1)
  })

  test.each([
    ['more scopes', `json_set(request, '$.scopes', json_array('openid', 'email', 'profile'))`],
    ['an agent', `json_set(request, '$.actor', json_object('issuer', 'a', 'subject', 'b'))`],
  ])('T3: by having a person allow %s than the page said', async (_, request) => {
    const begun = await beginConnect('alice')
    const statement = `update attempts set request = ${request} where state = 'returned'`
    expect(intruder.prepare(statement).run().changes).toBe(1)

    const answer = await world.me('alice', 'POST', '/complete', begun)

    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(intruder.prepare('select count(*) from consents').pluck().get()).toBe(0)
  })

  test('by giving a flow to another user before it went to the provider', async () => {
    await world.connect('bob')
    const begun = await beginConnect('alice', () => {
      const statement = "update attempts set user_id = ? where state = 'started'"
      expect(intruder.prepare(statement).run(userIdOf('bob')).changes).toBe(1)
    })

    const answer = await world.me('alice', 'POST', '/complete', begun)

    expect(answer.status).toBe(404)
    expect(intruder.prepare('select count(*) from accounts').pluck().get()).toBe(1)
  })
})
