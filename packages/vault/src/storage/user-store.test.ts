import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { LogFields } from '../ports/logger.ts'
import type { UserStore } from '../ports/user-store.ts'
import { someMacKeys, type TestMacKeys } from './mac-keys.fixture.ts'
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts'
import { TENANT } from './stores.fixture.ts'

const ISSUER = 'https://idp.example.com/'

let folder: string
let store: SqliteStore
let intruder: BetterSqlite3.Database
let keys: TestMacKeys
let users: UserStore
let logged: { message: string; fields: LogFields | undefined }[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'valetkey-users-'))
  const path = join(folder, 'vault.db')
  store = await openSqliteStore({ path })
  intruder = new BetterSqlite3(path)
  keys = someMacKeys()
  logged = []
  users = store.users({
    keys,
    logger: { error: (message, fields) => logged.push({ message, fields }) },
  })
  await users.findOrCreate(aRequest('alice'))
  await users.findOrCreate(aRequest('bob'))
})

afterEach(() => {
  intruder.close()
  store.close()
  rmSync(folder, { recursive: true })
})

function aRequest(subject: string) {
  return {
    tenant: TENANT,
    identity: { issuer: ISSUER, subject },
    userId: `usr_${subject}`,
    now: 1_000,
  }
}

describe('a row of identities that somebody else wrote', () => {
  test.each([
    [
      "leads to another's accounts",
      "update identities set user_id = 'usr_alice' where subject = 'bob'",
    ],
    [
      "is another's, with its MAC",
      `delete from identities where subject = 'bob';
       update identities set subject = 'bob' where subject = 'alice'`,
    ],
    [
      'is made of two',
      `update identities set user_id = 'usr_alice',
         mac = (select mac from identities where subject = 'alice') where subject = 'bob'`,
    ],
    ['names another key', "update identities set key_version = 2 where subject = 'bob'"],
    ['names a key that never was', "update identities set key_version = 99 where subject = 'bob'"],
    [
      'has a MAC that is cut',
      "update identities set mac = substr(mac, 1, 31) where subject = 'bob'",
    ],
    ['has an empty MAC', "update identities set mac = x'' where subject = 'bob'"],
  ])('%s: nobody is found, and it is logged', async (_, statements) => {
    intruder.exec(statements)

    expect(await users.findByIdentity(aRequest('bob'))).toBeUndefined()
    expect(logged).toEqual([
      { message: expect.stringContaining('altered'), fields: { code: 'identity_altered' } },
    ])
  })

  test('names another login system: nobody is found there', async () => {
    intruder.exec(
      "update identities set issuer = 'https://other.example.com/' where subject = 'bob'",
    )
    const identity = { issuer: 'https://other.example.com/', subject: 'bob' }

    expect(await users.findByIdentity({ tenant: TENANT, identity })).toBeUndefined()
    expect(logged).toHaveLength(1)
  })

  test('is neither replaced nor followed when the user comes to connect', async () => {
    intruder.exec("update identities set user_id = 'usr_alice' where subject = 'bob'")

    await expect(users.findOrCreate(aRequest('bob'))).rejects.toThrow('Restore it from a backup')
    expect(
      intruder.prepare("select user_id from identities where subject = 'bob'").pluck().get(),
    ).toBe('usr_alice')
  })
})

test('a genuine row stays good when a newer key is in use', async () => {
  keys.activeVersion = 2
  await users.findOrCreate(aRequest('carol'))

  expect(await users.findByIdentity(aRequest('alice'))).toBe('usr_alice')
  expect(await users.findByIdentity(aRequest('carol'))).toBe('usr_carol')
  expect(logged).toEqual([])
})
