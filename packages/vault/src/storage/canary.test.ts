import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { createKeyRing } from '../crypto/key-ring.ts'
import { createLocalKeyService } from '../crypto/local-key-service.ts'
import { createSealer } from '../crypto/sealer.ts'
import { createSecretHasher } from '../crypto/secret-hasher.ts'
import { openSqliteStore } from './sqlite-store.ts'
import { anAccount, anAttempt, TENANT } from './stores.fixture.ts'

/** Every way in which a secret could lie in a file. */
function spellings(secret: string | Buffer): readonly Buffer[] {
  const bytes = Buffer.from(secret)
  const utf16 = Buffer.from(bytes.toString('latin1'), 'utf16le')
  // In base64 the neighbours decide the ends: the middle of each of the three alignments is looked for.
  const base64 = [0, 1, 2].flatMap((shift) => {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    const middle = shifted.slice(4, -4)
    return [middle, middle.replaceAll('+', '-').replaceAll('/', '_')]
  })
  return [
    bytes,
    utf16,
    Buffer.from(bytes).reverse(),
    Buffer.from(bytes.toString('hex')),
    Buffer.from(bytes.toString('hex').toUpperCase()),
    ...base64.map((text) => Buffer.from(text)),
  ]
}

function found(folder: string, secret: string | Buffer): readonly string[] {
  return readdirSync(folder).filter((name) => {
    const content = readFileSync(join(folder, name))
    return spellings(secret).some((spelling) => content.includes(spelling))
  })
}

test('no token, code or verifier can be found in the files of the store', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-canary-'))
  const secrets = Object.fromEntries(
    [
      'accessToken',
      'refreshToken',
      'nextAccessToken',
      'nextRefreshToken',
      'verifier',
      'pendingToken',
      'revokedToken',
      'ticket',
      'authSession',
      'state',
      'connectCode',
      'browser',
      'signingKey',
      'jti',
    ].map((name) => [name, `canary-${name}-${randomBytes(24).toString('base64url')}`]),
  )
  const secret = (name: string) => {
    const value = secrets[name]
    if (value === undefined) throw new Error(`No canary ${name}`)
    return value
  }
  const label = `label-${randomBytes(12).toString('hex')}`
  const runtime = {
    now: () => 1_000,
    randomBytes: (length: number) => new Uint8Array(randomBytes(length)),
    sleep: async () => {},
  }
  const store = await openSqliteStore({ path: join(folder, 'vault.db') })
  const keyRing = createKeyRing({
    keyService: createLocalKeyService({ key: randomBytes(32) }),
    keyVersions: store.keyVersions,
    runtime,
    tenant: TENANT,
  })
  // Before anything is stored, as when a vault starts.
  await keyRing.active()
  const sealer = createSealer({ keyRing, runtime })
  const hasher = createSecretHasher()
  const seal = (name: string, record: string, column: string, generation = 1) =>
    sealer.seal(secret(name), {
      tenant: TENANT,
      owner: 'usr_1',
      record,
      column,
      generation,
      bindings: [],
    })
  const key = { tenant: TENANT, id: 'att_1' }
  const accountKey = { tenant: TENANT, accountId: 'cac_1' }

  const users = store.users({ keys: keyRing.purpose('identity'), logger: { error: () => {} } })
  await users.findOrCreate({
    tenant: TENANT,
    identity: { issuer: 'https://idp.example.com/', subject: 'bob' },
    userId: 'usr_1',
    now: 1_000,
  })
  await store.attempts.insert(
    anAttempt({
      ticketHash: hasher.hash(secret('ticket')),
      authSessionHash: hasher.hash(secret('authSession')),
    }),
  )
  await store.attempts.redirect({
    ...key,
    providerStateHash: hasher.hash(secret('state')),
    browserHash: hasher.hash(secret('browser')),
    providerSecrets: await seal('verifier', 'att_1', 'provider_secrets'),
  })
  await store.attempts.takeReturn(key)
  await store.attempts.recordReturn({
    ...key,
    connectCodeHash: hasher.hash(secret('connectCode')),
    pending: await seal('pendingToken', 'att_1', 'pending'),
    expiresAt: 1_600,
  })
  await store.attempts.complete({
    ...key,
    account: anAccount({
      label,
      accessToken: await seal('accessToken', 'cac_1', 'access_token'),
      refreshToken: await seal('refreshToken', 'cac_1', 'refresh_token'),
    }),
    now: 1_000,
  })
  await store.accounts.claimRefresh({
    key: accountKey,
    generation: 1,
    leaseId: 'lease',
    leaseUntil: 1_030,
    now: 1_000,
  })
  await store.accounts.commitRefresh({
    key: accountKey,
    generation: 1,
    accessToken: await seal('nextAccessToken', 'cac_1', 'access_token', 2),
    refreshToken: await seal('nextRefreshToken', 'cac_1', 'refresh_token', 2),
    accessIssuedAt: 1_000,
    scopes: ['email'],
    now: 1_000,
  })
  await store.outbox.put({
    tenant: TENANT,
    draft: {
      id: 'out_1',
      kind: 'provider_revocation',
      payload: await seal('revokedToken', 'out_1', 'payload'),
    },
    now: 1_000,
  })
  await store.signingKeys.insert({
    tenant: TENANT,
    kid: 'kid-1',
    algorithm: 'ES256',
    publicKey: { kty: 'EC' },
    privateKey: await seal('signingKey', 'kid-1', 'private_key'),
    position: 1,
    createdAt: 1_000,
  })
  await store.replays.remember({
    tenant: TENANT,
    scope: 'client:my-agent',
    jti: secret('jti'),
    expiresAt: 1_300,
    now: 1_000,
  })
  const audit = store.audit({
    tenant: TENANT,
    writerId: 'w1',
    keys: keyRing.purpose('audit'),
    runtime,
    logger: { error: () => {} },
  })
  await audit.append({
    tenant: TENANT,
    at: 1_000,
    type: 'token.exchanged',
    outcome: 'success',
    accountId: 'cac_1',
  })
  await audit.close()

  const tenantKey = (await keyRing.active()).key.export()
  const whileOpen = Object.keys(secrets).flatMap((name) => found(folder, secret(name)))

  // The search works: what is not secret is found, in the log and in the file once the log is merged.
  expect(readdirSync(folder).toSorted()).toEqual(['vault.db', 'vault.db-shm', 'vault.db-wal'])
  expect(found(folder, label)).toEqual(['vault.db-wal'])
  expect(whileOpen).toEqual([])
  expect(found(folder, tenantKey)).toEqual([])

  const account = await store.accounts.find(accountKey)
  expect(
    await sealer.open(account?.accessToken ?? new Uint8Array(), {
      tenant: TENANT,
      owner: 'usr_1',
      record: 'cac_1',
      column: 'access_token',
      generation: 2,
      bindings: [],
    }),
  ).toBe(secret('nextAccessToken'))

  store.close()
  expect(found(folder, label)).toEqual(['vault.db'])
  expect(Object.keys(secrets).flatMap((name) => found(folder, secret(name)))).toEqual([])
  rmSync(folder, { recursive: true })
})
