import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import {
  aHash,
  anAccount,
  anAttempt,
  anAttemptReturned,
  bytes,
  connectAccount,
  NASTY_IDS,
  TENANT,
  UNSTORABLE_IDS,
  type OpenTwoNodes,
  type TwoNodes,
} from './stores.fixture.ts'

const KEY = { tenant: TENANT, id: 'att_1' }
const ACCOUNT_KEY = { tenant: TENANT, accountId: 'cac_1' }
const AUTH_SESSION = { tenant: TENANT, hash: aHash(2) }

/** What every attempt store must do, on any engine. */
export function describeAttemptStore(name: string, open: OpenTwoNodes): void {
  describe(`attempt store on ${name}`, () => {
    let nodes: TwoNodes

    beforeEach(async () => {
      nodes = await open()
      await nodes.first.users.findOrCreate({
        tenant: TENANT,
        identity: { issuer: 'https://idp.example.com/', subject: 'bob' },
        userId: 'usr_1',
        now: 1_000,
      })
    })

    afterEach(async () => {
      await nodes.close()
    })

    function redirect(node = nodes.first) {
      return node.attempts.redirect({
        ...KEY,
        providerStateHash: aHash(3),
        browserHash: aHash(4),
        providerSecrets: bytes(5),
      })
    }

    function recordReturn(node = nodes.first) {
      return node.attempts.recordReturn({
        ...KEY,
        connectCodeHash: aHash(6),
        pending: bytes(7),
        providerAccountId: 'google-1',
        expiresAt: 1_300,
      })
    }

    test('gives back every field as it was stored, by ticket and by session', async () => {
      const attempt = anAttempt({
        identity: { issuer: 'https://idp.example.com/', subject: "O'Brien 🤖" },
        scopes: ['a b?', 'https://x/y'],
        scopesMode: 'replace',
        authorizationParams: { login_hint: 'a&b=c"', prompt: '' },
      })
      await nodes.first.attempts.insert(attempt)

      expect(await nodes.second.attempts.findByTicket({ tenant: TENANT, hash: aHash(1) })).toEqual(
        attempt,
      )
      expect(await nodes.second.attempts.findByAuthSession(AUTH_SESSION)).toEqual(attempt)
    })

    test('gives the app back any text it sent as its own state', async () => {
      for (const [index, clientState] of [...NASTY_IDS, ...UNSTORABLE_IDS].entries()) {
        const hash = new Uint8Array(32).fill(index + 10)
        await nodes.first.attempts.insert(
          anAttempt({
            id: `att_s${index}`,
            ticketHash: hash,
            authSessionHash: hash,
            clientState,
          }),
        )

        const found = await nodes.first.attempts.findByTicket({ tenant: TENANT, hash })
        expect(found?.clientState).toBe(clientState)
      }
    })

    test('gives absent fields back as absent', async () => {
      await nodes.first.attempts.insert(
        anAttempt({ clientState: undefined, codeChallenge: undefined, authorizationParams: {} }),
      )

      const found = await nodes.first.attempts.findByAuthSession(AUTH_SESSION)

      expect(found?.clientState).toBeUndefined()
      expect(found?.codeChallenge).toBeUndefined()
      expect(found?.providerStateHash).toBeUndefined()
      expect(found?.pending).toBeUndefined()
    })

    test('finds by the whole hash only, and not in another tenant', async () => {
      await nodes.first.attempts.insert(anAttempt())
      const { attempts } = nodes.first

      for (const hash of [
        bytes(),
        aHash(1).subarray(0, 31),
        new Uint8Array(33).fill(1),
        aHash(2),
      ]) {
        expect(await attempts.findByTicket({ tenant: TENANT, hash })).toBeUndefined()
      }
      expect(await attempts.findByTicket({ tenant: 'other', hash: aHash(1) })).toBeUndefined()
      expect(await attempts.findByProviderState({ tenant: TENANT, hash: aHash(3) })).toBeUndefined()
    })

    test('goes through its states, holding in each what it needs', async () => {
      await nodes.first.attempts.insert(anAttempt())

      expect(await redirect()).toBe(true)
      expect(
        await nodes.second.attempts.findByProviderState({ tenant: TENANT, hash: aHash(3) }),
      ).toMatchObject({ state: 'redirected', browserHash: aHash(4), providerSecrets: bytes(5) })

      expect(await nodes.second.attempts.takeReturn(KEY)).toBe(true)
      expect(await nodes.first.attempts.findByAuthSession(AUTH_SESSION)).toMatchObject({
        state: 'redeeming',
      })

      expect(await recordReturn()).toBe(true)
      const returned = await nodes.second.attempts.findByAuthSession(AUTH_SESSION)
      expect(returned).toMatchObject({
        state: 'returned',
        connectCodeHash: aHash(6),
        pending: bytes(7),
        expiresAt: 1_300,
      })
      expect(returned?.providerSecrets).toBeUndefined()

      expect(
        await nodes.first.attempts.complete({ ...KEY, account: anAccount(), now: 1_100 }),
      ).toBe(true)
      const completed = await nodes.second.attempts.findByAuthSession(AUTH_SESSION)
      expect(completed?.state).toBe('completed')
      expect(completed?.pending).toBeUndefined()
      expect(completed?.connectCodeHash).toBeUndefined()
      expect(await nodes.second.accounts.find(ACCOUNT_KEY)).toEqual(anAccount())
    })

    test('takes no step out of order', async () => {
      const { attempts } = nodes.first
      const complete = () => attempts.complete({ ...KEY, account: anAccount(), now: 1_100 })
      const steps = [redirect, () => attempts.takeReturn(KEY), recordReturn, complete] as const
      await attempts.insert(anAttempt())

      for (const [index] of steps.entries()) {
        for (const step of steps.filter((_, other) => other !== index)) {
          expect(await step()).toBe(false)
        }
        expect(await steps[index]?.()).toBe(true)
      }
      for (const step of steps) expect(await step()).toBe(false)
    })

    test.each(['redirect', 'takeReturn', 'recordReturn', 'complete'] as const)(
      'of many that %s at once on two nodes exactly one does',
      async (step) => {
        const { attempts } = nodes.first
        await attempts.insert(anAttempt())
        const steps = {
          redirect: (node: TwoNodes['first']) => redirect(node),
          takeReturn: (node: TwoNodes['first']) => node.attempts.takeReturn(KEY),
          recordReturn: (node: TwoNodes['first']) => recordReturn(node),
          complete: (node: TwoNodes['first']) =>
            node.attempts.complete({ ...KEY, account: anAccount(), now: 1_100 }),
        }
        for (const earlier of ['redirect', 'takeReturn', 'recordReturn'] as const) {
          if (earlier === step) break
          await steps[earlier](nodes.first)
        }

        const results = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            steps[step](index % 2 === 0 ? nodes.first : nodes.second),
          ),
        )

        expect(results.filter(Boolean)).toHaveLength(1)
      },
    )

    test.each(['started', 'redirected', 'redeeming', 'returned'] as const)(
      'fails from %s, erasing what it held',
      async (state) => {
        const { attempts } = nodes.first
        await attempts.insert(anAttempt())
        if (state !== 'started') await redirect()
        if (state === 'redeeming' || state === 'returned') await attempts.takeReturn(KEY)
        if (state === 'returned') await recordReturn()

        expect(await nodes.second.attempts.fail(KEY)).toBe(true)

        const failed = await attempts.findByAuthSession(AUTH_SESSION)
        expect(failed?.state).toBe('failed')
        expect(failed?.providerSecrets).toBeUndefined()
        expect(failed?.pending).toBeUndefined()
        expect(await recordReturn()).toBe(false)
        expect(await attempts.complete({ ...KEY, account: anAccount(), now: 1_100 })).toBe(false)
      },
    )

    test('a completed attempt cannot fail', async () => {
      await anAttemptReturned(nodes.first, anAttempt())
      await nodes.first.attempts.complete({ ...KEY, account: anAccount(), now: 1_100 })

      expect(await nodes.first.attempts.fail(KEY)).toBe(false)
    })

    describe('completing', () => {
      test('replaces the account of the expected generation, and puts work into the outbox', async () => {
        await connectAccount(nodes.first, anAccount({ generation: 4, createdAt: 500 }))
        await anAttemptReturned(nodes.first, anAttempt())

        const completed = await nodes.first.attempts.complete({
          ...KEY,
          account: anAccount({ generation: 5, accessToken: bytes(55), createdAt: 1_100 }),
          replaces: { generation: 4 },
          outbox: [{ id: 'out_1', kind: 'provider_revocation', payload: bytes(1) }],
          now: 1_100,
        })

        expect(completed).toBe(true)
        expect(await nodes.second.accounts.find(ACCOUNT_KEY)).toMatchObject({
          generation: 5,
          accessToken: bytes(55),
          createdAt: 500,
        })
        expect(await dueIds()).toEqual(['out_1'])
      })

      test('writes nothing at all when the account has moved on', async () => {
        await connectAccount(nodes.first, anAccount({ generation: 4 }))
        await anAttemptReturned(nodes.first, anAttempt())

        const completed = await nodes.first.attempts.complete({
          ...KEY,
          account: anAccount({ generation: 4, accessToken: bytes(55) }),
          replaces: { generation: 3 },
          outbox: [{ id: 'out_1', kind: 'provider_revocation', payload: bytes(1) }],
          now: 1_100,
        })

        expect(completed).toBe(false)
        expect((await nodes.first.accounts.find(ACCOUNT_KEY))?.accessToken).toEqual(bytes(1, 2, 3))
        expect(await nodes.first.attempts.findByAuthSession(AUTH_SESSION)).toMatchObject({
          state: 'returned',
          pending: bytes(7, 7, 7),
        })
        expect(await dueIds()).toEqual([])
      })

      test('RV-69, R7: writes nothing when the provider account is connected already', async () => {
        await connectAccount(nodes.first, anAccount({ id: 'cac_old' }))
        await anAttemptReturned(nodes.first, anAttempt())

        expect(
          await nodes.first.attempts.complete({ ...KEY, account: anAccount(), now: 1_100 }),
        ).toBe(false)
        expect(await nodes.first.accounts.find(ACCOUNT_KEY)).toBeUndefined()
        expect(await nodes.first.attempts.findByAuthSession(AUTH_SESSION)).toMatchObject({
          state: 'returned',
        })
      })

      test.each([
        ['user', { userId: 'usr_2' }],
        ['connection', { connection: 'slack' }],
        ['provider account', { providerAccountId: 'google-2' }],
      ])('RV-69, R7: does not replace the account of another %s', async (_, other) => {
        await connectAccount(nodes.first, anAccount(other))
        await anAttemptReturned(nodes.first, anAttempt())

        expect(
          await nodes.first.attempts.complete({
            ...KEY,
            account: anAccount({ generation: 2 }),
            replaces: { generation: 1 },
            now: 1_100,
          }),
        ).toBe(false)
      })

      test('R17: refuses a generation that restarts or stays', async () => {
        await connectAccount(nodes.first, anAccount({ generation: 4 }))
        await anAttemptReturned(nodes.first, anAttempt())

        for (const generation of [1, 3, 4]) {
          await expect(
            nodes.first.attempts.complete({
              ...KEY,
              account: anAccount({ generation }),
              replaces: { generation: 4 },
              now: 1_100,
            }),
          ).rejects.toThrow(TypeError)
        }
      })

      test('clears what refreshing the replaced tokens left', async () => {
        await connectAccount(nodes.first, anAccount())
        await nodes.first.accounts.claimRefresh({
          key: ACCOUNT_KEY,
          generation: 1,
          leaseId: 'lease-1',
          leaseUntil: 1_030,
          now: 1_000,
        })
        await anAttemptReturned(nodes.first, anAttempt())

        await nodes.first.attempts.complete({
          ...KEY,
          account: anAccount({ generation: 2 }),
          replaces: { generation: 1 },
          now: 1_100,
        })

        expect((await nodes.first.accounts.find(ACCOUNT_KEY))?.refresh).toEqual({ failCount: 0 })
        expect(
          await nodes.first.accounts.claimRefresh({
            key: ACCOUNT_KEY,
            generation: 2,
            leaseId: 'lease-2',
            leaseUntil: 2_030,
            now: 2_000,
          }),
        ).toMatchObject({ claimed: true, mayHaveBeenSpent: false })
      })

      async function dueIds() {
        const due = await nodes.first.outbox.claim({
          tenant: TENANT,
          now: 9_000,
          leaseUntil: 9_030,
          limit: 10,
        })
        return due.map(({ id }) => id)
      }
    })

    describe('sweeping', () => {
      test('removes what expired and gives back what still held tokens', async () => {
        await anAttemptReturned(nodes.first, anAttempt({ id: 'att_held', ...hashes(11) }))
        await nodes.first.attempts.insert(anAttempt({ id: 'att_empty', ...hashes(13) }))
        await nodes.first.attempts.insert(
          anAttempt({ id: 'att_live', ...hashes(15), expiresAt: 5_000 }),
        )
        const sweep = { tenant: TENANT, now: 1_601, limit: 10 }

        expect(await nodes.first.attempts.sweep({ ...sweep, now: 1_600 })).toEqual([])
        expect(await nodes.first.attempts.sweep({ ...sweep, tenant: 'other' })).toEqual([])
        expect(await nodes.first.attempts.sweep(sweep)).toMatchObject([
          { id: 'att_held', pending: bytes(7, 7, 7) },
        ])
        expect(await nodes.second.attempts.sweep(sweep)).toEqual([])
        for (const [seed, found] of [
          [11, false],
          [13, false],
          [15, true],
        ] as const) {
          const attempt = await nodes.first.attempts.findByTicket({
            tenant: TENANT,
            hash: aHash(seed),
          })
          expect(attempt !== undefined).toBe(found)
        }
      })

      test('removes at most as many as asked, those that expired first', async () => {
        for (let index = 0; index < 5; index++) {
          await anAttemptReturned(
            nodes.first,
            anAttempt({ id: `att_${index}`, ...hashes(20 + 2 * index), expiresAt: 1_500 - index }),
          )
        }
        const sweep = { tenant: TENANT, now: 1_601, limit: 2 }

        const swept = [
          await nodes.first.attempts.sweep(sweep),
          await nodes.second.attempts.sweep(sweep),
          await nodes.first.attempts.sweep(sweep),
        ]

        expect(swept.map((batch) => batch.map(({ id }) => id).toSorted())).toEqual([
          ['att_3', 'att_4'],
          ['att_1', 'att_2'],
          ['att_0'],
        ])
      })
    })
  })
}

function hashes(seed: number) {
  return { ticketHash: aHash(seed), authSessionHash: aHash(seed + 1) }
}
