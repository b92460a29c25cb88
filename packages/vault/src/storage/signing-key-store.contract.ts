import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { bytes, TENANT, type OpenTwoNodes, type TwoNodes } from './stores.fixture.ts'

/** What every store of signing keys must do, on any engine. */
export function describeSigningKeyStore(name: string, open: OpenTwoNodes): void {
  describe(`signing key store on ${name}`, () => {
    let nodes: TwoNodes

    beforeEach(async () => {
      nodes = await open()
    })

    afterEach(async () => {
      await nodes.close()
    })

    const key = {
      tenant: TENANT,
      kid: 'kid-1',
      algorithm: 'RS256',
      publicKey: { kty: 'RSA', n: 'abc', e: 'AQAB' },
      privateKey: bytes(1, 2, 3),
      createdAt: 1_000,
      position: 1,
    } as const

    test('keeps the first key of each algorithm and tenant', async () => {
      expect(await nodes.first.signingKeys.insert(key)).toBe(true)
      expect(await nodes.second.signingKeys.insert({ ...key, kid: 'kid-2' })).toBe(false)
      expect(
        await nodes.first.signingKeys.insert({ ...key, kid: 'kid-3', algorithm: 'ES256' }),
      ).toBe(true)
      expect(await nodes.first.signingKeys.insert({ ...key, tenant: 'other' })).toBe(true)

      expect(await nodes.second.signingKeys.list({ tenant: TENANT })).toEqual([
        { ...key, kid: 'kid-3', algorithm: 'ES256' },
        key,
      ])
    })

    test('keeps the next key beside it, until it is removed', async () => {
      const next = { ...key, kid: 'kid-2', position: 2 }
      await nodes.first.signingKeys.insert(key)
      expect(await nodes.second.signingKeys.insert(next)).toBe(true)

      expect(await nodes.first.signingKeys.list({ tenant: TENANT })).toEqual([key, next])
      await nodes.first.signingKeys.remove({ tenant: TENANT, kid: 'kid-1' })
      await nodes.first.signingKeys.remove({ tenant: TENANT, kid: 'kid-1' })
      await nodes.first.signingKeys.remove({ tenant: 'other', kid: 'kid-2' })
      expect(await nodes.second.signingKeys.list({ tenant: TENANT })).toEqual([next])
    })

    test('of many that make the first key at once exactly one does', async () => {
      const made = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? nodes.first : nodes.second).signingKeys.insert({
            ...key,
            kid: `kid-${index}`,
          }),
        ),
      )

      expect(made.filter(Boolean)).toHaveLength(1)
      expect(await nodes.first.signingKeys.list({ tenant: TENANT })).toEqual([
        { ...key, kid: `kid-${made.indexOf(true)}` },
      ])
    })
  })
}
