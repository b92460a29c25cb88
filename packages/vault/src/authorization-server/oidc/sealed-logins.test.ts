import { describe, expect, test } from 'vitest'

import { DecryptError } from '../../crypto/decrypt-error.ts'
import { KeyError } from '../../crypto/key-error.ts'
import { aKeyRing, TENANT } from '../../crypto/keys.fixture.ts'
import { createSealer } from '../../crypto/sealer.ts'
import { createSecretHasher } from '../../crypto/secret-hasher.ts'
import type { VaultRecord } from '../../ports/record-store.ts'
import type { Sealer } from '../../ports/sealer.ts'
import { sealPayload } from './record-payload.ts'
import { createSealedLogins } from './sealed-logins.ts'

const hasher = createSecretHasher()

const LOGIN = {
  accountId: 'usr_1',
  grantId: 'grant-1',
  clientId: 'my-agent',
  jkt: 'thumbprint',
  exp: 9_000,
  scope: 'openid offline_access',
  resource: 'https://orders.example.com',
}

function world() {
  const ring = aKeyRing()
  const sealer = createSealer(ring)
  let opens = 0
  const counting: Sealer = {
    ...sealer,
    open: async (...parameters) => {
      opens += 1
      return await sealer.open(...parameters)
    },
  }
  return {
    ...ring,
    read: createSealedLogins({ sealer: counting, runtime: ring.runtime }),
    opens: () => opens,
    record: async (token: string, login = LOGIN): Promise<VaultRecord> => {
      const bound = {
        tenant: TENANT,
        kind: 'RefreshToken',
        idHash: hasher.hash(token),
        grantHash: hasher.hash(login.grantId),
        userId: login.accountId,
        clientId: login.clientId,
      }
      const payload = await sealPayload(sealer, bound, { ...login, jti: token, kind: bound.kind })
      return { ...bound, payload, expiresAt: 9_000, createdAt: 1_000 }
    },
  }
}

/** As the next request reads it: the same content in memory of its own. */
function again(record: VaultRecord): VaultRecord {
  return structuredClone(record)
}

test('gives what a login has sealed, and opens it once', async () => {
  const { read, opens, record } = world()
  const stored = await record('token-1')

  expect(await read(again(stored))).toEqual(LOGIN)
  expect(await read(again(stored))).toEqual(LOGIN)
  expect(opens()).toBe(1)
})

test('R23: keeps nothing of the token', async () => {
  const { read, record } = world()

  expect(JSON.stringify(await read(await record('the-refresh-token')))).not.toContain('token')
})

test('keeps logins apart', async () => {
  const { read, record } = world()
  const first = await record('token-1')
  const second = await record('token-2', { ...LOGIN, accountId: 'usr_2' })

  for (const [stored, user] of [
    [first, 'usr_1'],
    [second, 'usr_2'],
    [first, 'usr_1'],
  ] as const) {
    expect(await read(again(stored))).toMatchObject({ accountId: user })
  }
})

test('opens anew what was sealed anew under the same id', async () => {
  const { read, opens, record } = world()
  await read(await record('token-1'))

  expect(await read(await record('token-1', { ...LOGIN, exp: 5_000 }))).toMatchObject({
    exp: 5_000,
  })
  expect(opens()).toBe(2)
})

test('opens anew after five minutes', async () => {
  const { read, opens, record, runtime } = world()
  const stored = await record('token-1')
  await read(stored)
  runtime.advance(299)
  await read(again(stored))
  expect(opens()).toBe(1)

  runtime.advance(1)
  await read(again(stored))
  expect(opens()).toBe(2)
})

describe('R23: what was opened before is no way around the seal', () => {
  test.each([
    ['another tenant', { tenant: 'other' }],
    ['another kind', { kind: 'AuthorizationCode' }],
    ['a second name', { lookupHash: hasher.hash('1234') }],
    ['another grant, one that is still alive', { grantHash: hasher.hash('grant-2') }],
    ['no grant', { grantHash: undefined }],
    ['another user', { userId: 'usr_2' }],
    ['another client', { clientId: 'other-agent' }],
    ['another id', { idHash: hasher.hash('token-2') }],
  ])('refuses a row that was given %s', async (_, change) => {
    const { read, record } = world()
    const stored = await record('token-1')
    await read(stored)

    await expect(read({ ...again(stored), ...change })).rejects.toThrow(DecryptError)
    expect(await read(again(stored))).toMatchObject({ accountId: 'usr_1' })
  })

  test('refuses every single flipped bit', async () => {
    const { read, record } = world()
    const stored = await record('token-1')
    await read(stored)

    for (let bit = 0; bit < stored.payload.length * 8; bit += 1) {
      const payload = Uint8Array.from(stored.payload)
      payload[bit >> 3] = (payload[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      await expect(read({ ...stored, payload })).rejects.toThrow(DecryptError)
    }
  })

  test.each(['disabled', 'destroyed'] as const)('refuses a key that was %s', async (state) => {
    const { read, record, keyVersions, runtime } = world()
    const stored = await record('token-1')
    runtime.advance(200)
    await read(stored)
    keyVersions.setState(1, state)
    // The ring is looked at again, while what was opened is not a hundred seconds old.
    runtime.advance(100)

    await expect(read(again(stored))).rejects.toThrow(KeyError)
  })
})
