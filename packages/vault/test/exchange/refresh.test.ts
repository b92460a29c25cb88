import type { FaultPlan } from '@valetkey/emulator'
import { afterEach, describe, expect, test } from 'vitest'

import type { RunRefreshDependencies } from '../../src/use-cases/refresh-run.ts'
import { openRevocation } from '../../src/use-cases/revocation.ts'
import {
  anExchange,
  CALENDAR,
  type ExchangeWorld,
  MAIL,
  startExchangeWorld,
  type VaultNode,
} from './exchange-world.ts'

type CrashPoint = Parameters<RunRefreshDependencies['crashPoint']>[0]

const STRICT = { google: { rotation: { rotation: 'strict' } } } as const
const SINGLE_USE = { google: { rotation: { rotation: 'single_use' } } } as const
const OVERLAPPING = { google: { rotation: { rotation: 'overlapping' } } } as const
const STABLE = { google: { rotation: { rotation: 'stable' } } } as const
const GRACE = { google: { rotation: { rotation: 'grace', graceSeconds: 3_600 } } } as const

/** Longer than a Google access token lives. */
const EXPIRED = 4_000
const LEASE = 31

let world: ExchangeWorld
afterEach(async () => {
  await world.close()
})

/** A point at which a process stops for good, or until it is let go on. */
function aStop(point: CrashPoint): {
  crashPoint: RunRefreshDependencies['crashPoint']
  reached: Promise<void>
  resume: () => void
} {
  let arrive: () => void = () => {}
  let resume: () => void = () => {}
  const reached = new Promise<void>((resolve) => (arrive = resolve))
  const gate = new Promise<void>((resolve) => (resume = resolve))
  return {
    crashPoint: async (label) => {
      if (label !== point) return
      arrive()
      await gate
    },
    reached,
    resume,
  }
}

async function exchange(node: VaultNode = world.node, overrides = {}) {
  return await node.post(await anExchange(world, overrides))
}

function refreshes(): number {
  return world.emulator.log.refreshes().length
}

describe('F1, F17, I1, I3, I4, I10: many callers', () => {
  test('one refresh serves all callers of one process', async () => {
    world = await startExchangeWorld({ emulator: { behaviour: STRICT } })
    await world.connect()
    world.advance(EXPIRED)

    const answers = await Promise.all(Array.from({ length: 50 }, () => exchange()))

    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
    expect(new Set(answers.map(({ body }) => body['access_token'])).size).toBe(1)
    expect(refreshes()).toBe(1)
  })

  test('one refresh serves all processes, and each refresh token is presented once', async () => {
    world = await startExchangeWorld({ emulator: { behaviour: STRICT } })
    await world.connect()
    const nodes = Array.from({ length: 4 }, () => world.startNode({ waitSeconds: 1_000 }))
    world.emulator.faults.add('google', {
      at: 'refresh',
      fault: { kind: 'delay', milliseconds: 20 },
      times: 'always',
    })

    for (let round = 1; round <= 3; round++) {
      world.advance(EXPIRED)
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => exchange(nodes[i % nodes.length])),
      )

      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
      expect(answers.map(({ body }) => body['generation'])).toEqual(Array(20).fill(round + 1))
    }

    const presented = world.emulator.log.refreshes().map((entry) => entry.presented.refreshToken)
    expect(presented).toHaveLength(3)
    expect(new Set(presented).size).toBe(3)
    expect(world.emulator.log.mostAtOnce({ grantType: 'refresh_token' })).toBe(1)
  })

  test('a token that runs out soon is served at once, and refreshed once in the background', async () => {
    world = await startExchangeWorld()
    await world.connect({ lifetimeSeconds: 3_600 })
    world.advance(3_600 - 100)

    const answers = await Promise.all(Array.from({ length: 10 }, () => exchange()))
    await world.node.refresher.drain()

    expect(answers.map(({ body }) => body['generation'])).toEqual(Array(10).fill(1))
    expect(refreshes()).toBe(1)
    expect((await exchange()).body).toMatchObject({ generation: 2 })
  })

  test('RV-32: a token with less than half a minute left is refreshed first', async () => {
    world = await startExchangeWorld()
    await world.connect({ lifetimeSeconds: 3_600 })
    world.advance(3_600 - 29)

    expect((await exchange()).body).toMatchObject({ generation: 2 })
  })

  test('I8: other accounts are served while a provider hangs', async () => {
    world = await startExchangeWorld()
    await world.connect()
    await world.connect({ connection: 'github', scopes: ['repo'] })
    world.advance(EXPIRED)
    world.emulator.faults.add('google', { at: 'refresh', fault: { kind: 'hold' } })
    const held = exchange()
    await world.emulator.log.arrival({ grantType: 'refresh_token' })

    const others = await Promise.all(
      Array.from({ length: 50 }, () => exchange(world.node, { audience: 'github' })),
    )

    expect(others.map(({ status }) => status)).toEqual(Array(50).fill(200))
    world.emulator.faults.release()
    expect((await held).status).toBe(200)
  })
})

describe('F2, R16: a caller that cannot wait', () => {
  test('is told to come back, and the refresh goes on without it', async () => {
    world = await startExchangeWorld({ emulator: { behaviour: STRICT } })
    await world.connect()
    world.advance(EXPIRED)
    world.emulator.faults.add('google', { at: 'refresh', fault: { kind: 'hold', when: 'after' } })
    const impatient = exchange()
    await world.emulator.log.arrival({ grantType: 'refresh_token' })
    expect(await world.runtime.sleeperOf(4)).toBe(4.5)

    world.runtime.advance(5)

    const answer = await impatient
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(answer.body).toMatchObject({ vault_error: 'provider_unavailable' })
    world.emulator.faults.release()
    await world.node.refresher.drain()
    expect((await exchange()).body).toMatchObject({ generation: 2 })
    expect(refreshes()).toBe(1)
  })
})

describe('F3, F4, I6: a process that dies', () => {
  const points: readonly CrashPoint[] = [
    'before_claim',
    'after_claim',
    'before_send',
    'after_provider_response',
    'after_seal',
    'after_commit',
  ]
  const lost: readonly CrashPoint[] = ['after_provider_response', 'after_seal']

  test.each(points.flatMap((point) => [STABLE, GRACE].map((mode) => [point, mode] as const)))(
    'at %s costs no account of a provider that bears a replay: %j',
    async (point, behaviour) => {
      const stop = aStop(point)
      world = await startExchangeWorld({ emulator: { behaviour }, node: stop })
      await world.connect()
      world.advance(EXPIRED)
      const lostCaller = exchange()
      await stop.reached

      world.advance(LEASE)
      const answer = await exchange(world.startNode())

      expect(answer.body).toMatchObject({ generation: 2 })
      expect(refreshes()).toBe(lost.includes(point) ? 2 : 1)
      // The dead come back only so that the world can end.
      stop.resume()
      await lostCaller
    },
  )

  test.each(points.filter((point) => !lost.includes(point)))(
    'at %s costs no account of a strict provider',
    async (point) => {
      const stop = aStop(point)
      world = await startExchangeWorld({ emulator: { behaviour: STRICT }, node: stop })
      await world.connect()
      world.advance(EXPIRED)
      const lostCaller = exchange()
      await stop.reached

      world.advance(LEASE)

      expect((await exchange(world.startNode())).body).toMatchObject({ generation: 2 })
      expect(refreshes()).toBe(1)
      stop.resume()
      await lostCaller
    },
  )

  test.each(lost)(
    'at %s asks the user of a strict provider once, after one more presentation',
    async (point) => {
      const stop = aStop(point)
      world = await startExchangeWorld({ emulator: { behaviour: STRICT }, node: stop })
      await world.connect()
      world.advance(EXPIRED)
      const lostCaller = exchange()
      await stop.reached

      world.advance(LEASE)
      const answer = await exchange(world.startNode())

      expect(answer.status).toBe(400)
      expect(answer.body).toMatchObject({
        error: 'interaction_required',
        vault_error: 'reconnect_required',
        reason: 'rotation_lost',
      })
      expect(refreshes()).toBe(2)
      stop.resume()
      await lostCaller
    },
  )

  test('others wait for the lease of the dead one, and say so', async () => {
    const stop = aStop('after_claim')
    world = await startExchangeWorld({ node: stop })
    await world.connect()
    world.advance(EXPIRED)
    const lostCaller = exchange()
    await stop.reached

    const answer = await exchange(world.startNode())

    expect(answer.status).toBe(503)
    expect(answer.headers.has('retry-after')).toBe(true)
    expect(refreshes()).toBe(0)
    stop.resume()
    await lostCaller
  })
})

describe('F5, F6, R15: an answer that never comes', () => {
  const spent: readonly FaultPlan['fault'][] = [
    { kind: 'reset', when: 'after' },
    { kind: 'server_error', when: 'after' },
    { kind: 'truncated_body' },
    { kind: 'html', when: 'after' },
  ]

  test.each(spent)('a strict provider that had rotated: %j', async (fault) => {
    world = await startExchangeWorld({ emulator: { behaviour: STRICT } })
    await world.connect()
    world.advance(EXPIRED)
    world.emulator.faults.add('google', { at: 'refresh', fault })

    expect((await exchange()).status).toBe(503)
    expect(await world.find('cac_1')).toMatchObject({ state: 'uncertain', generation: 1 })
    world.advance(400)

    expect((await exchange()).body).toMatchObject({ reason: 'rotation_lost' })
    expect(refreshes()).toBe(2)
  })

  test.each(spent)('a provider with a stable refresh token: %j', async (fault) => {
    world = await startExchangeWorld({ emulator: { behaviour: STABLE } })
    await world.connect()
    world.advance(EXPIRED)
    world.emulator.faults.add('google', { at: 'refresh', fault })

    expect((await exchange()).status).toBe(503)
    world.advance(400)

    expect((await exchange()).body).toMatchObject({ generation: 2 })
  })

  test('a strict provider that had not rotated: the second presentation succeeds', async () => {
    world = await startExchangeWorld({ emulator: { behaviour: STRICT } })
    await world.connect()
    world.advance(EXPIRED)
    const fault = { kind: 'server_error', when: 'before' } as const
    world.emulator.faults.add('google', { at: 'refresh', fault, times: 3 })

    for (let i = 0; i < 3; i++) {
      expect((await exchange()).status).toBe(503)
      world.advance(400)
    }

    expect((await exchange()).body).toMatchObject({ generation: 2 })
    expect(await world.find('cac_1')).toMatchObject({ state: 'active' })
  })

  test('R16: a still good token is served also while the account is uncertain', async () => {
    world = await startExchangeWorld({ emulator: { behaviour: STRICT } })
    await world.connect({ lifetimeSeconds: 3_600 })
    world.advance(3_600 - 200)
    world.emulator.faults.add('google', { at: 'refresh', fault: { kind: 'reset', when: 'after' } })

    expect((await exchange()).status).toBe(200)
    await world.node.refresher.drain()
    expect(await world.find('cac_1')).toMatchObject({ state: 'uncertain' })

    expect((await exchange()).body).toMatchObject({ generation: 1 })
  })
})

describe('F7, I12: a store that is down when the new tokens are in memory', () => {
  test('is asked again until it takes them; the provider is not', async () => {
    let failures = 6
    world = await startExchangeWorld({
      emulator: { behaviour: STRICT },
      node: {
        accounts: (real) => ({
          ...real,
          commitRefresh: async (commit) => {
            if (failures-- > 0) throw new Error('disk full')
            return await real.commitRefresh(commit)
          },
        }),
      },
      shortSeconds: 10,
    })
    await world.connect()
    world.advance(EXPIRED)

    // The caller's patience ends at once in this world; the refresh goes on.
    expect((await exchange()).status).toBe(503)
    await world.node.refresher.drain()

    expect(await world.find('cac_1')).toMatchObject({ generation: 2, state: 'active' })
    expect(refreshes()).toBe(1)
    expect(world.logged()).toContain('refresh_commit_failed')
  })

  test('holds its lease meanwhile, so that no other process refreshes', async () => {
    let isDown = true
    world = await startExchangeWorld({
      emulator: { behaviour: STRICT },
      shortSeconds: 0.01,
      node: {
        waitSeconds: 1_000,
        accounts: (real) => ({
          ...real,
          commitRefresh: async (commit) => {
            if (isDown) throw new Error('disk full')
            return await real.commitRefresh(commit)
          },
        }),
      },
    })
    await world.connect()
    world.advance(EXPIRED)
    const caller = exchange()
    await world.runtime.sleeperUpTo(10)
    for (let i = 0; i < 4; i++) {
      const before = (await world.find('cac_1'))?.refresh.leaseUntil ?? 0
      world.advance(20)
      await untilTrue(async () => ((await world.find('cac_1'))?.refresh.leaseUntil ?? 0) > before)
      await world.runtime.sleeperUpTo(10)
    }

    isDown = false
    world.advance(20)

    expect((await caller).body).toMatchObject({ generation: 2 })
    expect(refreshes()).toBe(1)
  })

  test('is given up by a stop after its time, and said in the log', async () => {
    world = await startExchangeWorld({
      shortSeconds: 0.01,
      node: {
        waitSeconds: 1_000,
        accounts: (real) => ({
          ...real,
          commitRefresh: () => Promise.reject(new Error('disk full')),
        }),
      },
    })
    await world.connect()
    world.advance(EXPIRED)
    const caller = exchange()
    await world.runtime.sleeperUpTo(10)

    const drained = world.node.refresher.drain()
    world.advance(61)
    await drained

    expect((await caller).status).toBe(503)
    expect(world.logged()).toContain('refresh_commit_lost')
  })
})

describe('F8, F9, I2, I5: a process that is frozen for longer than its lease', () => {
  test('before it has sent: it does not send', async () => {
    const stop = aStop('before_send')
    world = await startExchangeWorld({
      emulator: { behaviour: STRICT },
      node: { ...stop, waitSeconds: 1_000 },
    })
    await world.connect()
    world.advance(EXPIRED)
    const frozen = exchange()
    await stop.reached

    world.advance(LEASE)
    await exchange(world.startNode())
    stop.resume()

    expect((await frozen).body).toMatchObject({ generation: 2 })
    expect(refreshes()).toBe(1)
  })

  test('after the provider answered: the generation that was stored first stays', async () => {
    const stop = aStop('after_provider_response')
    world = await startExchangeWorld({
      emulator: { behaviour: OVERLAPPING },
      node: { ...stop, waitSeconds: 1_000 },
    })
    await world.connect()
    world.advance(EXPIRED)
    const frozen = exchange()
    await stop.reached

    world.advance(LEASE)
    const winner = await exchange(world.startNode())
    stop.resume()

    expect((await frozen).body['access_token']).toBe(winner.body['access_token'])
    expect(world.events).toContainEqual(
      expect.objectContaining({ type: 'account.refresh_conflict', reason: 'superseded' }),
    )
    expect(await world.find('cac_1')).toMatchObject({ generation: 2, state: 'active' })
  })

  test('nobody else wrote: its token is still the newest, and is kept', async () => {
    const stop = aStop('after_provider_response')
    world = await startExchangeWorld({
      emulator: { behaviour: STRICT },
      node: { ...stop, waitSeconds: 1_000 },
    })
    await world.connect()
    world.advance(EXPIRED)
    const frozen = exchange()
    await stop.reached

    world.advance(LEASE)
    stop.resume()

    expect((await frozen).body).toMatchObject({ generation: 2 })
  })

  test('a refusal of a refresh token that was replaced meanwhile changes nothing', async () => {
    world = await startExchangeWorld({ emulator: { behaviour: SINGLE_USE } })
    await world.connect()
    world.advance(EXPIRED)
    world.emulator.faults.add('google', { at: 'refresh', fault: { kind: 'hold', when: 'before' } })
    const slow = exchange()
    await world.emulator.log.arrival({ grantType: 'refresh_token' })
    world.advance(LEASE)
    expect((await exchange(world.startNode())).body).toMatchObject({ generation: 2 })

    world.emulator.faults.release()

    // Its patience ended when time passed; what it did afterwards is what counts.
    await slow
    await world.node.refresher.drain()
    expect(await world.find('cac_1')).toMatchObject({ generation: 2, state: 'active' })
    expect((await exchange()).body).toMatchObject({ generation: 2 })
  })

  test('a process that knows a newer token heals an account that another marked', async () => {
    const stop = aStop('after_provider_response')
    world = await startExchangeWorld({
      emulator: { behaviour: SINGLE_USE },
      node: { ...stop, waitSeconds: 1_000 },
    })
    await world.connect()
    world.advance(EXPIRED)
    const frozen = exchange()
    await stop.reached
    world.advance(LEASE)
    const misled = await exchange(world.startNode())
    expect(misled.body).toMatchObject({ reason: 'rotation_lost' })

    stop.resume()

    expect((await frozen).body).toMatchObject({ generation: 2 })
    expect(await world.find('cac_1')).toMatchObject({ generation: 2, state: 'active' })
    expect((await exchange()).status).toBe(200)
  })
})

describe('F12, I7: a user who disconnects while the refresh is under way', () => {
  test('wins: nothing comes back, and what the provider gave is revoked', async () => {
    const stop = aStop('after_provider_response')
    world = await startExchangeWorld({ emulator: { behaviour: STRICT }, node: stop })
    const account = await world.connect()
    world.advance(EXPIRED)
    const caller = exchange()
    await stop.reached
    const key = { tenant: account.tenant, accountId: account.id }
    const now = world.runtime.now()
    await world.store.accounts.remove({
      key,
      userId: account.userId,
      expectedGeneration: 1,
      now,
    })

    stop.resume()

    expect((await caller).body).toMatchObject({ vault_error: 'not_connected' })
    expect(await world.find('cac_1')).toBeUndefined()
    const fresh = world.emulator.log.refreshes().at(-1)?.issued
    const entries = await world.store.outbox.claim({
      tenant: account.tenant,
      now,
      leaseUntil: now + 60,
      limit: 10,
    })
    const sealed = { tenant: account.tenant, sealer: world.sealer }
    expect(await Promise.all(entries.map((entry) => openRevocation(sealed, entry)))).toEqual([
      {
        connection: 'google',
        providerAccountId: account.providerAccountId,
        userId: account.userId,
        accountId: 'cac_1',
        accessToken: fresh?.accessToken,
        refreshToken: fresh?.refreshToken,
      },
    ])
  })

  test('wins also when the row is only marked as revoked', async () => {
    const stop = aStop('after_provider_response')
    world = await startExchangeWorld({ emulator: { behaviour: STRICT }, node: stop })
    const account = await world.connect()
    world.advance(EXPIRED)
    const caller = exchange()
    await stop.reached
    await world.store.accounts.changeState({
      key: { tenant: account.tenant, accountId: account.id },
      generation: 1,
      state: 'revoked',
      now: world.runtime.now(),
    })

    stop.resume()

    expect((await caller).body).toMatchObject({ vault_error: 'reconnect_required' })
    expect(await world.find('cac_1')).toMatchObject({ state: 'revoked', generation: 1 })
  })
})

describe('F13, I9: a wrong client secret', () => {
  test('marks no account, and works again when it is mended', async () => {
    world = await startExchangeWorld({ emulator: { users: people(12) } })
    for (const { id } of people(12)) await world.connect({ user: id })
    world.advance(EXPIRED)
    world.emulator.faults.add('google', {
      at: 'refresh',
      fault: { kind: 'error', error: 'invalid_client', status: 401 },
      times: 'always',
    })

    const answers = await Promise.all(people(12).map(({ id }) => exchangeOf(id)))

    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(503))
    const states = await Promise.all(people(12).map((_, i) => world.find(`cac_${i + 1}`)))
    expect(states.map((account) => account?.state)).toEqual(Array(12).fill('active'))

    world.emulator.faults.clear()
    world.advance(600)
    for (const { id } of people(12)) expect((await exchangeOf(id)).status).toBe(200)
  })
})

describe('one account for which the provider refuses the client', () => {
  test('is asked for less often, and holds up nobody else', async () => {
    world = await startExchangeWorld({ emulator: { users: people(2) } })
    for (const { id } of people(2)) await world.connect({ user: id })
    const [dead = '', alive = ''] = people(2).map(({ id }) => id)
    world.advance(EXPIRED)
    world.emulator.faults.add('google', {
      at: 'refresh',
      fault: { kind: 'error', error: 'invalid_client', status: 401 },
    })

    const refused = await exchangeOf(dead)
    for (let index = 0; index < 5; index += 1) await exchangeOf(dead)

    expect(refused).toMatchObject({ status: 503, body: { vault_error: 'provider_unavailable' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(30)
    expect(world.emulator.log.refreshes()).toHaveLength(1)
    expect((await exchangeOf(alive)).status).toBe(200)
    world.advance(31)
    expect((await exchangeOf(dead)).status).toBe(200)
  })
})

describe('F14: a provider that is in trouble', () => {
  test.each<[string, FaultPlan['fault']]>([
    ['429', { kind: 'rate_limited', retryAfterSeconds: 17 }],
    ['429 without Retry-After', { kind: 'rate_limited' }],
    ['500', { kind: 'server_error', status: 500 }],
    ['502', { kind: 'server_error', status: 502 }],
    ['HTML with 200', { kind: 'html' }],
    ['HTML after acting', { kind: 'html', when: 'after' }],
    ['half a body', { kind: 'truncated_body' }],
    ['an unknown error with 400', { kind: 'error', error: 'something_new', status: 400 }],
    ['an unknown error with 200', { kind: 'error_in_200', error: 'something_new' }],
    ['a redirect', { kind: 'redirect', location: 'http://169.254.169.254/' }],
    ['a reset', { kind: 'reset', when: 'before' }],
    ['no object', { kind: 'not_an_object' }],
    ['a huge body', { kind: 'huge_body' }],
    ['a token with CR and LF', { kind: 'control_characters' }],
    ['temporarily_unavailable', { kind: 'error', error: 'temporarily_unavailable', status: 400 }],
    ['403', { kind: 'error', error: 'access_denied', status: 403 }],
  ])('is an outage and nothing else: %s', async (_, fault) => {
    world = await startExchangeWorld()
    await world.connect()
    world.advance(EXPIRED)
    world.emulator.faults.add('google', { at: 'refresh', fault })

    const answer = await exchange()

    expect(answer.status).toBe(503)
    expect(answer.body).toMatchObject({
      error: 'temporarily_unavailable',
      vault_error: 'provider_unavailable',
    })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await world.find('cac_1'))?.state).toMatch(/^(active|uncertain)$/)
    world.advance(400)
    expect((await exchange()).status).toBe(200)
  })

  test('is not asked again before its Retry-After', async () => {
    world = await startExchangeWorld()
    await world.connect()
    world.advance(EXPIRED)
    world.emulator.faults.add('google', {
      at: 'refresh',
      fault: { kind: 'rate_limited', retryAfterSeconds: 60 },
    })

    const first = await exchange()
    world.advance(40)
    const second = await exchange()

    expect(first.headers.get('retry-after')).toBe('60')
    expect(second.headers.get('retry-after')).toBe('20')
    expect(refreshes()).toBe(1)
    world.advance(20)
    expect((await exchange()).status).toBe(200)
  })

  test('leaves callers with the stored token for as long as that is good', async () => {
    world = await startExchangeWorld()
    await world.connect({ lifetimeSeconds: 3_600 })
    world.advance(3_600 - 100)
    world.emulator.faults.add('google', {
      at: 'refresh',
      fault: { kind: 'server_error' },
      times: 'always',
    })

    expect((await exchange()).status).toBe(200)
    await world.node.refresher.drain()
    world.advance(60)
    expect((await exchange()).status).toBe(200)
    world.advance(40)
    expect((await exchange()).status).toBe(503)
  })
})

describe('F15: an answer that leaves something out', () => {
  test('no refresh token: the old one stays, sealed anew', async () => {
    world = await startExchangeWorld({ emulator: { behaviour: STABLE } })
    await world.connect()
    const before = await world.refreshTokenOf('cac_1')
    world.advance(EXPIRED)

    await exchange()

    expect(await world.find('cac_1')).toMatchObject({ generation: 2 })
    expect(await world.refreshTokenOf('cac_1')).toBe(before)
    world.advance(EXPIRED)
    expect((await exchange()).body).toMatchObject({ generation: 3 })
  })

  test('a new refresh token takes the place of the old one', async () => {
    world = await startExchangeWorld({ emulator: { behaviour: STRICT } })
    await world.connect()
    const before = await world.refreshTokenOf('cac_1')
    world.advance(EXPIRED)

    await exchange()

    const after = await world.refreshTokenOf('cac_1')
    expect(after).toBe(world.emulator.log.refreshes().at(-1)?.issued.refreshToken)
    expect(after).not.toBe(before)
  })

  test('no expires_in: the token is not taken for everlasting', async () => {
    world = await startExchangeWorld()
    await world.connect()
    world.advance(EXPIRED)
    world.emulator.faults.add('google', { at: 'refresh', fault: { kind: 'missing_expires_in' } })

    expect((await exchange()).body['expires_in']).toBeGreaterThan(0)
    world.advance(EXPIRED)
    expect((await exchange()).body).toMatchObject({ generation: 3 })
  })

  test('narrowed scopes are stored, and an exchange that needs more says which', async () => {
    world = await startExchangeWorld()
    await world.connect({ scopes: [CALENDAR, MAIL] })
    world.advance(EXPIRED)
    world.emulator.faults.add('google', {
      at: 'refresh',
      fault: { kind: 'narrowed_scope', scopes: [MAIL] },
    })

    const answer = await exchange(world.node, { scope: `${CALENDAR} ${MAIL}` })

    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({
      vault_error: 'scopes_missing',
      missing_scope: CALENDAR,
      granted_scope: MAIL,
    })
    expect((await exchange(world.node, { scope: MAIL })).body).toMatchObject({ scope: MAIL })
  })
})

describe('a provider that says no', () => {
  test('is asked once more after some seconds, and believed then', async () => {
    world = await startExchangeWorld({
      emulator: { behaviour: STABLE },
      node: { waitSeconds: 1_000 },
    })
    await world.connect()
    world.advance(EXPIRED)
    world.emulator.revokeGrant({ provider: 'google', user: 'alice' })
    const caller = exchange()

    await passTime(5)

    expect((await caller).body).toMatchObject({
      vault_error: 'reconnect_required',
      reason: 'revoked',
    })
    expect(refreshes()).toBe(2)
    expect(await world.find('cac_1')).toMatchObject({
      state: 'reauth_required',
      reconnectReason: 'revoked',
    })
    expect(world.events).toContainEqual(
      expect.objectContaining({ type: 'account.state_changed', reason: 'revoked' }),
    )
  })

  test('by mistake, once: the account lives on', async () => {
    world = await startExchangeWorld({
      emulator: { behaviour: STABLE },
      node: { waitSeconds: 1_000 },
    })
    await world.connect()
    world.advance(EXPIRED)
    world.emulator.faults.add('google', {
      at: 'refresh',
      fault: { kind: 'error', error: 'invalid_grant', status: 400 },
    })
    const caller = exchange()

    await passTime(5)

    expect((await caller).body).toMatchObject({ generation: 2 })
  })

  test('is not asked again where a replay ends the grant', async () => {
    world = await startExchangeWorld({ emulator: { behaviour: STRICT } })
    await world.connect()
    world.advance(EXPIRED)
    world.emulator.revokeGrant({ provider: 'google', user: 'alice' })

    expect((await exchange()).body).toMatchObject({ reason: 'revoked' })
    expect(refreshes()).toBe(1)
    expect((await exchange()).body).toMatchObject({ reason: 'revoked' })
    expect(refreshes()).toBe(1)
  })

  test('an expired token without refresh token needs the user', async () => {
    world = await startExchangeWorld({ emulator: { behaviour: { google: { rotation: 'none' } } } })
    await world.connect({ lifetimeSeconds: 3_600 })
    world.advance(EXPIRED)

    expect((await exchange()).body).toMatchObject({ reason: 'expired' })
    expect(await world.find('cac_1')).toMatchObject({ state: 'reauth_required' })
  })
})

describe('F16, R17: a refused token', () => {
  test('of the stored generation is replaced, once for everyone who reports it', async () => {
    world = await startExchangeWorld({ emulator: { behaviour: STRICT } })
    await world.connect()

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => exchange(world.node, { force_refresh: 'cac_1:1' })),
    )

    expect(refreshes()).toBe(1)
    const served = answers.filter(({ status }) => status === 200)
    expect(served.length).toBeGreaterThan(0)
    expect(served.map(({ body }) => body['generation'])).toEqual(served.map(() => 2))
    for (const { status, headers } of answers.filter((answer) => answer.status !== 200)) {
      expect(status).toBe(429)
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    }
    expect((await exchange(world.node, { force_refresh: 'cac_1:1' })).body).toMatchObject({
      generation: 2,
    })
  })

  test('is limited across clients, and never handed out again', async () => {
    world = await startExchangeWorld()
    await world.connect()
    world.clients.set('other', { ...world.agent, id: 'other' })

    expect((await exchange(world.node, { force_refresh: 'cac_1:1' })).status).toBe(200)
    const again = await exchange(world.node, { force_refresh: 'cac_1:2', client_id: 'other' })

    expect(again.status).toBe(429)
    expect(again.headers.get('retry-after')).toBe('30')
    expect(again.text).not.toContain('access_token"')
    world.advance(30)
    expect((await exchange(world.node, { force_refresh: 'cac_1:2' })).body).toMatchObject({
      generation: 3,
    })
  })

  test('of an older generation is no reason to refresh', async () => {
    world = await startExchangeWorld()
    await world.connect({ overrides: { generation: 5 } })

    expect((await exchange(world.node, { force_refresh: 'cac_1:4' })).body).toMatchObject({
      generation: 5,
    })
    expect(refreshes()).toBe(0)
  })

  test('is not handed out again while the provider is down', async () => {
    world = await startExchangeWorld()
    await world.connect()
    world.emulator.faults.add('google', { at: 'refresh', fault: { kind: 'server_error' } })

    const answer = await exchange(world.node, { force_refresh: 'cac_1:1' })

    expect(answer.status).toBe(503)
    expect(answer.body['access_token']).toBeUndefined()
  })

  test('a refresh that would kill the token of others needs a policy', async () => {
    world = await startExchangeWorld()
    await world.connect({ connection: 'github-app', scopes: [] })

    const refused = await exchange(world.node, {
      audience: 'github-app',
      force_refresh: 'cac_1:1',
    })

    expect(refused.body).toMatchObject({ vault_error: 'policy_denied' })
    expect(refreshes()).toBe(0)
    const policy = { scopes: [], overScope: 'allow', forcedRefresh: 'allow' } as const
    world.clients.set('my-agent', { ...world.agent, connections: { 'github-app': policy } })
    const allowed = await exchange(world.node, {
      audience: 'github-app',
      force_refresh: 'cac_1:1',
    })
    expect(allowed.body).toMatchObject({ generation: 2 })
  })

  test('without a refresh token the provider is asked, and its word decides', async () => {
    world = await startExchangeWorld()
    await world.connect({ connection: 'github', scopes: ['repo'] })
    const report = { audience: 'github', force_refresh: 'cac_1:1' }

    const accepted = await exchange(world.node, report)
    expect(accepted.body).toMatchObject({ generation: 1 })
    expect(await world.find('cac_1')).toMatchObject({ state: 'active' })

    world.advance(30)
    world.emulator.revokeGrant({ provider: 'github', user: 'alice' })
    const refused = await exchange(world.node, report)
    expect(refused.body).toMatchObject({ vault_error: 'reconnect_required', reason: 'revoked' })
    expect(await world.find('cac_1')).toMatchObject({ state: 'reauth_required' })
  })

  test('without a refresh token, a provider that is down decides nothing', async () => {
    world = await startExchangeWorld()
    await world.connect({ connection: 'github', scopes: ['repo'] })
    world.emulator.faults.add('github', { at: 'userinfo', fault: { kind: 'server_error' } })

    const answer = await exchange(world.node, { audience: 'github', force_refresh: 'cac_1:1' })

    expect(answer.status).toBe(503)
    expect(await world.find('cac_1')).toMatchObject({ state: 'active' })
  })
})

function people(count: number): { id: string; name: string; email: string }[] {
  return Array.from({ length: count }, (_, i) => {
    const id = i === 0 ? 'alice' : `user${i}`
    return { id, name: id, email: `${id}@example.com` }
  })
}

async function exchangeOf(user: string) {
  return await world.node.post(await anExchange(world, {}, user))
}

/** Turns of the event loop until something that is under way has happened; the test's own time limit ends it. */
async function untilTrue(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve))
}

/** Lets time pass once somebody of a few seconds' patience sleeps. */
async function passTime(seconds: number): Promise<void> {
  await world.runtime.sleeperUpTo(seconds)
  world.advance(seconds)
}
