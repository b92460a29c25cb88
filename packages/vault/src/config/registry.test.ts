import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { createKeyRing } from '../crypto/key-ring.ts'
import { createLocalKeyService } from '../crypto/local-key-service.ts'
import { createSealer } from '../crypto/sealer.ts'
import { aRuntime, type TestRuntime } from '../crypto/keys.fixture.ts'
import { createSecretHasher } from '../crypto/secret-hasher.ts'
import type { Client } from '../domain/client.ts'
import type { RegistryEntry } from '../domain/registration.ts'
import type { RegistrationStore } from '../ports/registration-store.ts'
import type { Sealer } from '../ports/sealer.ts'
import { vaultScopesOf } from '../provider-client/authorization-parameters.ts'
import { behaviourOf } from '../provider-client/behaviour-of.ts'
import { loginFactsOf } from '../provider-client/login-facts-of.ts'
import { originsOf } from '../provider-client/origins-of.ts'
import { openSqliteStore, type SqliteStore } from '../storage/sqlite-store.ts'
import { createConfiguredClients } from './configured-clients.ts'
import { createConfiguredConnections } from './configured-connections.ts'
import { parseVaultConfig } from './define-vault.ts'
import { createRegistry, type OpenedRegistry } from './registry.ts'
import { resolveSecrets } from './resolve-secrets.ts'

const TENANT = 'default'

let folder: string
let store: SqliteStore
let sealer: Sealer
let runtime: TestRuntime
let reads: number
let logged: unknown[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'valetkey-registry-'))
  store = await openSqliteStore({ path: join(folder, 'vault.db') })
  runtime = aRuntime()
  const keyService = createLocalKeyService({
    key: crypto.getRandomValues(new Uint8Array(32)),
    ownerId: undefined,
  })
  const { keyVersions } = store
  sealer = createSealer({
    keyRing: createKeyRing({ keyService, keyVersions, runtime, tenant: TENANT }),
    runtime,
  })
  reads = 0
  logged = []
})

afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

/** One process on the database. */
function aNode(overrides: Readonly<Record<string, unknown>> = {}): OpenedRegistry {
  const config = parseVaultConfig({
    issuer: 'https://vault.example.com/',
    storage: { sqlite: 'vault.db' },
    keys: { local: new Uint8Array(32) },
    connections: [{ name: 'google', provider: 'google', clientId: 'id', clientSecret: 'secret' }],
    clients: [{ id: 'configured', secret: '0123456789abcdef0123456789abcdef' }],
    ...overrides,
  })
  const secrets = resolveSecrets(config, { environment: {}, folder, literals: 'allowed' })
  const facts = { behaviourOf, loginFactsOf, originsOf, vaultScopesOf }
  const shared = { config, secrets, tenant: TENANT, ...facts }
  const connections = createConfiguredConnections(shared)
  const counting: RegistrationStore = {
    ...store.registrations,
    find: async (key) => {
      reads += 1
      return await store.registrations.find(key)
    },
  }
  return createRegistry({
    ...shared,
    sealer,
    runtime,
    store: counting,
    logger: { error: (_, fields) => logged.push(fields?.code) },
    configured: {
      clients: createConfiguredClients({ ...shared, hasher: createSecretHasher() }),
      connections: connections.store,
      providers: connections.registrations,
    },
  })
}

async function register(
  { registry }: OpenedRegistry,
  id = 'registered',
  settings: Readonly<Record<string, unknown>> = {},
): Promise<RegistryEntry> {
  const secrets = [{ id: 'sec_1', hash: 'AAAA', createdAt: runtime.now() }]
  const result = await registry.register({
    kind: 'client',
    name: id,
    settings: { id, ...settings },
    secrets,
    now: runtime.now(),
  })
  if (!result.ok) throw new Error(JSON.stringify(result.refusal))
  return result.value
}

function find({ clients }: OpenedRegistry, clientId = 'registered'): Promise<Client | undefined> {
  return clients.find({ tenant: TENANT, clientId })
}

function tamper(sql: string, ...parameters: readonly unknown[]): void {
  const database = new BetterSqlite3(join(folder, 'vault.db'))
  database.prepare(sql).run(...parameters)
  database.close()
}

test('a change of this process counts at once, one of another within five seconds', async () => {
  const [here, elsewhere] = [aNode(), aNode()]
  const entry = await register(here)
  expect(await find(here)).toMatchObject({ id: 'registered' })
  expect(await find(elsewhere)).toMatchObject({ id: 'registered' })

  expect(await here.registry.remove(entry)).toMatchObject({ ok: true })

  expect(await find(here)).toBeUndefined()
  runtime.advance(5)
  expect(await find(elsewhere)).toBeUndefined()
})

test('a client that was removed and registered anew elsewhere is the new one', async () => {
  const [here, elsewhere] = [aNode(), aNode()]
  const entry = await register(here, 'registered', { name: 'Old' })
  expect(await find(elsewhere)).toMatchObject({ name: 'Old' })

  await here.registry.remove(entry)
  await register(here, 'registered', { name: 'New' })
  runtime.advance(5)

  expect(await find(elsewhere)).toMatchObject({ name: 'New' })
})

test('is read once in five seconds, and gives the same object meanwhile and afterwards', async () => {
  const node = aNode()
  await register(node)
  const first = await find(node)
  reads = 0

  for (let i = 0; i < 100; i++) expect(await find(node)).toBe(first)
  expect(reads).toBe(0)

  runtime.advance(5)
  expect(await find(node)).toBe(first)
  expect(reads).toBe(1)
})

test('never reads for what is configured', async () => {
  const node = aNode()

  expect(await find(node, 'configured')).toMatchObject({ id: 'configured' })
  expect(reads).toBe(0)
})

test('unknown ids are not remembered, and push nothing out', async () => {
  const node = aNode()
  await register(node)
  await find(node)
  for (let i = 0; i < 3_000; i++) await find(node, `invented-${i}`)
  reads = 0

  await find(node)

  expect(reads).toBe(0)
})

test('a read that began before a removal does not bring the client back', async () => {
  const node = aNode()
  const entry = await register(node)
  const before = find(node)
  const removal = node.registry.remove(entry)
  await Promise.all([before, removal])

  expect(await find(node)).toBeUndefined()
})

test('a name of the file wins over what was registered under it before', async () => {
  await register(aNode(), 'late')
  const late = { id: 'late', name: 'Of the file', secret: '0123456789abcdef0123456789abcdef' }
  const node = aNode({ clients: [late] })

  expect(await find(node, 'late')).toMatchObject({ name: 'Of the file' })
  const entries = await node.registry.list({ kind: 'client', limit: 10 })
  expect(entries.map(({ name, origin }) => [name, origin])).toEqual([['late', 'configuration']])
})

test('an altered, moved or copied registration is as if it were not there, and is logged', async () => {
  await register(aNode(), 'one')
  await register(aNode(), 'two')
  tamper(
    'update registrations set settings = (select settings from registrations where name = ?) where name = ?',
    'one',
    'two',
  )
  tamper(
    "insert into registrations select tenant_id, 'connection', name, settings, generation, created_at, updated_at from registrations where name = ?",
    'one',
  )
  tamper('update registrations set generation = 7 where name = ? and kind = ?', 'one', 'client')

  const node = aNode()

  expect(await find(node, 'one')).toBeUndefined()
  expect(await find(node, 'two')).toBeUndefined()
  expect(await node.connections.find({ tenant: TENANT, name: 'one' })).toBeUndefined()
  expect((await node.connections.list({ tenant: TENANT })).map(({ name }) => name)).toEqual([
    'google',
  ])
  expect(new Set(logged)).toEqual(new Set(['registration_unreadable']))
})

test('the secret of a connection stays when other settings change, and is sealed', async () => {
  const node = aNode()
  const settings = { name: 'work', provider: 'google', clientId: 'client' }
  const canary = 'provider-secret-canary-5f2d'
  const made = await node.registry.register({
    kind: 'connection',
    name: 'work',
    settings,
    secrets: [],
    providerSecret: canary,
    now: runtime.now(),
  })
  if (!made.ok) throw new Error('not registered')

  const changed = await node.registry.change({
    expected: made.value,
    settings: { ...settings, displayName: 'Work' },
    secrets: [],
    now: runtime.now(),
  })

  expect(changed).toMatchObject({ ok: true, value: { generation: 2 } })
  expect(await node.providers.get('work')).toMatchObject({ clientSecret: canary })
  expect(JSON.stringify(changed)).not.toContain(canary)
  const [row] = await store.registrations.list({ tenant: TENANT, kind: 'connection', limit: 1 })
  expect(Buffer.from(row?.settings ?? []).includes(canary)).toBe(false)
})

test('R26: scripts of a registered public client may call, from the moment it is there until it is gone', async () => {
  const [here, elsewhere] = [aNode(), aNode()]
  const origins = async ({ clients }: OpenedRegistry): Promise<readonly string[]> => [
    ...(await clients.origins({ tenant: TENANT })),
  ]
  expect(await origins(here)).toEqual([])
  expect(await origins(elsewhere)).toEqual([])
  const settings = { id: 'spa', type: 'public', origins: ['https://spa.example.com'] }
  const made = await here.registry.register({
    kind: 'client',
    name: 'spa',
    settings,
    secrets: [],
    now: runtime.now(),
  })
  if (!made.ok) throw new Error(JSON.stringify(made.refusal))

  expect(await origins(here)).toEqual(['https://spa.example.com'])
  runtime.advance(5)
  expect(await origins(elsewhere)).toEqual(['https://spa.example.com'])

  await here.registry.remove(made.value)
  expect(await origins(here)).toEqual([])
  runtime.advance(5)
  expect(await origins(elsewhere)).toEqual([])
})

test('of another tenant there is nothing', async () => {
  const node = aNode()
  await register(node)

  expect(await node.clients.find({ tenant: 'other', clientId: 'registered' })).toBeUndefined()
  expect(await node.connections.list({ tenant: 'other' })).toEqual([])
})
