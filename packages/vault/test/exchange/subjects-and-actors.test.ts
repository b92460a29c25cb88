import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { anExchange, type ExchangeWorld, JWT, startExchangeWorld } from './exchange-world.ts'

const users = ['alice', 'mallory', 'robot', 'leaver']

let world: ExchangeWorld
beforeAll(async () => {
  world = await startExchangeWorld({
    login: 'emulator',
    emulator: { users: users.map((id) => ({ id, name: id, email: `${id}@example.com` })) },
  })
  await world.connect({ user: 'alice' })
})
afterAll(async () => {
  await world.close()
})

describe('whose token it is', () => {
  test('R1: a client that does not list the issuer gets nothing for its tokens', async () => {
    world.clients.set('elsewhere', { ...world.agent, id: 'elsewhere', subjects: [] })

    const answer = await world.node.post(await anExchange(world, { client_id: 'elsewhere' }))

    expect(answer).toMatchObject({ status: 400, body: { vault_error: 'subject_token_invalid' } })
  })

  test('R1: an exchange makes no user', async () => {
    await world.node.post(await anExchange(world, {}, 'mallory'))

    const { issuer } = world.emulator.trustedIssuer()
    const identity = { issuer, subject: 'mallory' }
    expect(await world.users.findByIdentity({ tenant: 'default', identity })).toBeUndefined()
  })

  test("RV-35: a verified e-mail of somebody else does not lead to that person's accounts (T25)", async () => {
    const subject_token = await world.emulator.issueLoginToken('mallory', {
      claims: { email: 'alice@example.com', email_verified: true, preferred_username: 'alice' },
    })

    const answer = await world.node.post(await anExchange(world, { subject_token }))

    expect(answer.body).toMatchObject({ vault_error: 'not_connected' })
  })

  test('RV-32, RV-44: every exchange asks anew: what was good a moment ago may be over', async () => {
    const account = await world.connect({ user: 'leaver', lifetimeSeconds: 3_600 })
    const request = await anExchange(world, {}, 'leaver')
    const first = await world.node.post(request)
    world.advance(1_000)
    const second = await world.node.post(request)

    world.clients.set('my-agent', { ...world.agent, subjects: [] })
    const untrusted = await world.node.post(request)
    world.clients.set('my-agent', { ...world.agent, connections: {} })
    const unlisted = await world.node.post(request)
    world.clients.set('my-agent', world.agent)
    await world.store.accounts.changeState({
      key: { tenant: account.tenant, accountId: account.id },
      generation: account.generation,
      state: 'revoked',
      now: world.runtime.now(),
    })
    const revoked = await world.node.post(request)

    expect(first.body['expires_in']).toBeGreaterThan(3_590)
    expect(second.body['expires_in']).toBeLessThanOrEqual(2_600)
    expect(second.body['expires_in']).toBeGreaterThan(2_500)
    expect(untrusted.body).toMatchObject({ vault_error: 'subject_token_invalid' })
    expect(unlisted.body).toMatchObject({ vault_error: 'policy_denied' })
    expect(revoked.body).toMatchObject({ vault_error: 'reconnect_required' })
  })
})

describe('RV-40: an actor token', () => {
  test.each<[string, (good: string) => string | Promise<string>]>([
    ['with another signature', (good) => `${good.slice(0, -8)}AAAAAAAA`],
    ['that is over', () => world.emulator.issueLoginToken('robot', { lifetimeSeconds: -60 })],
    ['for another audience', () => world.emulator.issueLoginToken('robot', { audience: 'other' })],
    [
      'of an issuer that nobody trusts',
      () =>
        world.emulator.issueLoginToken('robot', { claims: { iss: 'https://evil.example.com/' } }),
    ],
    ['that is none', () => 'none'],
  ])('%s is refused, however good the subject token is', async (_, forge) => {
    const actor_token = await forge(await world.subjectOf('robot'))

    const answer = await world.node.post(
      await anExchange(world, { actor_token, actor_token_type: JWT }),
    )

    expect(answer).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', vault_error: 'actor_token_invalid' },
    })
  })
})
