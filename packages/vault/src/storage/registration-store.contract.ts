import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { Registration } from '../ports/registration-store.ts'
import {
  anAccount,
  bytes,
  connectAccount,
  NASTY_IDS,
  TENANT,
  UNSTORABLE_IDS,
  type OpenTwoNodes,
  type TwoNodes,
} from './stores.fixture.ts'

/** What every store of registrations must do, on any engine. */
export function describeRegistrationStore(name: string, open: OpenTwoNodes): void {
  describe(`registration store on ${name}`, () => {
    let nodes: TwoNodes

    beforeEach(async () => {
      nodes = await open()
    })

    afterEach(async () => {
      await nodes.close()
    })

    function aRegistration(overrides: Partial<Registration> = {}): Registration {
      return {
        tenant: TENANT,
        kind: 'client',
        name: 'my-agent',
        settings: bytes(1, 2, 3),
        generation: 1,
        createdAt: 1_000,
        updatedAt: 1_000,
        ...overrides,
      }
    }

    test('keeps a registration as it is, for its tenant, kind and name alone', async () => {
      const registration = aRegistration()
      expect(await nodes.first.registrations.insert(registration)).toBe(true)

      const { registrations } = nodes.second
      const key = { tenant: TENANT, kind: 'client', name: 'my-agent' } as const
      expect(await registrations.find(key)).toEqual(registration)
      expect(await registrations.find({ ...key, kind: 'connection' })).toBeUndefined()
      expect(await registrations.find({ ...key, tenant: 'other' })).toBeUndefined()
      expect(await registrations.find({ ...key, name: 'My-Agent' })).toBeUndefined()
      expect(await registrations.insert(aRegistration({ settings: bytes(9) }))).toBe(false)
      expect(await registrations.find(key)).toEqual(registration)
    })

    test('tells nasty names apart', async () => {
      const { registrations } = nodes.first
      for (const [index, id] of NASTY_IDS.entries()) {
        const registration = aRegistration({ name: id, settings: bytes(index) })
        expect(await registrations.insert(registration)).toBe(true)
      }
      for (const [index, id] of NASTY_IDS.entries()) {
        const found = await registrations.find({ tenant: TENANT, kind: 'client', name: id })
        expect(found?.settings).toEqual(bytes(index))
      }
      for (const id of UNSTORABLE_IDS) {
        expect(
          await registrations.find({ tenant: TENANT, kind: 'client', name: id }),
        ).toBeUndefined()
        await expect(registrations.insert(aRegistration({ name: id }))).rejects.toThrow(TypeError)
      }
    })

    test('lists by name, page by page, one kind of one tenant', async () => {
      const { registrations } = nodes.first
      for (const id of ['c', 'a', 'e', 'b', 'd']) {
        await registrations.insert(aRegistration({ name: id }))
      }
      await registrations.insert(aRegistration({ name: 'b2', kind: 'connection' }))
      await registrations.insert(aRegistration({ name: 'b3', tenant: 'other' }))

      const list = async (after?: string): Promise<readonly string[]> =>
        (await registrations.list({ tenant: TENANT, kind: 'client', after, limit: 2 })).map(
          (one) => one.name,
        )
      expect(await list()).toEqual(['a', 'b'])
      expect(await list('b')).toEqual(['c', 'd'])
      expect(await list('d')).toEqual(['e'])
      expect(await list('e')).toEqual([])
    })

    test('replaces the generation before, and no other', async () => {
      await nodes.first.registrations.insert(aRegistration())
      const next = aRegistration({ generation: 2, settings: bytes(7), updatedAt: 2_000 })

      expect(await nodes.second.registrations.replace(next)).toBe(true)
      expect(await nodes.first.registrations.replace({ ...next, settings: bytes(8) })).toBe(false)
      expect(await nodes.first.registrations.replace({ ...next, generation: 4 })).toBe(false)
      expect(await nodes.first.registrations.replace({ ...next, name: 'nobody' })).toBe(false)

      expect(await nodes.first.registrations.find(next)).toEqual(next)
    })

    test('of many that replace at once exactly one does', async () => {
      await nodes.first.registrations.insert(aRegistration())

      const done = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? nodes.first : nodes.second).registrations.replace(
            aRegistration({ generation: 2, settings: bytes(index) }),
          ),
        ),
      )

      expect(done.filter(Boolean)).toHaveLength(1)
      const found = await nodes.first.registrations.find(aRegistration())
      expect(found?.settings).toEqual(bytes(done.indexOf(true)))
    })

    test('removes what was seen, and nothing that was changed since', async () => {
      await nodes.first.registrations.insert(aRegistration())
      await nodes.second.registrations.replace(aRegistration({ generation: 2 }))
      const key = { tenant: TENANT, kind: 'client', name: 'my-agent' } as const

      expect(await nodes.first.registrations.remove({ ...key, generation: 1 })).toBe('not_removed')
      expect(await nodes.first.registrations.remove({ ...key, generation: 2 })).toBe('removed')
      expect(await nodes.first.registrations.remove({ ...key, generation: 2 })).toBe('not_removed')
      expect(await nodes.second.registrations.find(key)).toBeUndefined()
    })

    test('keeps a connection that an account is on', async () => {
      const { registrations, accounts } = nodes.first
      for (const id of ['google', 'google-2']) {
        await registrations.insert(aRegistration({ kind: 'connection', name: id }))
      }
      const account = anAccount({ connection: 'google' })
      await connectAccount(nodes.first, account)
      const removal = { tenant: TENANT, kind: 'connection', generation: 1 } as const

      expect(await registrations.remove({ ...removal, name: 'google' })).toBe('in_use')
      expect(await registrations.remove({ ...removal, name: 'google-2' })).toBe('removed')
      expect(await registrations.hasAccounts({ tenant: TENANT, connection: 'google' })).toBe(true)
      expect(await registrations.hasAccounts({ tenant: 'x', connection: 'google' })).toBe(false)

      await accounts.remove({
        key: { tenant: TENANT, accountId: account.id },
        userId: account.userId,
        expectedGeneration: account.generation,
        now: 2_000,
      })
      expect(await registrations.remove({ ...removal, name: 'google' })).toBe('removed')
    })
  })
}
