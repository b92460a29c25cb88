import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { ConsentStore } from '../ports/consent-store.ts'
import {
  anAccount,
  connectAccount,
  NASTY_IDS,
  type OpenTwoNodes,
  TENANT,
  type TwoNodes,
  UNSTORABLE_IDS,
} from './stores.fixture.ts'

const AGENT = { issuer: 'https://agents.example.com/', subject: 'planner' }

const KEY = { tenant: TENANT, userId: 'usr_1', clientId: 'my-agent', connection: 'google' }

function aRequest(
  overrides: Partial<Parameters<ConsentStore['allow']>[0]> = {},
): Parameters<ConsentStore['allow']>[0] {
  return { ...KEY, accountId: 'cac_1', scopes: ['email'], now: 1_000, ...overrides }
}

/** What every consent store must do, on any engine. */
export function describeConsentStore(name: string, open: OpenTwoNodes): void {
  describe(`consent store on ${name}`, () => {
    let nodes: TwoNodes

    beforeEach(async () => {
      nodes = await open()
      await connectAccount(nodes.first, anAccount())
      await connectAccount(nodes.first, anAccount({ id: 'cac_2', providerAccountId: 'google-2' }))
    })

    afterEach(async () => {
      await nodes.close()
    })

    test('knows of nothing that was not allowed, and looking allows nothing', async () => {
      expect(await nodes.first.consents.find(KEY)).toEqual([])
      expect(await nodes.first.consents.listOfUser(KEY)).toEqual([])
      expect(await nodes.first.consents.revoke(KEY)).toBe(0)
      expect(await nodes.second.consents.find(KEY)).toEqual([])
    })

    test('adds scopes to those that were allowed, and says when there is nothing to add', async () => {
      const { first, second } = nodes

      expect(await first.consents.allow(aRequest())).toBe('added')
      expect(await second.consents.allow(aRequest({ scopes: ['mail'], now: 1_500 }))).toBe('added')
      expect(await first.consents.allow(aRequest({ scopes: ['mail'], now: 2_000 }))).toBe('known')

      expect(await second.consents.find(KEY)).toEqual([
        { accountId: 'cac_1', scopes: ['email', 'mail'] },
      ])
      expect(await first.consents.listOfUser(KEY)).toEqual([
        {
          ...KEY,
          actor: undefined,
          accountId: 'cac_1',
          scopes: ['email', 'mail'],
          createdAt: 1_000,
          updatedAt: 1_500,
        },
      ])
    })

    test('keeps a consent to no scope at all', async () => {
      expect(await nodes.first.consents.allow(aRequest({ scopes: [] }))).toBe('added')
      expect(await nodes.first.consents.allow(aRequest({ scopes: [] }))).toBe('known')
      expect(await nodes.first.consents.find(KEY)).toEqual([{ accountId: 'cac_1', scopes: [] }])
    })

    test('RV-70: is for one user, client, connection, account and actor, and no other', async () => {
      const { consents } = nodes.first
      await consents.allow(aRequest({ actor: AGENT }))

      for (const other of [
        { tenant: 'another' },
        { userId: 'usr_2' },
        { clientId: 'my-agent2' },
        { clientId: 'MY-AGENT' },
        { connection: 'google-work' },
        { actor: undefined },
        { actor: { ...AGENT, subject: 'planner2' } },
        { actor: { ...AGENT, issuer: 'https://agents.example.com' } },
      ]) {
        expect(await consents.find({ ...KEY, actor: AGENT, ...other })).toEqual([])
      }
      expect(await consents.find({ ...KEY, actor: AGENT })).toEqual([
        { accountId: 'cac_1', scopes: ['email'] },
      ])
      await consents.allow(aRequest({ actor: AGENT, accountId: 'cac_2', scopes: ['mail'] }))
      expect(await consents.find({ ...KEY, actor: AGENT })).toHaveLength(2)
    })

    test('of many at once on two nodes, nothing that was allowed is lost', async () => {
      const scopes = Array.from({ length: 12 }, (_, index) => `scope-${index}`)

      await Promise.all(
        scopes.map((scope, index) =>
          (index % 2 === 0 ? nodes.first : nodes.second).consents.allow(
            aRequest({ scopes: [scope] }),
          ),
        ),
      )

      const [consent, ...others] = await nodes.first.consents.find(KEY)
      expect(others).toEqual([])
      expect(consent?.scopes.toSorted()).toEqual(scopes.toSorted())
    })

    test('revokes what a client was allowed: on one connection, or on all', async () => {
      const { consents } = nodes.first
      await connectAccount(
        nodes.first,
        anAccount({ id: 'cac_3', connection: 'github', providerAccountId: 'g' }),
      )
      const elsewhere = { connection: 'github', accountId: 'cac_3' }
      await consents.allow(aRequest())
      await consents.allow(aRequest({ actor: AGENT }))
      await consents.allow(aRequest(elsewhere))
      await consents.allow(aRequest({ clientId: 'another' }))

      expect(await nodes.second.consents.revoke(KEY)).toBe(2)
      expect(await consents.find(KEY)).toEqual([])
      expect(await consents.find({ ...KEY, actor: AGENT })).toEqual([])
      expect(await consents.find({ ...KEY, connection: 'github' })).toHaveLength(1)

      const { tenant, userId, clientId } = KEY
      expect(await consents.revoke({ tenant, userId, clientId })).toBe(1)
      expect(await consents.revoke({ tenant, userId, clientId })).toBe(0)
      expect(await consents.listOfUser(KEY)).toMatchObject([{ clientId: 'another' }])
    })

    test('what was revoked does not come back with the next consent', async () => {
      const { consents } = nodes.first
      await consents.allow(aRequest({ scopes: ['mail'] }))
      await nodes.second.consents.revoke(KEY)

      await consents.allow(aRequest())

      expect(await consents.find(KEY)).toEqual([{ accountId: 'cac_1', scopes: ['email'] }])
    })

    test.each([
      ['there is none of that id', { accountId: 'cac_9' }],
      ['it is another user`s', { userId: 'usr_2' }],
      ['it is on another connection', { connection: 'github' }],
      ['it is of another tenant', { tenant: 'another' }],
    ])('allows nothing of an account when %s', async (_, change) => {
      const request = aRequest(change)

      expect(await nodes.first.consents.allow(request)).toBe('no_account')
      expect(await nodes.first.consents.find(request)).toEqual([])
    })

    test('ends with the account', async () => {
      const { accounts, consents } = nodes.first
      await consents.allow(aRequest())
      await consents.allow(aRequest({ accountId: 'cac_2' }))

      const removed = await accounts.remove({
        key: { tenant: TENANT, accountId: 'cac_1' },
        userId: 'usr_1',
        revocation: undefined,
        expectedGeneration: 1,
        now: 2_000,
      })

      expect(removed).toBe('removed')
      expect(await consents.find(KEY)).toEqual([{ accountId: 'cac_2', scopes: ['email'] }])
    })

    test('keeps nasty clients and actors apart', async () => {
      const { first, second } = nodes
      for (const [index, nasty] of NASTY_IDS.entries()) {
        for (const key of everyPlace(nasty)) {
          await first.consents.allow(aRequest({ ...key, scopes: [`scope-${index}`] }))
        }
      }

      for (const [index, nasty] of NASTY_IDS.entries()) {
        for (const key of everyPlace(nasty)) {
          expect(await second.consents.find({ ...KEY, ...key })).toEqual([
            { accountId: 'cac_1', scopes: [`scope-${index}`] },
          ])
        }
      }
      expect(await second.consents.listOfUser(KEY)).toHaveLength(NASTY_IDS.length * 3)
    })

    test('never takes a client for another whose text cannot be stored', async () => {
      for (const clientId of ['a', '\ufffd', 'bob', '']) {
        await nodes.first.consents.allow(aRequest({ clientId }))
      }

      for (const clientId of UNSTORABLE_IDS) {
        expect(await nodes.first.consents.find({ ...KEY, clientId })).toEqual([])
        expect(await nodes.first.consents.revoke({ ...KEY, clientId })).toBe(0)
        await expect(nodes.first.consents.allow(aRequest({ clientId }))).rejects.toThrow(TypeError)
      }
    })
  })
}

function everyPlace(nasty: string) {
  return [
    { clientId: `c${nasty}` },
    { actor: { issuer: nasty, subject: 'somebody' } },
    { actor: { issuer: 'somewhere', subject: nasty } },
  ]
}
