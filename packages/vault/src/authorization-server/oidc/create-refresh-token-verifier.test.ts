import { expect, test } from 'vitest'

import { aKeyRing, TENANT } from '../../crypto/keys.fixture.ts'
import { createSealer } from '../../crypto/sealer.ts'
import { createSecretHasher } from '../../crypto/secret-hasher.ts'
import { aClient } from '../../domain/client.fixture.ts'
import type { RecordStore, VaultRecord } from '../../ports/record-store.ts'
import { createRefreshTokenVerifier } from './create-refresh-token-verifier.ts'
import { sealPayload } from './record-payload.ts'

const ISSUER = 'https://vault.example.com/'
const TOKEN = 'a-refresh-token'
const client = aClient()

/** One login with one refresh token, whose row a test may change between two exchanges. */
async function aLogin() {
  const { keyRing, runtime } = aKeyRing()
  const sealer = createSealer({ keyRing, runtime })
  const hasher = createSecretHasher()
  const bound = {
    tenant: TENANT,
    kind: 'RefreshToken',
    idHash: hasher.hash(TOKEN),
    grantHash: hasher.hash('grant-1'),
    userId: 'usr_1',
    clientId: client.id,
  }
  const login = {
    accountId: 'usr_1',
    grantId: 'grant-1',
    clientId: client.id,
    exp: 9_000,
    scope: 'openid orders:read',
    resource: 'https://orders.example.com',
  }
  const row: { record: VaultRecord; isGrantAlive: boolean } = {
    record: {
      ...bound,
      payload: await sealPayload(sealer, bound, { ...login, jti: TOKEN }),
      expiresAt: 5_000,
      createdAt: 1_000,
    },
    isGrantAlive: true,
  }
  let isThere = true
  const records: Pick<RecordStore, 'findWithGrant'> = {
    findWithGrant: async () => (isThere ? structuredClone(row) : undefined),
  }
  const touched: string[] = []
  const verifier = createRefreshTokenVerifier({
    tenant: TENANT,
    vaultIssuer: ISSUER,
    records,
    loginTokens: {
      touch: async ({ kind }) => {
        touched.push(kind)
      },
    },
    sealer,
    hasher,
    runtime,
  })
  return {
    row,
    runtime,
    touched,
    remove: () => {
      isThere = false
    },
    verify: async (by = client) =>
      await verifier.verify({ client: by, token: TOKEN, tokenType: 'refresh_token' }),
  }
}

type Login = Awaited<ReturnType<typeof aLogin>>

test('RV-33: takes a login of the client as often as it comes, each time as a use', async () => {
  const { verify, touched } = await aLogin()

  for (let i = 0; i < 2; i += 1) {
    expect(await verify()).toEqual({
      ok: true,
      value: {
        kind: 'vault_refresh_token',
        identity: { issuer: ISSUER, subject: 'usr_1' },
        expiresAt: 5_000,
        grantId: 'grant-1',
      },
    })
  }
  expect(touched).toHaveLength(2)
})

test.each<[string, (login: Login) => void, object]>([
  ['was revoked', ({ remove }) => remove(), { reason: 'unknown_token' }],
  ['is of a login that ended', ({ row }) => (row.isGrantAlive = false), { reason: 'revoked' }],
  [
    'was not used for too long',
    ({ row }) => (row.record = { ...row.record, expiresAt: 1_000 }),
    { reason: 'expired', expiredAt: 1_000 },
  ],
  [
    'reached its end',
    ({ row, runtime }) => {
      row.record = { ...row.record, expiresAt: 10_000 }
      runtime.advance(8_000)
    },
    { reason: 'expired', expiredAt: 9_000 },
  ],
  [
    'was rotated away',
    ({ row }) => (row.record = { ...row.record, consumedAt: 999 }),
    { reason: 'rotated' },
  ],
])('RV-33, R4, R23: refuses a token, good a moment ago, that %s', async (_, change, refusal) => {
  const login = await aLogin()
  expect(await login.verify()).toMatchObject({ ok: true })
  change(login)

  expect(await login.verify()).toEqual({ ok: false, refusal })
})

test("RV-33: refuses another client's token, also one that its own client used a moment ago", async () => {
  const { verify } = await aLogin()
  await verify()

  expect(await verify(aClient({ id: 'other-agent' }))).toEqual({
    ok: false,
    refusal: { reason: 'other_client' },
  })
})

test('R8: what a client that asks was allowed comes from the login itself, each time', async () => {
  const { verify } = await aLogin()

  for (let i = 0; i < 2; i += 1) {
    expect(await verify(aClient({ consent: 'ask' }))).toMatchObject({
      ok: true,
      value: {
        scopes: ['openid', 'orders:read'],
        allowedApis: ['https://orders.example.com'],
      },
    })
  }
})
