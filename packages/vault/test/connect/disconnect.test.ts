import { describe, expect, onTestFinished, test } from 'vitest'

import { type ConnectWorld, startConnectWorld } from './connect-world.ts'
import { accountIds, aUser, connect } from './steps.ts'

/** A world of this test's own: these tests move the time. */
async function aWorld(): Promise<ConnectWorld> {
  const world = await startConnectWorld()
  onTestFinished(world.close)
  return world
}

const WEEK = 7 * 24 * 60 * 60

async function disconnect(world: ConnectWorld, user: string, id: string) {
  const token = await world.bearer(aUser(user))
  return await world.call('DELETE', `/accounts/${id}`, { token })
}

/** Each provider user is a grant of their own at the emulator. */
async function connectAs(world: ConnectWorld, providerUser: string, user: string, body = {}) {
  world.emulator.decideConsent('google', { decision: 'allow', user: providerUser })
  return await connect(world, aUser(user), body)
}

function revocations(world: ConnectWorld, provider: string, after: number) {
  return world.emulator.log.entries({ provider, route: 'revoke', after })
}

describe('disconnecting', () => {
  test('RV-75: removes the account at once, then ends its refresh token at the provider, with a receipt', async () => {
    const world = await aWorld()
    const { id } = await connectAs(world, 'alice', 'leaver')
    const refreshToken = world.emulator.log.tokenRequests('google').at(-1)?.issued.refreshToken
    const tick = world.emulator.log.tick()

    const answer = await disconnect(world, 'leaver', id)

    expect(answer.status).toBe(204)
    expect(await accountIds(world, aUser('leaver'))).toEqual([])
    expect(await world.store.accounts.find({ tenant: 'default', accountId: id })).toBeUndefined()
    expect(revocations(world, 'google', tick)).toEqual([])
    expect((await disconnect(world, 'leaver', id)).status).toBe(404)

    expect(await world.deliver()).toEqual({ claimed: 1, settled: 1, postponed: 0 })
    expect(revocations(world, 'google', tick).map(({ presented }) => presented.token)).toEqual([
      refreshToken,
    ])
    expect(world.events.slice(-2)).toMatchObject([
      { type: 'account.disconnected', outcome: 'success', accountId: id, userId: 'usr_leaver' },
      { type: 'provider.revoked', outcome: 'success', accountId: id, userId: 'usr_leaver' },
    ])
    expect((await world.deliver()).claimed).toBe(0)
  })

  test('ends the access token where the provider takes only those', async () => {
    const world = await aWorld()
    const { id } = await connect(world, aUser('hub'), { connection: 'github', scopes: ['repo'] })
    const accessToken = world.emulator.log.tokenRequests('github').at(-1)?.issued.accessToken
    const tick = world.emulator.log.tick()

    await disconnect(world, 'hub', id)
    await world.deliver()

    const [revoked] = revocations(world, 'github', tick)
    expect(revoked?.presented.accessToken ?? revoked?.presented.token).toBe(accessToken)
    expect(world.events.at(-1)).toMatchObject({ type: 'provider.revoked' })
  })

  test('R10: leaves a grant alone that another account of the same provider client still uses', async () => {
    const world = await aWorld()
    const first = await connectAs(world, 'bob', 'sharer')
    const second = await connectAs(world, 'bob', 'sharer', { connection: 'google-work' })
    const tick = world.emulator.log.tick()

    await disconnect(world, 'sharer', first.id)
    await world.deliver()
    expect(revocations(world, 'google', tick)).toEqual([])

    await disconnect(world, 'sharer', second.id)
    await world.deliver()
    expect(revocations(world, 'google', tick)).toHaveLength(1)

    // The first entry waited for the second account to decide itself; by now nobody shares.
    world.advance(900)
    await world.deliver()
    expect(world.events.filter(({ accountId }) => accountId === first.id).at(-1)).toMatchObject({
      type: 'provider.revoked',
    })
  })

  test('says so in the receipt when the grant stays in use', async () => {
    const world = await aWorld()
    const first = await connectAs(world, 'bobby', 'stayer')
    await connectAs(world, 'bobby', 'stayer', { connection: 'google-work' })
    const tick = world.emulator.log.tick()

    await disconnect(world, 'stayer', first.id)
    await world.deliver()
    world.advance(900)
    await world.deliver()

    expect(revocations(world, 'google', tick)).toEqual([])
    expect(world.events.at(-1)).toMatchObject({
      type: 'provider.revocation_failed',
      outcome: 'refused',
      reason: 'grant_in_use',
      accountId: first.id,
    })
  })

  test('R10: does not end the grant of a user who connected again before the provider could be told', async () => {
    const world = await aWorld()
    world.emulator.faults.add('google', { at: 'revoke', fault: { kind: 'server_error' } })
    const first = await connectAs(world, 'demo', 'returner')
    await disconnect(world, 'returner', first.id)
    expect(await world.deliver()).toMatchObject({ settled: 0, postponed: 1 })
    const tick = world.emulator.log.tick()

    await connectAs(world, 'demo', 'returner')
    world.advance(3600)
    await world.deliver()

    expect(revocations(world, 'google', tick)).toEqual([])
  })
})

describe('a provider that does not answer', () => {
  test('RV-75: is asked again with growing pauses, until it does', async () => {
    const world = await aWorld()
    const { id } = await connect(world, aUser('patient'), {
      connection: 'github',
      scopes: ['repo'],
    })
    await disconnect(world, 'patient', id)
    world.emulator.faults.add('github', {
      at: 'revoke',
      fault: { kind: 'server_error' },
      times: 3,
    })

    const pauses: number[] = []
    for (let waited = 0; waited < 200 && pauses.length < 4; waited++) {
      const { claimed } = await world.deliver()
      if (claimed > 0) pauses.push(waited)
      world.advance(1)
    }

    const gaps = pauses.slice(1).map((at, i) => at - (pauses[i] ?? 0))
    expect(gaps).toHaveLength(3)
    expect(gaps[0]).toBeGreaterThanOrEqual(10)
    expect(gaps[1]).toBeGreaterThanOrEqual(20)
    expect(gaps[2]).toBeGreaterThanOrEqual(40)
    expect(world.events.at(-1)).toMatchObject({ type: 'provider.revoked', accountId: id })
  })

  test('is given up after a week, with a receipt that says so', async () => {
    const world = await aWorld()
    const { id } = await connect(world, aUser('hopeless'), {
      connection: 'github',
      scopes: ['repo'],
    })
    await disconnect(world, 'hopeless', id)
    world.emulator.faults.add('github', {
      at: 'revoke',
      fault: { kind: 'server_error' },
      times: 'always',
    })

    await world.deliver()
    world.advance(WEEK)
    await world.deliver()

    expect(world.events.at(-1)).toMatchObject({
      type: 'provider.revocation_failed',
      outcome: 'failed',
      reason: 'gave_up_http_503',
      accountId: id,
    })
    world.advance(WEEK)
    expect((await world.deliver()).claimed).toBe(0)
  })

  test('without a receipt nothing is done with: an audit log that is down leaves the entry there', async () => {
    const world = await aWorld()
    const { id } = await connect(world, aUser('receipt'), {
      connection: 'github',
      scopes: ['repo'],
    })
    await disconnect(world, 'receipt', id)

    world.setAudit('down')
    const round = await world.deliver().finally(() => world.setAudit('up'))
    expect(round).toEqual({ claimed: 1, settled: 0, postponed: 1 })

    world.advance(200)
    expect(await world.deliver()).toMatchObject({ settled: 1 })
    expect(world.events.at(-1)).toMatchObject({ type: 'provider.revoked', accountId: id })
  })
})

describe('against a refresh under way', () => {
  test('a disconnect wins: what the refresh brings home finds no row', async () => {
    const world = await aWorld()
    const { id } = await connectAs(world, 'alice', 'racer')
    const key = { tenant: 'default', accountId: id }
    const claim = await world.store.accounts.claimRefresh({
      key,
      generation: 1,
      leaseId: 'lease',
      leaseUntil: world.now() + 30,
      now: world.now(),
    })
    expect(claim.claimed).toBe(true)

    expect((await disconnect(world, 'racer', id)).status).toBe(204)

    const committed = await world.store.accounts.commitRefresh({
      key,
      generation: 1,
      accessToken: new Uint8Array([1]),
      accessIssuedAt: world.now(),
      scopes: [],
      now: world.now(),
    })
    expect(committed).toBe(false)
    expect(await accountIds(world, aUser('racer'))).toEqual([])
  })
})
