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

describe('identities that somebody else wrote', () => {
  test('are not listed, cannot be added, and count for nobody', async () => {
    const identity = { issuer: ISSUER, subject: 'bob' }
    intruder.exec("update identities set user_id = 'usr_alice' where subject = 'bob'")

    expect(await users.listIdentities({ tenant: TENANT, userId: 'usr_alice' })).toEqual([
      { issuer: ISSUER, subject: 'alice' },
    ])
    expect(
      await users.addIdentity({ tenant: TENANT, userId: 'usr_alice', identity, now: 1_001 }),
    ).toBe('taken')
    expect(
      await users.removeIdentity({
        tenant: TENANT,
        userId: 'usr_alice',
        identity,
        keepOneOf: [ISSUER],
      }),
    ).toBe('not_found')
    expect(logged.map(({ fields }) => fields?.code)).toContain('identity_altered')
  })
})

test('a genuine row stays good when a newer key is in use', async () => {
  keys.activeVersion = 2
  await users.findOrCreate(aRequest('carol'))

  expect(await users.findByIdentity(aRequest('alice'))).toBe('usr_alice')
  expect(await users.findByIdentity(aRequest('carol'))).toBe('usr_carol')
  expect(logged).toEqual([])
})

describe('a user of the vault itself', () => {
  const VAULT = 'https://vault.example.com/'
  const own = (subject: string) => ({ tenant: TENANT, identity: { issuer: VAULT, subject } })
  let ownUsers: UserStore

  beforeEach(() => {
    ownUsers = store.users({ keys, logger: { error: () => {} }, vaultIssuer: VAULT })
  })

  test('R3: is found by its id, without a row of identities', async () => {
    expect(await ownUsers.findByIdentity(own('usr_alice'))).toBe('usr_alice')
    expect(
      await ownUsers.findOrCreate({ ...own('usr_alice'), userId: 'usr_other', now: 1_000 }),
    ).toBe('usr_alice')
    expect(
      intruder.prepare('select count(*) from identities where issuer = ?').pluck().get(VAULT),
    ).toBe(0)
  })

  test.each(['usr_nobody', 'alice', '', 'USR_ALICE', 'usr_alice ', 'usr_ali%', 'usr_alice\0'])(
    'R1: that does not exist is not found, and not made: %j',
    async (subject) => {
      expect(await ownUsers.findByIdentity(own(subject))).toBeUndefined()
      await expect(
        ownUsers.findOrCreate({ ...own(subject), userId: 'usr_new', now: 1_000 }),
      ).rejects.toThrow('no such user')
    },
  )

  test('is nobody in another tenant, nor under another issuer', async () => {
    expect(await ownUsers.findByIdentity({ ...own('usr_alice'), tenant: 'other' })).toBeUndefined()
    expect(
      await ownUsers.findByIdentity({
        tenant: TENANT,
        identity: { issuer: VAULT.slice(0, -1), subject: 'usr_alice' },
      }),
    ).toBeUndefined()
  })

  test('is nobody where the vault`s issuer is not known', async () => {
    expect(await users.findByIdentity(own('usr_alice'))).toBeUndefined()
  })
})
