import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import {
  anAccount,
  bytes,
  connectAccount,
  TENANT,
  type OpenTwoNodes,
  type TwoNodes,
} from './stores.fixture.ts'

/** What every store of tenant keys must do, on any engine. */
export function describeKeyVersionStore(name: string, open: OpenTwoNodes): void {
  describe(`key version store on ${name}`, () => {
    let nodes: TwoNodes

    beforeEach(async () => {
      nodes = await open()
    })

    afterEach(async () => {
      await nodes.close()
    })

    const version = {
      tenant: TENANT,
      version: 1,
      wrapped: bytes(1, 2, 3),
      keyServiceId: 'local:abc',
      state: 'active',
      createdAt: 1_000,
    } as const

    test('gives back versions in order, of this tenant only', async () => {
      await nodes.first.keyVersions.insert({ ...version, version: 10, state: 'decrypt_only' })
      await nodes.first.keyVersions.insert({ ...version, version: 2, state: 'destroyed' })
      await nodes.first.keyVersions.insert(version)
      await nodes.first.keyVersions.insert({ ...version, tenant: 'other' })

      expect(await nodes.second.keyVersions.list({ tenant: TENANT })).toEqual([
        version,
        { ...version, version: 2, state: 'destroyed' },
        { ...version, version: 10, state: 'decrypt_only' },
      ])
    })

    test('takes no first version where there are rows that need an earlier one', async () => {
      await nodes.first.signingKeys.insert({
        tenant: TENANT,
        kid: 'kid-1',
        algorithm: 'ES256',
        publicKey: {},
        privateKey: bytes(1),
        position: 1,
        createdAt: 1_000,
      })

      expect(await nodes.second.keyVersions.insert(version)).toBe(false)
      expect(await nodes.second.keyVersions.list({ tenant: TENANT })).toEqual([])
      expect(await nodes.second.keyVersions.insert({ ...version, tenant: 'other' })).toBe(true)
    })

    test('nor where a user is known or has connected', async () => {
      await connectAccount(nodes.first, anAccount())

      expect(await nodes.first.keyVersions.insert(version)).toBe(false)
    })

    test('takes another version beside the rows that the first one sealed', async () => {
      await nodes.first.keyVersions.insert(version)
      await connectAccount(nodes.first, anAccount())

      expect(await nodes.second.keyVersions.insert({ ...version, version: 2 })).toBe(true)
    })

    test('of many that make a version at once exactly one does, and its key stays', async () => {
      const made = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? nodes.first : nodes.second).keyVersions.insert({
            ...version,
            wrapped: bytes(index),
          }),
        ),
      )

      expect(made.filter(Boolean)).toHaveLength(1)
      expect(await nodes.first.keyVersions.list({ tenant: TENANT })).toEqual([
        { ...version, wrapped: bytes(made.indexOf(true)) },
      ])
    })
  })
}
