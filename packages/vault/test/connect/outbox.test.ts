import { expect, onTestFinished, test } from 'vitest'

import { type ConnectWorld, startConnectWorld } from './connect-world.ts'
import { aUser, connect } from './steps.ts'

async function aWorld(): Promise<ConnectWorld> {
  const world = await startConnectWorld()
  onTestFinished(world.close)
  return world
}

async function putUnreadable(world: ConnectWorld): Promise<void> {
  await world.store.outbox.put({
    tenant: 'default',
    draft: { id: 'out_broken', kind: 'provider_revocation', payload: new Uint8Array(200) },
    now: world.now() - 10,
  })
}

test('an entry that nobody can read any more is given up, and holds up no other', async () => {
  const world = await aWorld()
  await putUnreadable(world)
  const identity = aUser('behind-a-broken-one')
  const { id } = await connect(world, identity, { connection: 'github', scopes: ['repo'] })
  await world.call('DELETE', `/accounts/${id}`, { token: await world.bearer(identity) })

  expect(await world.deliver()).toEqual({ claimed: 2, settled: 2, postponed: 0 })

  expect(world.events.slice(-2)).toMatchObject([
    { type: 'provider.revocation_failed', outcome: 'failed', reason: 'unreadable' },
    { type: 'provider.revoked', accountId: id },
  ])
})

test('two deliverers at the same time call the provider once', async () => {
  const world = await aWorld()
  const identity = aUser('two-deliverers')
  const { id } = await connect(world, identity, { connection: 'github', scopes: ['repo'] })
  await world.call('DELETE', `/accounts/${id}`, { token: await world.bearer(identity) })

  const rounds = await Promise.all([world.deliver(), world.deliver(), world.deliver()])

  expect(rounds.reduce((sum, { settled }) => sum + settled, 0)).toBe(1)
  expect(world.emulator.log.entries({ provider: 'github', route: 'revoke' })).toHaveLength(1)
})

test('a deliverer that dies before its receipt leaves the entry to the next', async () => {
  const world = await aWorld()
  const identity = aUser('dies')
  const { id } = await connect(world, identity, { connection: 'github', scopes: ['repo'] })
  await world.call('DELETE', `/accounts/${id}`, { token: await world.bearer(identity) })
  const now = world.now()
  await world.store.outbox.claim({ tenant: 'default', now, leaseUntil: now + 150, limit: 10 })

  expect((await world.deliver()).claimed).toBe(0)
  world.advance(151)
  expect(await world.deliver()).toMatchObject({ claimed: 1, settled: 1 })
})
