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
