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
  const identity = aUser('behind-a-broken-one')
  const { id } = await connect(world, identity, { connection: 'github', scopes: ['repo'] })
  await putUnreadable(world)
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

test('a deliverer that is told to stop finishes one entry, and gives back the others untried', async () => {
  const world = await aWorld()
  for (const name of ['stop-1', 'stop-2', 'stop-3']) {
    const identity = aUser(name)
    const { id } = await connect(world, identity, { connection: 'github', scopes: ['repo'] })
    await world.call('DELETE', `/accounts/${id}`, { token: await world.bearer(identity) })
  }
  world.emulator.faults.add('github', { at: 'revoke', fault: { kind: 'hold' }, times: 1 })
  const revocations = () => world.emulator.log.entries({ provider: 'github', route: 'revoke' })
  const stopping = new AbortController()

  const round = world.deliver({ signal: stopping.signal })
  await expect.poll(() => revocations().length).toBe(1)
  stopping.abort()
  world.emulator.faults.release('github')

  expect(await round).toEqual({ claimed: 3, settled: 1, postponed: 2 })
  expect(revocations()).toHaveLength(1)
  expect(await world.deliver()).toEqual({ claimed: 2, settled: 2, postponed: 0 })
})
