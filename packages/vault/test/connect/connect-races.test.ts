import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { accountSealContext } from '../../src/use-cases/seal-contexts.ts'
import type { Visit } from './browser.ts'
import { APP, type ConnectWorld, startConnectWorld } from './connect-world.ts'
import { accountIds, agree, answerOf, aUser, begin, complete, connect } from './steps.ts'

const ROUNDS = process.env['FUZZ_RUNS'] === undefined ? 20 : 200

let world: ConnectWorld
beforeAll(async () => {
  world = await startConnectWorld()
})
afterAll(async () => {
  await world.close()
})

/** Does the same twice so that both have read before either writes; the outcome of the one that reads first comes first. */
async function twiceAtOnce<Outcome>(
  read: Parameters<ConnectWorld['interrupt']>[0],
  act: () => Promise<Outcome>,
): Promise<[Outcome, Outcome | undefined]> {
  let inner: Outcome | undefined
  world.interrupt(read, async () => {
    inner = await act()
  })
  const outer = await act()
  return [outer, inner]
}

describe('what two have read, one may write', () => {
  test('a ticket is redeemed by one of them', async () => {
    const begun = await begin(world, aUser('race-ticket'))
    const page = await begun.browser.open(begun.pageUrl)

    const [outer, inner] = await twiceAtOnce('findByTicket', () =>
      begun.browser.submit(page, 'approve'),
    )

    expect([outer.status, inner?.status]).toEqual([404, 303])
    expect(outer.headers.getSetCookie()).toEqual([])
  })

  test('saying yes and no at once: the first answer stands', async () => {
    const begun = await begin(world, aUser('race-answers'))
    const page = await begun.browser.open(begun.pageUrl)
    let denied: Visit | undefined
    world.interrupt('findByTicket', async () => {
      denied = await begun.browser.submit(page, 'deny')
    })

    const approved = await begun.browser.submit(page, 'approve')

    expect(denied?.status).toBe(303)
    expect(approved.status).toBe(404)
  })

  test('an answer of the provider is taken by one of them, and its code is redeemed once', async () => {
    const begun = await begin(world, aUser('race-state'))
    const { browser } = begun
    const page = await browser.open(begun.pageUrl)
    const toProvider = await browser.submit(page, 'approve')
    const back = await browser.open(toProvider.location ?? '')
    const tick = world.emulator.log.tick()

    const [outer, inner] = await twiceAtOnce('findByProviderState', () =>
      browser.open(back.location ?? ''),
    )

    expect([outer.status, inner?.status]).toEqual([404, 303])
    expect(world.emulator.log.entries({ route: 'token', after: tick })).toHaveLength(1)
    expect(answerOf(inner ?? outer)['connect_code']).toBeDefined()
  })

  test('a returned attempt is completed by one of them', async () => {
    const identity = aUser('race-complete')
    const begun = await begin(world, identity)
    const end = await agree(begun)

    const [outer, inner] = await twiceAtOnce('findByAuthSession', () => complete(world, begun, end))

    expect([outer.status, inner?.status]).toEqual([404, 201])
    expect(await accountIds(world, identity)).toHaveLength(1)
  })
})

test(
  'of twenty that complete with one connect_code at once, one does',
  { timeout: ROUNDS * 6_000 },
  async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const begun = await begin(world, aUser(`race-code-${round}`))
      const end = await agree(begun)

      const answers = await Promise.all(
        Array.from({ length: 20 }, () => complete(world, begun, end)),
      )

      const statuses = answers.map(({ status }) => status).toSorted((one, other) => one - other)
      expect(statuses, `round ${round}`).toEqual([201, ...Array.from({ length: 19 }, () => 404)])
    }
  },
)

describe('an account that moves meanwhile', () => {
  test.each([
    ['is new', false],
    ['is there already', true],
  ])('two attempts complete into one account that %s: both are in it', async (name, isThere) => {
    const identity = aUser(`race-${name}`)
    if (isThere) await connect(world, identity)
    const first = await begin(world, identity)
    const second = await begin(world, identity)
    const firstEnd = await agree(first)
    const secondEnd = await agree(second)
    world.interrupt('findOnConnection', async () => {
      expect((await complete(world, second, secondEnd)).status).toBe(201)
    })

    const completed = await complete(world, first, firstEnd)

    expect(completed.status).toBe(201)
    const [id = '', ...others] = await accountIds(world, identity)
    expect(others).toEqual([])
    const stored = await world.store.accounts.find({ tenant: 'default', accountId: id })
    expect(stored?.generation).toBe(isThere ? 3 : 2)
  })

  test('a disconnect goes on when a refresh was stored meanwhile, and revokes what that brought', async () => {
    world.emulator.decideConsent('google', { decision: 'allow', user: 'bobby' })
    const identity = aUser('race-disconnect')
    const { id } = await connect(world, identity)
    const key = { tenant: 'default', accountId: id }
    const token = await world.bearer(identity)
    const place = {
      tenant: 'default',
      id,
      userId: 'usr_race-disconnect',
      connection: 'google-oauth2',
    }
    world.interrupt('findAccount', async () => {
      await world.store.accounts.commitRefresh({
        key,
        generation: 1,
        accessToken: await world.sealer.seal('A2', accountSealContext(place, 'access_token', 2)),
        refreshToken: await world.sealer.seal('R2', accountSealContext(place, 'refresh_token', 2)),
        accessIssuedAt: world.now(),
        scopes: [],
        now: world.now(),
      })
    })

    const removed = await world.call('DELETE', `/accounts/${id}`, { token })

    expect(removed.status).toBe(204)
    expect(await world.store.accounts.find(key)).toBeUndefined()
    await world.deliver()
    expect(world.emulator.log.entries({ route: 'revoke', token: 'R2' })).toHaveLength(1)
  })

  test('an account that is gone meanwhile is answered as one that never was', async () => {
    const identity = aUser('race-gone')
    const { id } = await connect(world, identity)
    const token = await world.bearer(identity)
    const remove = (): ReturnType<ConnectWorld['call']> =>
      world.call('DELETE', `/accounts/${id}`, { token })

    const [outer, inner] = await twiceAtOnce('findAccount', remove)

    expect([outer.status, inner?.status]).toEqual([404, 204])
  })
})

test('an attempt that is swept while its code is being redeemed leaves no token alive', async () => {
  const own = await startConnectWorld()
  try {
    const begun = await begin(own, aUser('race-sweep'), {
      connection: 'github',
      scopes: ['repo'],
      redirect_uri: APP,
    })
    const page = await begun.browser.open(begun.pageUrl)
    const toProvider = await begun.browser.submit(page, 'approve')
    const back = await begun.browser.open(toProvider.location ?? '')
    own.emulator.faults.add('github', { at: 'userinfo', fault: { kind: 'hold' } })
    const answering = begun.browser.open(back.location ?? '')
    await own.emulator.log.arrival({ provider: 'github', route: 'userinfo' })
    own.advance(700)
    await own.sweep()
    own.emulator.faults.release('github')

    const page404 = await answering

    expect(page404.status).toBe(404)
    expect(await own.deliver()).toMatchObject({ claimed: 1, settled: 1 })
    const issued = own.emulator.log.tokenRequests('github')[0]?.issued.accessToken ?? ''
    expect(own.emulator.log.entries({ route: 'revoke', token: issued })).toHaveLength(1)
  } finally {
    await own.close()
  }
})
