import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { NASTY_IDS, TENANT, type OpenTwoNodes, type TwoNodes } from './stores.fixture.ts'

/** What every directory of users must do, on any engine. */
export function describeUserDirectory(name: string, open: OpenTwoNodes): void {
  describe(`user directory on ${name}`, () => {
    let nodes: TwoNodes

    beforeEach(async () => {
      nodes = await open()
    })

    afterEach(async () => {
      await nodes.close()
    })

    async function aUser(userId: string, subject: string, tenant = TENANT): Promise<void> {
      const identity = { issuer: 'https://idp.example.com/', subject }
      await nodes.first.users.findOrCreate({ tenant, identity, userId, now: 1_000 })
    }

    test('finds a user by id, with all identities and no other', async () => {
      await aUser('usr_1', 'alice')
      await aUser('usr_1', 'alice-at-work')
      await aUser('usr_2', 'bob')
      const { userDirectory } = nodes.second

      expect(await userDirectory.find({ tenant: TENANT, userId: 'usr_1' })).toEqual({
        id: 'usr_1',
        createdAt: 1_000,
      })
      const found = await userDirectory.identities({ tenant: TENANT, userId: 'usr_1' })
      expect(found.map(({ subject }) => subject)).toEqual(['alice', 'alice-at-work'])
      expect(await userDirectory.find({ tenant: 'other', userId: 'usr_1' })).toBeUndefined()
      expect(await userDirectory.identities({ tenant: 'other', userId: 'usr_1' })).toEqual([])
    })

    test('confuses no ids', async () => {
      await aUser('bob', 'bob')
      for (const userId of NASTY_IDS.filter((id) => id !== 'bob')) {
        expect(await nodes.first.userDirectory.find({ tenant: TENANT, userId })).toBeUndefined()
      }
    })

    test('lists by id, page by page, one tenant', async () => {
      for (const id of ['usr_3', 'usr_1', 'usr_2']) await aUser(id, id)
      await aUser('usr_0', 'usr_0', 'other')

      const list = async (after?: string): Promise<readonly string[]> =>
        (await nodes.second.userDirectory.list({ tenant: TENANT, after, limit: 2 })).map(
          ({ id }) => id,
        )
      expect(await list()).toEqual(['usr_1', 'usr_2'])
      expect(await list('usr_2')).toEqual(['usr_3'])
      expect(await list('usr_3')).toEqual([])
    })
  })
}
