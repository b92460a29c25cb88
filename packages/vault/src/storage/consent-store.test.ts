import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { ConsentStore } from '../ports/consent-store.ts'
import type { LogFields } from '../ports/logger.ts'
import { someMacKeys, type TestMacKeys } from './mac-keys.fixture.ts'
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts'
import { anAccount, connectAccount, storesOf, TENANT } from './stores.fixture.ts'

const KEY = { tenant: TENANT, userId: 'usr_1', clientId: 'my-agent', connection: 'google' }
const AGENT = { issuer: 'https://agents.example.com/', subject: 'planner' }
const MAIL = { ...KEY, accountId: 'cac_1', scopes: ['mail'], now: 1_000 }

let folder: string
let store: SqliteStore
let intruder: BetterSqlite3.Database
let keys: TestMacKeys
let consents: ConsentStore
let logged: { message: string; fields: LogFields | undefined }[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'valetkey-consents-'))
  const path = join(folder, 'vault.db')
  store = await openSqliteStore({ path })
  intruder = new BetterSqlite3(path)
  keys = someMacKeys()
  logged = []
  const logger = {
    error: (message: string, fields?: LogFields) => logged.push({ message, fields }),
  }
  await connectAccount(storesOf(store), anAccount())
  await connectAccount(storesOf(store), anAccount({ id: 'cac_2', providerAccountId: 'other' }))
  consents = store.consents({ keys, logger })
  await consents.allow(MAIL)
})

afterEach(() => {
  intruder.close()
  store.close()
  rmSync(folder, { recursive: true })
})

describe('a row of consents that somebody else wrote', () => {
  test.each([
    ['allows more', `update consents set scopes = '["mail","drive"]'`, KEY],
    ['is for another client', `update consents set client_id = 'x'`, { ...KEY, clientId: 'x' }],
    ['is for another account', `update consents set account_id = 'cac_2'`, KEY],
    [
      'is of another connection',
      `update consents set connection = 'x'`,
      { ...KEY, connection: 'x' },
    ],
    ['is of another user', `update consents set user_id = 'x'`, { ...KEY, userId: 'x' }],
    [
      'names an agent',
      `update consents set actor = '["https://agents.example.com/","planner"]'`,
      { ...KEY, actor: AGENT },
    ],
    ['names another key', 'update consents set key_version = 2', KEY],
    ['names a key that never was', 'update consents set key_version = 99', KEY],
    ['has a MAC that is cut', 'update consents set mac = substr(mac, 1, 31)', KEY],
    ['holds no JSON', `update consents set scopes = 'mail'`, KEY],
  ])('%s: it allows nothing, and it is logged', async (_, statement, key) => {
    expect(intruder.prepare(statement).run().changes).toBe(1)

    expect(await consents.find(key)).toEqual([])
    expect(await consents.listOfUser(key)).toEqual([])
    expect(logged).toHaveLength(2)
    expect(logged[0]).toEqual({
      message: expect.stringContaining('altered'),
      fields: { code: 'consent_altered' },
    })
  })

  test('is replaced by what the user allows next, and nothing of it stays', async () => {
    intruder.exec(`update consents set scopes = '["mail","drive"]'`)

    expect(await consents.allow({ ...MAIL, scopes: ['email'] })).toBe('added')

    expect(await consents.find(KEY)).toEqual([{ accountId: 'cac_1', scopes: ['email'] }])
  })

  test('can be revoked like any other', async () => {
    intruder.exec("update consents set mac = x''")

    expect(await consents.revoke(KEY)).toBe(1)
  })
})

test('a revocation that comes between reading and writing wins over what was read', async () => {
  const slow = store.consents({
    keys: {
      ...keys,
      active: async () => {
        intruder.exec('delete from consents')
        return await keys.active()
      },
    },
    logger: { error: () => {} },
  })

  expect(await slow.allow({ ...MAIL, scopes: ['email'] })).toBe('added')

  expect(await consents.find(KEY)).toEqual([{ accountId: 'cac_1', scopes: ['email'] }])
})

test('a genuine row stays good when a newer key is in use, and what is added is under that', async () => {
  keys.activeVersion = 2
  expect(await consents.find(KEY)).toEqual([{ accountId: 'cac_1', scopes: ['mail'] }])

  await consents.allow({ ...MAIL, scopes: ['email'] })

  expect(await consents.find(KEY)).toEqual([{ accountId: 'cac_1', scopes: ['mail', 'email'] }])
  expect(intruder.prepare('select key_version from consents').pluck().get()).toBe(2)
  expect(logged).toEqual([])
})
