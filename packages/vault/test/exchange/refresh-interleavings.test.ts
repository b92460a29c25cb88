import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { Account } from '../../src/domain/account.ts'
import type { Connection } from '../../src/domain/connection.ts'
import type { AccountStore } from '../../src/ports/account-store.ts'
import type { ProviderClient } from '../../src/ports/provider-client.ts'
import type { Runtime } from '../../src/ports/runtime.ts'
import type { Sealer } from '../../src/ports/sealer.ts'
import { someMacKeys } from '../../src/storage/mac-keys.fixture.ts'
import { openSqliteStore, type SqliteStore } from '../../src/storage/sqlite-store.ts'
import {
  type AccountRefresher,
  createAccountRefresher,
} from '../../src/use-cases/refresh-account.ts'
import { insertAccount } from './insert-account.ts'

/**
 * Several processes on one store and a strict provider, with every step of theirs (each statement, each call, each
 * pause) put in any order: a model of what no run on real machines would ever try.
 */
const TENANT = 'default'
const LIFE = 3_600

const folder = mkdtempSync(join(tmpdir(), 'valetkey-interleavings-'))
let store: SqliteStore
let accountsMade = 0
beforeAll(async () => {
  store = await openSqliteStore({ path: join(folder, 'vault.db') })
  const identity = { issuer: 'https://login.example.com/', subject: 'alice' }
  const users = store.users({ keys: someMacKeys(), logger: { error: () => {} } })
  await users.findOrCreate({ tenant: TENANT, identity, userId: 'usr_1', now: 0 })
})
afterAll(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

/** Encrypts nothing, but opens only what was sealed for the same place. */
const sealer: Sealer = {
  seal: async (plaintext, context) =>
    new TextEncoder().encode(JSON.stringify([plaintext, context])),
  open: async (sealed, context) => {
    const [plaintext, sealedFor] = JSON.parse(new TextDecoder().decode(sealed))
    expect(sealedFor).toEqual(context)
    return plaintext
  },
  checkKey: async () => {},
}

const connection: Connection = {
  tenant: TENANT,
  name: 'strict',
  providerId: 'strict',
  displayName: 'Strict',
  clientId: 'vault',
  scopes: [],
  behaviour: { rotation: 'strict', revocation: 'token', refreshKillsAccessToken: false },
  apiOrigins: [],
  consentOrigins: [],
}

/** What happens to one request of a refresh. `answered`: nothing. The others: no answer comes. */
type Fate = 'answered' | 'throttled' | 'lost_before' | 'lost_after'

/** A provider that takes each refresh token once; a second time ends the family. */
function aStrictProvider(clock: () => number, fates: Fate[] = []) {
  let newest = 'rt-1'
  let isDead = false
  let inFlight = 0
  const presented: string[] = []
  const facts = { mostInFlight: 0, losses: 0 }
  const refresh: ProviderClient['refresh'] = async ({ refreshToken, mayStillSend }) => {
    if (!mayStillSend()) {
      return {
        ok: false,
        refusal: { kind: 'transient', code: 'not_sent', mayHaveBeenSpent: false },
      }
    }
    const fate = fates.shift() ?? 'answered'
    presented.push(refreshToken)
    inFlight += 1
    facts.mostInFlight = Math.max(facts.mostInFlight, inFlight)
    await Promise.resolve()
    inFlight -= 1
    if (fate === 'throttled') {
      return {
        ok: false,
        refusal: { kind: 'transient', code: 'http_429', mayHaveBeenSpent: false },
      }
    }
    const lost = {
      ok: false,
      refusal: { kind: 'transient', code: 'timeout', mayHaveBeenSpent: true },
    } as const
    if (fate === 'lost_before') return lost
    if (isDead || refreshToken !== newest) {
      isDead = true
      return {
        ok: false,
        refusal: { kind: 'permanent', code: 'invalid_grant', mayHaveBeenSpent: false },
      }
    }
    const number = Number(newest.slice(3)) + 1
    newest = `rt-${number}`
    if (fate === 'lost_after') {
      facts.losses += 1
      return lost
    }
    return {
      ok: true,
      value: {
        accessToken: `at-${number}`,
        refreshToken: newest,
        accessExpiresAt: clock() + LIFE,
        issuedAt: clock(),
      },
    }
  }
  return { refresh, presented, facts, newest: () => newest }
}

async function anExpiredAccount(now: number): Promise<Account> {
  accountsMade += 1
  const place = {
    tenant: TENANT,
    owner: 'usr_1',
    record: `cac_${accountsMade}`,
    generation: 1,
    bindings: ['strict'],
  }
  const account: Account = {
    tenant: TENANT,
    id: `cac_${accountsMade}`,
    userId: 'usr_1',
    connection: 'strict',
    providerAccountId: String(accountsMade),
    label: 'alice',
    state: 'active',
    scopes: [],
    generation: 1,
    accessToken: await sealer.seal('at-1', { ...place, column: 'access_token' }),
    refreshToken: await sealer.seal('rt-1', { ...place, column: 'refresh_token' }),
    accessIssuedAt: now - LIFE,
    accessExpiresAt: now,
    refresh: { failCount: 0 },
    createdAt: now,
    updatedAt: now,
  }
  await insertAccount(store, account)
  return account
}

function aNode({
  step,
  clock,
  refresh,
}: {
  /** Waits until this step's turn has come. */
  readonly step: (label: string) => Promise<void>
  readonly clock: () => number
  readonly refresh: ProviderClient['refresh']
}): { readonly accounts: AccountStore; readonly refresher: AccountRefresher } {
  const stepped =
    <Arguments extends unknown[], Value>(
      label: string,
      method: (...given: Arguments) => Promise<Value>,
    ) =>
    async (...given: Arguments): Promise<Value> => {
      await step(`before ${label}`)
      const value = await method(...given)
      await step(`after ${label}`)
      return value
    }
  const real = store.accounts
  const accounts: AccountStore = {
    ...real,
    find: stepped('find', (key) => real.find(key)),
    claimRefresh: stepped('claim', (claim) => real.claimRefresh(claim)),
    commitRefresh: stepped('commit', (commit) => real.commitRefresh(commit)),
    releaseRefresh: stepped('release', (release) => real.releaseRefresh(release)),
    changeState: stepped('change', (change) => real.changeState(change)),
  }
  const runtime: Runtime = {
    now: clock,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    sleep: (seconds, signal) =>
      seconds < 10
        ? step('pause')
        : new Promise((resolve) => {
            signal?.addEventListener('abort', () => {
              resolve()
            })
          }),
  }
  const refresher = createAccountRefresher({
    tenant: TENANT,
    accounts,
    outbox: store.outbox,
    sealer,
    providerClient: {
      waitSeconds: () => 0,
      authorizationUrl: unused,
      redeemCode: unused,
      revoke: unused,
      probe: unused,
      refresh: stepped('provider', refresh),
    },
    runtime,
    audit: { append: async () => {} },
    logger: { info: () => {}, warn: () => {}, error: () => {} },
    forcedRefreshes: { take: async () => undefined, reset: async () => {} },
    waitSeconds: 10_000,
  })
  return { accounts, refresher }
}

function unused(): never {
  throw new Error('Refreshing needs nothing but refreshing')
}

test('I1, I2, I3, I4, I5, R17: in every order of steps each refresh token is presented once, and generations only grow', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.nat({ max: 2 }), { minLength: 2, maxLength: 6 }),
      fc.integer({ min: 1, max: 2 }),
      async (scheduler, callers, rounds) => {
        let now = 1_800_000_000
        const clock = (): number => now
        const step = (label: string): Promise<void> => scheduler.schedule(Promise.resolve(), label)
        const provider = aStrictProvider(clock)
        const { id: accountId } = await anExpiredAccount(now)
        const nodes = [0, 1, 2].map(() => aNode({ step, clock, refresh: provider.refresh }))
        const history: { generation: number; token: string; seenBefore: number }[] = []
        let newestHandedOut = 0

        for (let round = 1; round <= rounds; round++) {
          const calls = callers.map(async (index) => {
            const node = nodes[index]
            if (node === undefined) throw new Error('There is no such node')
            const { accounts, refresher } = node
            await step('call')
            const seenBefore = newestHandedOut
            const account = await accounts.find({ tenant: TENANT, accountId })
            if (account === undefined) throw new Error('The account is gone')
            const fresh = await refresher.freshToken({
              connection,
              account,
              clientId: 'my-agent',
              requestId: 'r',
            })
            if (!fresh.ok) throw new Error(fresh.refusal.reason)
            const { generation } = fresh.value.account
            newestHandedOut = Math.max(newestHandedOut, generation)
            history.push({ generation, token: fresh.value.accessToken, seenBefore })
          })
          await scheduler.waitFor(Promise.all(calls))
          now += LIFE
        }

        const row = await store.accounts.find({ tenant: TENANT, accountId })
        expect(provider.presented).toEqual(Array.from({ length: rounds }, (_, i) => `rt-${i + 1}`))
        expect(provider.facts.mostInFlight).toBe(1)
        expect(history.filter(({ generation, seenBefore }) => generation < seenBefore)).toEqual([])
        expect(history.filter(({ generation, token }) => token !== `at-${generation}`)).toEqual([])
        expect(row).toMatchObject({ state: 'active', generation: rounds + 1 })
        expect(await storedRefreshToken(row)).toBe(provider.newest())
      },
    ),
    { numRuns: 60 },
  )
})

test('I5, I10: whatever the provider swallows, only a lost rotation costs the account', async () => {
  const fate = fc.constantFrom<Fate>('answered', 'throttled', 'lost_before', 'lost_after')
  await fc.assert(
    fc.asyncProperty(fc.array(fate, { maxLength: 8 }), async (fates) => {
      let now = 1_800_000_000
      const clock = (): number => now
      const provider = aStrictProvider(clock, [...fates])
      const { id: accountId } = await anExpiredAccount(now)
      const { refresher } = aNode({ step: async () => {}, clock, refresh: provider.refresh })
      let successes = 0
      let outcome = 'none'

      for (let i = 0; i < fates.length + 2 && outcome !== 'reconnect_required'; i++) {
        const account = await store.accounts.find({ tenant: TENANT, accountId })
        if (account === undefined) throw new Error('The account is gone')
        const fresh = await refresher.freshToken({
          connection,
          account,
          clientId: 'my-agent',
          requestId: 'r',
        })
        outcome = fresh.ok ? 'served' : fresh.refusal.reason
        successes += fresh.ok ? 1 : 0
        now += LIFE
      }

      const row = await store.accounts.find({ tenant: TENANT, accountId })
      const isLost = provider.facts.losses > 0
      expect(outcome).toBe(isLost ? 'reconnect_required' : 'served')
      expect(row?.state).toBe(isLost ? 'reauth_required' : 'active')
      expect(row?.reconnectReason).toBe(isLost ? 'rotation_lost' : undefined)
      expect(row?.generation).toBe(1 + successes)
      const faults = fates.filter((one) => one !== 'answered').length
      expect(provider.presented.length).toBeLessThanOrEqual(successes + faults + 1)
    }),
    { numRuns: 100 },
  )
})

async function storedRefreshToken(account: Account | undefined): Promise<string | undefined> {
  return (
    account?.refreshToken &&
    (await sealer.open(account.refreshToken, {
      tenant: TENANT,
      owner: account.userId,
      record: account.id,
      column: 'refresh_token',
      generation: account.generation,
      bindings: ['strict'],
    }))
  )
}
