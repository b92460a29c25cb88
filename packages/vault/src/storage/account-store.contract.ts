import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import {
  anAccount,
  anAttempt,
  anAttemptReturned,
  bytes,
  connectAccount,
  aHash,
  NASTY_IDS,
  TENANT,
  UNSTORABLE_IDS,
  type OpenTwoNodes,
  type TwoNodes,
} from './stores.fixture.ts'

const KEY = { tenant: TENANT, accountId: 'cac_1' }

/** What every account store must do, on any engine. `open` gives two processes on a new, empty database. */
export function describeAccountStore(name: string, open: OpenTwoNodes): void {
  describe(`account store on ${name}`, () => {
    let nodes: TwoNodes

    beforeEach(async () => {
      nodes = await open()
    })

    afterEach(async () => {
      await nodes.close()
    })

    describe('finding', () => {
      test('gives back every field as it was stored', async () => {
        const account = anAccount({
          label: "O'Brien 🤖",
          scopes: ['https://www.googleapis.com/auth/calendar.events', 'a"b'],
          generation: 7,
          refreshExpiresAt: 9_999_999_999,
          createdAt: 1_700_000_000,
        })
        await connectAccount(nodes.first, account)

        expect(await nodes.second.accounts.find(KEY)).toEqual(account)
      })

      test('gives absent fields back as absent', async () => {
        await connectAccount(
          nodes.first,
          anAccount({ refreshToken: undefined, accessExpiresAt: undefined, scopes: [] }),
        )

        const found = await nodes.first.accounts.find(KEY)

        expect(found?.refreshToken).toBeUndefined()
        expect(found?.accessExpiresAt).toBeUndefined()
        expect(found?.refresh).toEqual({ failCount: 0 })
        expect(found?.scopes).toEqual([])
      })

      test('finds nothing where there is nothing', async () => {
        expect(await nodes.first.accounts.find(KEY)).toBeUndefined()
        expect(
          await nodes.first.accounts.findOnConnection({
            tenant: TENANT,
            userId: 'usr_1',
            connection: 'google',
          }),
        ).toEqual([])
      })

      test('replaces what cannot be stored in a label, which comes from the provider', async () => {
        await connectAccount(nodes.first, anAccount({ label: 'b\0o\ud800b' }))

        expect((await nodes.first.accounts.find(KEY))?.label).toBe('b\ufffdo\ufffdb')
      })

      test('lists a connection oldest first, and nothing of other users and connections', async () => {
        await connectAccount(
          nodes.first,
          anAccount({ id: 'cac_b', providerAccountId: 'g2', createdAt: 2 }),
        )
        await connectAccount(
          nodes.first,
          anAccount({ id: 'cac_c', providerAccountId: 'g3', createdAt: 1 }),
        )
        await connectAccount(
          nodes.first,
          anAccount({ id: 'cac_a', providerAccountId: 'g1', createdAt: 2 }),
        )
        await connectAccount(nodes.first, anAccount({ id: 'cac_d', connection: 'google-2' }))
        await connectAccount(nodes.first, anAccount({ id: 'cac_e', userId: 'usr_11' }))

        const found = await nodes.second.accounts.findOnConnection({
          tenant: TENANT,
          userId: 'usr_1',
          connection: 'google',
        })

        expect(found.map(({ id }) => id)).toEqual(['cac_c', 'cac_a', 'cac_b'])
      })

      test('pages over all connections by id, and over one', async () => {
        for (const [index, id] of ['cac_a', 'cac_B', 'cac_c', 'cac_d'].entries()) {
          await connectAccount(
            nodes.first,
            anAccount({ id, connection: index === 3 ? 'slack' : 'google', providerAccountId: id }),
          )
        }
        const query = { tenant: TENANT, userId: 'usr_1', limit: 2 }

        const one = await nodes.first.accounts.list(query)
        const two = await nodes.first.accounts.list({ ...query, after: one[1]?.id })
        const three = await nodes.first.accounts.list({ ...query, after: two[1]?.id })
        const slack = await nodes.first.accounts.list({ ...query, connection: 'slack' })

        expect([...one, ...two].map(({ id }) => id)).toEqual(['cac_B', 'cac_a', 'cac_c', 'cac_d'])
        expect(three).toEqual([])
        expect(slack.map(({ id }) => id)).toEqual(['cac_d'])
      })
    })

    describe('keys', () => {
      test('keeps nasty users, connections and provider accounts apart', async () => {
        const ids = new Map(NASTY_IDS.map((nasty, index) => [nasty, `cac_n${index}`]))
        for (const [nasty, id] of ids) {
          await connectAccount(nodes.first, anAccount({ id, userId: nasty }))
          await connectAccount(nodes.first, anAccount({ id: `${id}c`, connection: nasty }))
          await connectAccount(nodes.first, anAccount({ id: `${id}p`, providerAccountId: nasty }))
        }

        for (const [nasty, id] of ids) {
          const byUser = await nodes.first.accounts.list({
            tenant: TENANT,
            userId: nasty,
            limit: 1_000,
          })
          const byConnection = await nodes.first.accounts.findOnConnection({
            tenant: TENANT,
            userId: 'usr_1',
            connection: nasty,
          })
          const byProviderAccount = await nodes.first.accounts.find({
            tenant: TENANT,
            accountId: `${id}p`,
          })

          expect(byUser.map((account) => account.id)).toEqual([id])
          expect(byConnection.map((account) => account.id)).toEqual([`${id}c`])
          expect(byProviderAccount?.providerAccountId).toBe(nasty)
        }
      })

      test('R22: keeps nasty tenants and account ids apart, for reading and for writing', async () => {
        for (const [index, nasty] of NASTY_IDS.entries()) {
          await connectAccount(
            nodes.first,
            anAccount({ tenant: nasty, id: nasty, label: `label ${index}` }),
          )
        }
        await nodes.first.accounts.remove({
          key: { tenant: 'bob', accountId: 'bob' },
          userId: 'usr_1',
          expectedGeneration: 1,
          now: 2_000,
        })

        for (const [index, nasty] of NASTY_IDS.entries()) {
          const found = await nodes.first.accounts.find({ tenant: nasty, accountId: nasty })
          expect(found?.label).toBe(nasty === 'bob' ? undefined : `label ${index}`)
        }
      })

      test('never takes text that cannot be stored for another account', async () => {
        await connectAccount(nodes.first, anAccount({ userId: 'a' }))
        await connectAccount(nodes.first, anAccount({ id: 'cac_2', userId: 'bob' }))
        await connectAccount(nodes.first, anAccount({ id: 'cac_3', userId: '\ufffd' }))

        for (const text of UNSTORABLE_IDS) {
          expect(
            await nodes.first.accounts.list({ tenant: TENANT, userId: text, limit: 10 }),
          ).toEqual([])
          expect(
            await nodes.first.accounts.find({ tenant: TENANT, accountId: text }),
          ).toBeUndefined()
          await expect(
            connectAccount(nodes.first, anAccount({ id: 'cac_4', userId: text })),
          ).rejects.toThrow(TypeError)
        }
      })

      test('R22: no method reaches the account of another tenant', async () => {
        const mine = anAccount()
        await connectAccount(nodes.first, mine)
        const key = { tenant: 'other', accountId: mine.id }
        const { accounts } = nodes.first

        expect(await accounts.find(key)).toBeUndefined()
        expect(await accounts.findOnConnection({ ...mine, tenant: 'other' })).toEqual([])
        expect(await accounts.list({ tenant: 'other', userId: 'usr_1', limit: 10 })).toEqual([])
        expect(await accounts.claimRefresh({ ...aClaim(), key })).toEqual({ claimed: false })
        expect(await accounts.commitRefresh({ ...aCommit(), key })).toBe(false)
        expect(
          await accounts.changeState({ key, generation: 1, state: 'revoked', now: 2_000 }),
        ).toBe(false)
        expect(await accounts.relabel({ key, userId: 'usr_1', label: 'x', now: 2_000 })).toBe(false)
        expect(
          await accounts.remove({ key, userId: 'usr_1', expectedGeneration: 1, now: 2_000 }),
        ).toBe('not_found')
        expect(
          await accounts.countSharingGrant({
            tenant: 'other',
            connections: ['google'],
            providerAccountId: 'google-1',
            exceptAccountId: 'cac_9',
          }),
        ).toBe(0)
        expect(await accounts.find(KEY)).toEqual(mine)
      })
    })

    describe('refreshing', () => {
      test('R14: a claim takes the lease, writes the intent and gives the account', async () => {
        await connectAccount(nodes.first, anAccount())

        const result = await nodes.first.accounts.claimRefresh(aClaim())

        expect(result).toMatchObject({
          claimed: true,
          mayHaveBeenSpent: false,
          account: {
            generation: 1,
            refreshToken: bytes(4, 5, 6),
            refresh: {
              leaseId: 'lease-1',
              leaseUntil: 2_030,
              attemptGeneration: 1,
              attemptStartedAt: 2_000,
            },
          },
        })
        expect((await nodes.second.accounts.find(KEY))?.refresh.leaseId).toBe('lease-1')
      })

      test('R14: of many claims at once on two nodes exactly one wins', async () => {
        await connectAccount(nodes.first, anAccount())

        const results = await Promise.all(
          Array.from({ length: 40 }, (_, index) =>
            (index % 2 === 0 ? nodes.first : nodes.second).accounts.claimRefresh(
              aClaim({ leaseId: `lease-${index}` }),
            ),
          ),
        )

        expect(results.filter(({ claimed }) => claimed)).toHaveLength(1)
      })

      test('refuses a claim while a lease is live, and lets it pass when it has ended', async () => {
        await connectAccount(nodes.first, anAccount())
        await nodes.first.accounts.claimRefresh(aClaim())

        const during = await nodes.second.accounts.claimRefresh(
          aClaim({ leaseId: 'lease-2', now: 2_030 }),
        )
        const after = await nodes.second.accounts.claimRefresh(
          aClaim({ leaseId: 'lease-2', now: 2_031, leaseUntil: 2_061 }),
        )

        expect(during.claimed).toBe(false)
        expect(after).toMatchObject({ claimed: true, mayHaveBeenSpent: true })
      })

      test('refuses a claim of another generation', async () => {
        await connectAccount(nodes.first, anAccount({ generation: 3 }))

        for (const generation of [0, 2, 4]) {
          expect(await nodes.first.accounts.claimRefresh(aClaim({ generation }))).toEqual({
            claimed: false,
          })
        }
        expect((await nodes.first.accounts.claimRefresh(aClaim({ generation: 3 }))).claimed).toBe(
          true,
        )
      })

      test.each([
        ['active', true],
        ['uncertain', true],
        ['reauth_required', false],
        ['revoked', false],
      ] as const)('a claim of an account that is %s: %s', async (state, claimed) => {
        await connectAccount(nodes.first, anAccount({ state }))

        expect((await nodes.first.accounts.claimRefresh(aClaim())).claimed).toBe(claimed)
      })

      test('refuses a claim before the back-off is over', async () => {
        await connectAccount(
          nodes.first,
          anAccount({ refresh: { failCount: 1, nextAttemptAt: 2_001 } }),
        )

        expect((await nodes.first.accounts.claimRefresh(aClaim({ now: 2_000 }))).claimed).toBe(
          false,
        )
        expect((await nodes.first.accounts.claimRefresh(aClaim({ now: 2_001 }))).claimed).toBe(true)
      })

      test('renews a lease that is its own, and no other', async () => {
        await connectAccount(nodes.first, anAccount())
        await nodes.first.accounts.claimRefresh(aClaim())
        const renewal = { key: KEY, generation: 1, leaseId: 'lease-1', leaseUntil: 2_090 }

        expect(await nodes.second.accounts.renewLease({ ...renewal, leaseId: 'lease-2' })).toBe(
          false,
        )
        expect(await nodes.second.accounts.renewLease({ ...renewal, generation: 2 })).toBe(false)
        expect(await nodes.second.accounts.renewLease(renewal)).toBe(true)
        expect((await nodes.first.accounts.find(KEY))?.refresh.leaseUntil).toBe(2_090)
      })

      test('a commit stores the tokens as the next generation and clears what refreshing left', async () => {
        await connectAccount(
          nodes.first,
          anAccount({
            state: 'uncertain',
            refreshExpiresAt: 9_000,
            refresh: { failCount: 3, lastErrorCode: 'timeout' },
          }),
        )
        await nodes.first.accounts.claimRefresh(aClaim())

        const committed = await nodes.first.accounts.commitRefresh(aCommit())

        expect(committed).toBe(true)
        expect(await nodes.second.accounts.find(KEY)).toEqual(
          anAccount({
            state: 'active',
            generation: 2,
            accessToken: bytes(11),
            refreshToken: bytes(12),
            scopes: ['email'],
            accessIssuedAt: 2_001,
            accessExpiresAt: 5_601,
            refreshExpiresAt: undefined,
            refresh: { failCount: 0 },
            updatedAt: 2_002,
          }),
        )
      })

      test('commits though the lease ran out, as long as nobody stored a newer token', async () => {
        await connectAccount(nodes.first, anAccount())
        await nodes.first.accounts.claimRefresh(aClaim())
        await nodes.second.accounts.claimRefresh(
          aClaim({ leaseId: 'lease-2', now: 2_031, leaseUntil: 2_061 }),
        )

        expect(await nodes.first.accounts.commitRefresh(aCommit())).toBe(true)
        expect(await nodes.second.accounts.commitRefresh(aCommit())).toBe(false)
      })

      test('of commits at once on two nodes exactly one writes', async () => {
        await connectAccount(nodes.first, anAccount())

        const results = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            (index % 2 === 0 ? nodes.first : nodes.second).accounts.commitRefresh({
              ...aCommit(),
              accessToken: bytes(index),
            }),
          ),
        )

        const winner = results.indexOf(true)
        const found = await nodes.first.accounts.find(KEY)
        expect(results.filter(Boolean)).toHaveLength(1)
        expect(found?.generation).toBe(2)
        expect(found?.accessToken).toEqual(bytes(winner))
      })

      test.each(['reauth_required', 'revoked'] as const)(
        'does not commit into an account that became %s',
        async (state) => {
          await connectAccount(nodes.first, anAccount())
          await nodes.first.accounts.claimRefresh(aClaim())
          await nodes.second.accounts.changeState({ key: KEY, generation: 1, state, now: 2_001 })

          expect(await nodes.first.accounts.commitRefresh(aCommit())).toBe(false)
          expect(await nodes.first.accounts.find(KEY)).toMatchObject({ state, generation: 1 })
        },
      )

      test('does not commit into an account that was removed', async () => {
        await connectAccount(nodes.first, anAccount())
        await nodes.first.accounts.claimRefresh(aClaim())
        await nodes.second.accounts.remove({
          key: KEY,
          userId: 'usr_1',
          expectedGeneration: 1,
          now: 2_001,
        })

        expect(await nodes.first.accounts.commitRefresh(aCommit())).toBe(false)
        expect(await nodes.first.accounts.find(KEY)).toBeUndefined()
      })

      test('a commit without a refresh token leaves none, since a stored one is sealed for its generation', async () => {
        await connectAccount(nodes.first, anAccount())

        await nodes.first.accounts.commitRefresh({ ...aCommit(), refreshToken: undefined })

        expect((await nodes.first.accounts.find(KEY))?.refreshToken).toBeUndefined()
      })

      test('R14, R15: a release that clears the intent lets the next claimer know that nothing was spent', async () => {
        await connectAccount(nodes.first, anAccount())
        await nodes.first.accounts.claimRefresh(aClaim())

        const released = await nodes.first.accounts.releaseRefresh(aRelease({ intent: 'clear' }))

        expect(released).toBe(true)
        expect(
          await nodes.second.accounts.claimRefresh(aClaim({ leaseId: 'lease-2', now: 2_010 })),
        ).toMatchObject({ claimed: true, mayHaveBeenSpent: false })
      })

      test('R14, R15: a release that keeps the intent warns the next claimer', async () => {
        await connectAccount(nodes.first, anAccount())
        await nodes.first.accounts.claimRefresh(aClaim())

        await nodes.first.accounts.releaseRefresh(
          aRelease({
            intent: 'keep',
            state: 'uncertain',
            failure: { code: 'timeout', nextAttemptAt: 2_008 },
          }),
        )

        expect(await nodes.second.accounts.find(KEY)).toMatchObject({
          state: 'uncertain',
          generation: 1,
          refresh: { failCount: 1, nextAttemptAt: 2_008, lastErrorCode: 'timeout' },
        })
        expect(
          await nodes.second.accounts.claimRefresh(aClaim({ leaseId: 'lease-2', now: 2_010 })),
        ).toMatchObject({ claimed: true, mayHaveBeenSpent: true })
      })

      test('R14, R15: clearing one intent does not clear that of an earlier claimer that never came back', async () => {
        await connectAccount(nodes.first, anAccount())
        await nodes.first.accounts.claimRefresh(aClaim({ leaseId: 'crashed' }))
        await nodes.second.accounts.claimRefresh(
          aClaim({ leaseId: 'lease-2', now: 2_031, leaseUntil: 2_061 }),
        )

        await nodes.second.accounts.releaseRefresh(
          aRelease({ leaseId: 'lease-2', intent: 'clear' }),
        )

        expect(
          await nodes.second.accounts.claimRefresh(
            aClaim({ leaseId: 'lease-3', now: 2_040, leaseUntil: 2_070 }),
          ),
        ).toMatchObject({ claimed: true, mayHaveBeenSpent: true })
      })

      test('R14: an intent of an earlier generation warns nobody', async () => {
        await connectAccount(nodes.first, anAccount())
        await nodes.first.accounts.claimRefresh(aClaim())
        await nodes.first.accounts.commitRefresh(aCommit())

        expect(
          await nodes.first.accounts.claimRefresh(
            aClaim({ generation: 2, leaseId: 'lease-2', now: 5_000, leaseUntil: 5_030 }),
          ),
        ).toMatchObject({ claimed: true, mayHaveBeenSpent: false })
      })

      test('failures count up', async () => {
        await connectAccount(nodes.first, anAccount())
        for (const [index, now] of [2_000, 3_000].entries()) {
          await nodes.first.accounts.claimRefresh(aClaim({ now, leaseUntil: now + 30 }))
          await nodes.first.accounts.releaseRefresh(
            aRelease({ failure: { code: `code-${index}`, nextAttemptAt: now + 5 } }),
          )
        }

        expect((await nodes.first.accounts.find(KEY))?.refresh).toMatchObject({
          failCount: 2,
          nextAttemptAt: 3_005,
          lastErrorCode: 'code-1',
        })
      })

      test('does not release a lease that is no longer its own', async () => {
        await connectAccount(nodes.first, anAccount())
        await nodes.first.accounts.claimRefresh(aClaim())
        await nodes.second.accounts.claimRefresh(
          aClaim({ leaseId: 'lease-2', now: 2_031, leaseUntil: 2_061 }),
        )

        expect(await nodes.first.accounts.releaseRefresh(aRelease({ state: 'uncertain' }))).toBe(
          false,
        )
        expect(await nodes.first.accounts.find(KEY)).toMatchObject({
          state: 'active',
          refresh: { leaseId: 'lease-2' },
        })
      })
    })

    describe('changing the state', () => {
      test('writes state, reason and error, and ends the lease', async () => {
        await connectAccount(nodes.first, anAccount())
        await nodes.first.accounts.claimRefresh(aClaim())

        const changed = await nodes.first.accounts.changeState({
          key: KEY,
          generation: 1,
          state: 'reauth_required',
          reconnectReason: 'rotation_lost',
          errorCode: 'invalid_grant',
          now: 2_005,
        })

        const found = await nodes.second.accounts.find(KEY)
        expect(changed).toBe(true)
        expect(found).toMatchObject({
          state: 'reauth_required',
          reconnectReason: 'rotation_lost',
          updatedAt: 2_005,
          refresh: { lastErrorCode: 'invalid_grant' },
        })
        expect(found?.refresh.leaseId).toBeUndefined()
        expect(found?.refresh.leaseUntil).toBeUndefined()
      })

      test('a verdict about an older generation changes nothing', async () => {
        await connectAccount(nodes.first, anAccount())
        await nodes.first.accounts.commitRefresh(aCommit())

        const changed = await nodes.second.accounts.changeState({
          key: KEY,
          generation: 1,
          state: 'reauth_required',
          reconnectReason: 'revoked',
          now: 2_005,
        })

        expect(changed).toBe(false)
        expect((await nodes.first.accounts.find(KEY))?.state).toBe('active')
      })
    })

    describe('relabelling', () => {
      test('changes the label of the user’s own account only', async () => {
        await connectAccount(nodes.first, anAccount())
        const change = { key: KEY, label: 'work', now: 2_000 }

        expect(await nodes.first.accounts.relabel({ ...change, userId: 'usr_11' })).toBe(false)
        expect(await nodes.first.accounts.relabel({ ...change, userId: 'usr_1' })).toBe(true)
        expect(await nodes.first.accounts.find(KEY)).toMatchObject({
          label: 'work',
          updatedAt: 2_000,
        })
      })
    })

    describe('removing', () => {
      const revocation = {
        id: 'out_1',
        kind: 'provider_revocation',
        payload: bytes(42),
      } as const

      test('RV-75: removes the account and puts the revocation into the outbox', async () => {
        await connectAccount(nodes.first, anAccount())

        const outcome = await nodes.first.accounts.remove({
          key: KEY,
          userId: 'usr_1',
          expectedGeneration: 1,
          revocation,
          now: 2_000,
        })

        expect(outcome).toBe('removed')
        expect(await nodes.second.accounts.find(KEY)).toBeUndefined()
        expect(await dueEntries(nodes)).toEqual([
          { ...revocation, tenant: TENANT, attempts: 0, createdAt: 2_000 },
        ])
      })

      test('is idempotent, and a second removal revokes nothing more', async () => {
        await connectAccount(nodes.first, anAccount())
        const removal = {
          key: KEY,
          userId: 'usr_1',
          expectedGeneration: 1,
          now: 2_000,
        }

        const outcomes = await Promise.all([
          nodes.first.accounts.remove({ ...removal, revocation }),
          nodes.second.accounts.remove({ ...removal, revocation: { ...revocation, id: 'out_2' } }),
        ])

        expect(outcomes.toSorted()).toEqual(['not_found', 'removed'])
        expect(await dueEntries(nodes)).toHaveLength(1)
      })

      test('of a newer generation is a conflict, and neither removes nor revokes', async () => {
        await connectAccount(nodes.first, anAccount())
        await nodes.first.accounts.commitRefresh(aCommit())

        const outcome = await nodes.first.accounts.remove({
          key: KEY,
          userId: 'usr_1',
          expectedGeneration: 1,
          revocation,
          now: 2_000,
        })

        expect(outcome).toBe('conflict')
        expect(await nodes.first.accounts.find(KEY)).toBeDefined()
        expect(await dueEntries(nodes)).toEqual([])
      })

      test('another user’s account is not found', async () => {
        await connectAccount(nodes.first, anAccount())

        const outcome = await nodes.first.accounts.remove({
          key: KEY,
          userId: 'usr_2',
          expectedGeneration: 1,
          revocation,
          now: 2_000,
        })

        expect(outcome).toBe('not_found')
        expect(await nodes.first.accounts.find(KEY)).toBeDefined()
        expect(await dueEntries(nodes)).toEqual([])
      })
    })

    describe('counting who shares a grant', () => {
      const query = {
        tenant: TENANT,
        connections: ['google', 'google-work'],
        providerAccountId: 'google-1',
        exceptAccountId: 'cac_1',
      }

      test('R10: counts live accounts of the same provider account over the given connections', async () => {
        await connectAccount(nodes.first, anAccount())
        await connectAccount(nodes.first, anAccount({ id: 'cac_2', userId: 'usr_2' }))
        await connectAccount(
          nodes.first,
          anAccount({ id: 'cac_3', connection: 'google-work', state: 'uncertain' }),
        )
        await connectAccount(nodes.first, anAccount({ id: 'cac_4', connection: 'slack' }))
        await connectAccount(nodes.first, anAccount({ id: 'cac_5', providerAccountId: 'google-2' }))
        await connectAccount(
          nodes.first,
          anAccount({ id: 'cac_6', userId: 'usr_6', state: 'revoked' }),
        )
        await connectAccount(
          nodes.first,
          anAccount({ id: 'cac_7', userId: 'usr_7', state: 'reauth_required' }),
        )

        expect(await nodes.second.accounts.countSharingGrant(query)).toBe(2)
        expect(await nodes.second.accounts.countSharingGrant({ ...query, connections: [] })).toBe(0)
      })

      test('R10: counts attempts that hold tokens of the same provider account, or may get them', async () => {
        const attempts = [
          ['att_same', 'google-1', 1],
          ['att_other', 'google-2', 0],
          ['att_unknown', undefined, 1],
        ] as const
        let expected = 0
        for (const [index, [id, providerAccountId, counts]] of attempts.entries()) {
          await anAttemptReturned(
            nodes.first,
            anAttempt({ id, ticketHash: aHash(20 + index), authSessionHash: aHash(30 + index) }),
            providerAccountId,
          )
          expected += counts
          expect(await nodes.first.accounts.countSharingGrant(query)).toBe(expected)
        }

        await nodes.first.attempts.fail({ tenant: TENANT, id: 'att_same' })

        expect(await nodes.first.accounts.countSharingGrant(query)).toBe(expected - 1)
      })
    })
  })
}

function aClaim(
  overrides: Partial<Parameters<TwoNodes['first']['accounts']['claimRefresh']>[0]> = {},
) {
  return {
    key: KEY,
    generation: 1,
    leaseId: 'lease-1',
    leaseUntil: 2_030,
    now: 2_000,
    ...overrides,
  }
}

function aCommit() {
  return {
    key: KEY,
    generation: 1,
    accessToken: bytes(11),
    refreshToken: bytes(12),
    accessIssuedAt: 2_001,
    accessExpiresAt: 5_601,
    scopes: ['email'],
    now: 2_002,
  }
}

function aRelease(
  overrides: Partial<Parameters<TwoNodes['first']['accounts']['releaseRefresh']>[0]> = {},
) {
  return {
    key: KEY,
    generation: 1,
    leaseId: 'lease-1',
    intent: 'keep',
    state: 'active',
    now: 2_003,
    ...overrides,
  } as const
}

function dueEntries({ first }: TwoNodes) {
  return first.outbox.claim({ tenant: TENANT, now: 9_000, leaseUntil: 9_030, limit: 10 })
}
