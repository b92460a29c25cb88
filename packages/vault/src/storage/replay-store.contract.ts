import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { NASTY_IDS, TENANT, type OpenTwoNodes, type TwoNodes } from './stores.fixture.ts'

/** What every replay store must do, on any engine. */
export function describeReplayStore(name: string, open: OpenTwoNodes): void {
  describe(`replay store on ${name}`, () => {
    let nodes: TwoNodes

    beforeEach(async () => {
      nodes = await open()
    })

    afterEach(async () => {
      await nodes.close()
    })

    const use = {
      tenant: TENANT,
      scope: 'client:my-agent',
      jti: 'jti-1',
      expiresAt: 1_300,
      now: 1_000,
    }

    test('RV-96: accepts a jti once, on whichever node', async () => {
      expect(await nodes.first.replays.remember(use)).toBe(true)
      expect(await nodes.first.replays.remember(use)).toBe(false)
      expect(await nodes.second.replays.remember({ ...use, now: 1_299 })).toBe(false)
    })

    test('RV-96: of many uses at once exactly one is accepted', async () => {
      const verdicts = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          (index % 2 === 0 ? nodes.first : nodes.second).replays.remember(use),
        ),
      )

      expect(verdicts.filter(Boolean)).toHaveLength(1)
    })

    test('RV-96: a replay with another expiry is a replay', async () => {
      await nodes.first.replays.remember(use)

      expect(await nodes.first.replays.remember({ ...use, expiresAt: 99_999 })).toBe(false)
      expect(await nodes.first.replays.remember({ ...use, expiresAt: 0 })).toBe(false)
    })

    test('remembers beyond the expiry for as long as a verifier may forgive clocks', async () => {
      await nodes.first.replays.remember(use)

      expect(await nodes.first.replays.remember({ ...use, now: 1_360 })).toBe(false)
      expect(await nodes.first.replays.remember({ ...use, now: 2_000, expiresAt: 2_300 })).toBe(
        true,
      )
    })

    test('keeps scopes, tenants and nasty jtis apart', async () => {
      const uses = NASTY_IDS.flatMap((nasty) => [
        { ...use, jti: nasty },
        { ...use, scope: nasty },
        { ...use, tenant: nasty },
      ])
      for (const one of uses) expect(await nodes.first.replays.remember(one)).toBe(true)
      for (const one of uses) expect(await nodes.second.replays.remember(one)).toBe(false)

      expect(await nodes.first.replays.remember({ ...use, scope: 'a|bc', jti: 'd' })).toBe(true)
      expect(await nodes.first.replays.remember({ ...use, scope: 'a', jti: 'bc|d' })).toBe(true)
    })

    test('sweeps what is over and nothing else, at most as many as asked', async () => {
      for (let index = 0; index < 5; index++) {
        await nodes.first.replays.remember({ ...use, jti: `old-${index}`, expiresAt: 1_100 })
      }
      await nodes.first.replays.remember({ ...use, jti: 'live', expiresAt: 9_000 })
      await nodes.first.replays.remember({ ...use, tenant: 'other', jti: 'old', expiresAt: 1_100 })
      const sweep = { tenant: TENANT, now: 5_000, limit: 3 }

      expect(await nodes.first.replays.sweep({ ...sweep, now: 1_100 })).toBe(0)
      expect(await nodes.first.replays.sweep(sweep)).toBe(3)
      expect(await nodes.second.replays.sweep(sweep)).toBe(2)
      expect(await nodes.second.replays.sweep(sweep)).toBe(0)
      expect(await nodes.first.replays.remember({ ...use, jti: 'live', now: 5_000 })).toBe(false)
    })
  })
}
