import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import {
  NASTY_IDS,
  TENANT,
  UNSTORABLE_IDS,
  type OpenTwoNodes,
  type TwoNodes,
} from './stores.fixture.ts'

const identity = { issuer: 'https://idp.example.com/', subject: 'bob' }

/** What every user store must do, on any engine. */
export function describeUserStore(name: string, open: OpenTwoNodes): void {
  describe(`user store on ${name}`, () => {
    let nodes: TwoNodes

    beforeEach(async () => {
      nodes = await open()
    })

    afterEach(async () => {
      await nodes.close()
    })

    test('knows nobody at first, and looking does not make anybody', async () => {
      expect(await nodes.first.users.findByIdentity({ tenant: TENANT, identity })).toBeUndefined()
      expect(await nodes.second.users.findByIdentity({ tenant: TENANT, identity })).toBeUndefined()
    })

    test('makes a user once and finds it afterwards', async () => {
      const request = { tenant: TENANT, identity, now: 1_000 }

      expect(await nodes.first.users.findOrCreate({ ...request, userId: 'usr_1' })).toBe('usr_1')
      expect(await nodes.second.users.findOrCreate({ ...request, userId: 'usr_2' })).toBe('usr_1')
      expect(await nodes.second.users.findByIdentity(request)).toBe('usr_1')
    })

    test('of many at once on two nodes one makes the user and all get its id', async () => {
      const ids = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          (index % 2 === 0 ? nodes.first : nodes.second).users.findOrCreate({
            tenant: TENANT,
            identity,
            userId: `usr_${index}`,
            now: 1_000,
          }),
        ),
      )

      expect(new Set(ids).size).toBe(1)
    })

    test('gives a user a second identity', async () => {
      const other = { issuer: 'https://other.example.com/', subject: 'robert' }
      const request = { tenant: TENANT, userId: 'usr_1', now: 1_000 }
      await nodes.first.users.findOrCreate({ ...request, identity })

      expect(await nodes.first.users.findOrCreate({ ...request, identity: other })).toBe('usr_1')
      expect(await nodes.first.users.findByIdentity({ tenant: TENANT, identity: other })).toBe(
        'usr_1',
      )
    })

    describe('several identities of one user', () => {
      const second = { issuer: 'https://other.example.com/', subject: 'robert' }
      const third = { issuer: identity.issuer, subject: 'bob-at-work' }
      const bob = { tenant: TENANT, userId: 'usr_bob' }
      const alice = { tenant: TENANT, userId: 'usr_alice' }
      const keepOneOf = [identity.issuer, second.issuer]

      beforeEach(async () => {
        await nodes.first.users.findOrCreate({ ...bob, identity, now: 1_000 })
        const her = { issuer: identity.issuer, subject: 'alice' }
        await nodes.first.users.findOrCreate({ ...alice, identity: her, now: 1_000 })
      })

      test('are listed in order, and lead to the user', async () => {
        await nodes.first.users.addIdentity({ ...bob, identity: second, now: 1_001 })
        expect(await nodes.first.users.addIdentity({ ...bob, identity: third, now: 1_001 })).toBe(
          'added',
        )

        expect(await nodes.second.users.listIdentities(bob)).toEqual([identity, third, second])
        expect(await nodes.second.users.listIdentities(alice)).toHaveLength(1)
        expect(await nodes.second.users.findByIdentity({ tenant: TENANT, identity: third })).toBe(
          'usr_bob',
        )
      })

      test("are the user's own: another's identity is not taken over, and nothing is merged", async () => {
        const { users } = nodes.first

        expect(await users.addIdentity({ ...alice, identity, now: 1_001 })).toBe('taken')
        expect(await users.addIdentity({ ...bob, identity, now: 1_001 })).toBe('known')

        expect(await users.findByIdentity({ tenant: TENANT, identity })).toBe('usr_bob')
        expect(await users.listIdentities(alice)).toHaveLength(1)
      })

      test('of many users who add one identity at once, one has it', async () => {
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            (index % 2 === 0 ? nodes.first : nodes.second).users.addIdentity({
              ...(index % 2 === 0 ? bob : alice),
              identity: second,
              now: 1_001,
            }),
          ),
        )

        expect(outcomes.filter((outcome) => outcome === 'added')).toHaveLength(1)
        const owner = await nodes.first.users.findByIdentity({ tenant: TENANT, identity: second })
        const others = [bob, alice].filter(({ userId }) => userId !== owner)
        for (const other of others) {
          expect(await nodes.first.users.listIdentities(other)).not.toContainEqual(second)
        }
      })

      test('are for users that are there', async () => {
        await expect(
          nodes.first.users.addIdentity({
            tenant: TENANT,
            userId: 'usr_nobody',
            identity: second,
            now: 1_001,
          }),
        ).rejects.toThrow('no such user')
        expect(
          await nodes.first.users.findByIdentity({ tenant: TENANT, identity: second }),
        ).toBeUndefined()
      })

      test('can be taken away, but never the last to log in with', async () => {
        const { users } = nodes.first
        await users.addIdentity({ ...bob, identity: second, now: 1_001 })

        expect(await users.removeIdentity({ ...alice, identity, keepOneOf })).toBe('not_found')
        expect(await users.removeIdentity({ ...bob, identity, keepOneOf: [identity.issuer] })).toBe(
          'last',
        )
        expect(await users.removeIdentity({ ...bob, identity, keepOneOf: [] })).toBe('last')
        expect(await users.removeIdentity({ ...bob, identity, keepOneOf })).toBe('removed')
        expect(await users.removeIdentity({ ...bob, identity, keepOneOf })).toBe('not_found')
        expect(await users.removeIdentity({ ...bob, identity: second, keepOneOf })).toBe('last')

        expect(await users.findByIdentity({ tenant: TENANT, identity })).toBeUndefined()
        expect(await users.listIdentities(bob)).toEqual([second])
      })

      test('two removals at once leave one of two', async () => {
        await nodes.first.users.addIdentity({ ...bob, identity: second, now: 1_001 })

        const outcomes = await Promise.all([
          nodes.first.users.removeIdentity({ ...bob, identity, keepOneOf }),
          nodes.second.users.removeIdentity({ ...bob, identity: second, keepOneOf }),
        ])

        expect(outcomes.toSorted()).toEqual(['last', 'removed'])
        expect(await nodes.first.users.listIdentities(bob)).toHaveLength(1)
      })
    })

    test('RV-35: keeps nasty subjects, issuers and tenants apart', async () => {
      for (const [index, nasty] of NASTY_IDS.entries()) {
        for (const [kind, request] of Object.entries(everyPlace(nasty))) {
          await nodes.first.users.findOrCreate({
            ...request,
            userId: `usr_${kind}_${index}`,
            now: 1_000,
          })
        }
      }

      for (const [index, nasty] of NASTY_IDS.entries()) {
        for (const [kind, request] of Object.entries(everyPlace(nasty))) {
          expect(await nodes.second.users.findByIdentity(request)).toBe(`usr_${kind}_${index}`)
        }
      }
    })

    test('does not join a pair whose parts only meet at another place', async () => {
      await nodes.first.users.findOrCreate({
        tenant: TENANT,
        identity: { issuer: 'a|bc', subject: 'd' },
        userId: 'usr_1',
        now: 1_000,
      })

      for (const [issuer, subject] of [
        ['a', 'bc|d'],
        ['a|b', 'cd'],
        ['d', 'a|bc'],
      ] as const) {
        expect(
          await nodes.first.users.findByIdentity({ tenant: TENANT, identity: { issuer, subject } }),
        ).toBeUndefined()
      }
    })

    test('never takes text that cannot be stored for another subject', async () => {
      for (const [index, subject] of ['a', '\ufffd', 'bob', ''].entries()) {
        await nodes.first.users.findOrCreate({
          tenant: TENANT,
          identity: { ...identity, subject },
          userId: `usr_${index}`,
          now: 1_000,
        })
      }

      for (const subject of UNSTORABLE_IDS) {
        const request = { tenant: TENANT, identity: { ...identity, subject } }
        expect(await nodes.first.users.findByIdentity(request)).toBeUndefined()
        await expect(
          nodes.first.users.findOrCreate({ ...request, userId: 'usr_9', now: 1_000 }),
        ).rejects.toThrow(TypeError)
      }
    })
  })
}

function everyPlace(nasty: string) {
  return {
    subject: { tenant: TENANT, identity: { ...identity, subject: `${nasty}` } },
    issuer: { tenant: TENANT, identity: { issuer: nasty, subject: 'somebody' } },
    tenant: { tenant: nasty, identity: { issuer: 'issuer', subject: 'subject' } },
  }
}
