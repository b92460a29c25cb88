import { join } from 'node:path'

import Database from 'better-sqlite3'
import type * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createSecretHasher } from '../../src/crypto/secret-hasher.ts'
import { createBrowser } from '../connect/browser.ts'
import { approver, confirmDevice } from './decisions.ts'
import { CLIENTS, type LoginWorld, SECRET, startLoginWorld } from './login-world.ts'
import { startVaultProcess, type VaultProcess } from './vault-process.ts'

const ROUNDS = process.env['FUZZ_RUNS'] === undefined ? 20 : 200
const CALLERS = 20
const TIMEOUT = { timeout: ROUNDS * 6_000 }
const REFRESH_TYPE = 'refresh_token'
const CIBA = 'urn:openid:params:grant-type:ciba'
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'

let world: LoginWorld
/** Vaults on the same database, each in a process of its own. */
let others: readonly VaultProcess[]
beforeAll(async () => {
  world = await startLoginWorld({
    configure: (config) => ({
      ...config,
      limits: { failedAuthenticationsPerMinute: 1_000_000, accountCallsPerMinute: 1_000_000 },
    }),
  })
  others = await Promise.all(
    [1, 2, 3].map(async () => await startVaultProcess(world.config, world.vault.issuer)),
  )
})
afterAll(async () => {
  await Promise.all(others.map(async (other) => await other.close()))
  await world.close()
})

interface Redeemed {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

const NODES = {
  one: () => [world.vault.url],
  several: () => others.map(({ url }) => url),
} as const
type Nodes = keyof typeof NODES

/** Twenty callers redeem the same at once. */
async function race(
  nodes: Nodes,
  clientId: string,
  parameters: Readonly<Record<string, string>>,
): Promise<{ readonly won: readonly Redeemed[]; readonly lost: readonly Redeemed[] }> {
  const urls = NODES[nodes]()
  const answers = await Promise.all(
    Array.from({ length: CALLERS }, async (_, index): Promise<Redeemed> => {
      const response = await fetch(new URL('/oauth/token', urls[index % urls.length]), {
        method: 'POST',
        body: new URLSearchParams({ client_id: clientId, client_secret: SECRET, ...parameters }),
      })
      const body: unknown = await response.json()
      return { status: response.status, body: { ...(typeof body === 'object' && body) } }
    }),
  )
  return {
    won: answers.filter(({ status }) => status === 200),
    lost: answers.filter(({ status }) => status !== 200),
  }
}

async function eachRound(act: () => Promise<void>): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) await act()
}

/** Its family is alive: what was won can be refreshed. */
async function expectAlive(clientId: string, won: Redeemed | undefined): Promise<void> {
  const answer = await world.redeem(clientId, {
    grant_type: REFRESH_TYPE,
    refresh_token: String(won?.body['refresh_token']),
  })
  expect(answer.status).toBe(200)
}

const refused = (error: string) =>
  expect.objectContaining({
    status: 400,
    body: expect.objectContaining({ error }) as unknown,
  }) as unknown

describe.for(['one', 'several'] as const)(
  'RV-52: twenty at once, in %s process',
  TIMEOUT,
  (nodes) => {
    async function appWithSession(
      id: string,
    ): Promise<{ readonly code: () => Promise<Readonly<Record<string, string>>> }> {
      const app: client.Configuration = await world.app(id)
      const browser = createBrowser()
      return { code: async () => await world.codeFor({ app, user: 'alice', browser }) }
    }

    test('one code: one gets tokens, and keeps them', async () => {
      const { code } = await appWithSession(CLIENTS.web)

      await eachRound(async () => {
        const { won, lost } = await race(nodes, CLIENTS.web, await code())

        expect(won).toHaveLength(1)
        for (const answer of lost) expect(answer).toEqual(refused('invalid_grant'))
        await expectAlive(CLIENTS.web, won[0])
      })
    })

    test('one refresh token, without a grace: one gets its successor, and the family lives', async () => {
      const { code } = await appWithSession(CLIENTS.strict)
      let { body } = await world.redeem(CLIENTS.strict, await code())

      await eachRound(async () => {
        const refresh = { grant_type: REFRESH_TYPE, refresh_token: String(body['refresh_token']) }
        const { won, lost } = await race(nodes, CLIENTS.strict, refresh)

        expect(won).toHaveLength(1)
        for (const answer of lost) expect(answer).toEqual(refused('invalid_grant'))
        body = { ...won[0]?.body }
      })
    })

    test('RV-51: one refresh token, with a grace: everybody gets the same successor', async () => {
      const { code } = await appWithSession(CLIENTS.rotating)
      let { body } = await world.redeem(CLIENTS.rotating, await code())

      await eachRound(async () => {
        const token = String(body['refresh_token'])
        const refresh = { grant_type: REFRESH_TYPE, refresh_token: token }
        const { won, lost } = await race(nodes, CLIENTS.rotating, refresh)

        expect(lost).toEqual([])
        const successors = new Set(won.map((answer) => answer.body['refresh_token']))
        expect(successors.size).toBe(1)
        expect(successors.has(token)).toBe(false)
        body = { ...won[0]?.body }
      })
    })

    test('RV-80: one auth_req_id that was approved: one gets tokens', async () => {
      const alice = await approver(world, 'alice')

      await eachRound(async () => {
        const request = await alice.start(CLIENTS.web)
        await alice.decide('approve')
        const { won, lost } = await race(nodes, CLIENTS.web, {
          grant_type: CIBA,
          auth_req_id: request,
        })

        expect(won).toHaveLength(1)
        expectRefusedPolls(lost)
        await expectAlive(CLIENTS.web, won[0])
      })
    })

    test('one device_code that was confirmed: one gets tokens', async () => {
      const browser = createBrowser()
      await world.logIn({ app: await world.app(CLIENTS.web), user: 'alice', browser })

      await eachRound(async () => {
        const { deviceCode } = await confirmDevice(world, CLIENTS.web, browser)
        const { won, lost } = await race(nodes, CLIENTS.web, {
          grant_type: DEVICE,
          device_code: deviceCode,
        })

        expect(won).toHaveLength(1)
        expectRefusedPolls(lost)
        await expectAlive(CLIENTS.web, won[0])
      })
    })
  },
)

/** Polls that come all at once are told to slow down, which is no redemption either. */
function expectRefusedPolls(lost: readonly Redeemed[]): void {
  for (const answer of lost) {
    expect(answer).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^(?:invalid_grant|slow_down)$/) },
    })
  }
}

test('RV-80: of twenty decisions at once one counts', TIMEOUT, async () => {
  const alice = await approver(world, 'alice')

  await eachRound(async () => {
    const authReqId = await alice.start(CLIENTS.web)
    const statuses = await Promise.all(
      Array.from({ length: CALLERS }, async (_, index) => {
        const vaultUrl = others[index % others.length]?.url
        return await alice.decide(index % 2 === 0 ? 'approve' : 'deny', undefined, vaultUrl)
      }),
    )
    expect(statuses.filter((status) => status === 204)).toHaveLength(1)
    expect(statuses.filter((status) => status === 404)).toHaveLength(CALLERS - 1)
    const isApproved = statuses.indexOf(204) % 2 === 0

    const { status, body } = await world.redeem(CLIENTS.web, {
      grant_type: CIBA,
      auth_req_id: authReqId,
    })
    expect({ status, error: body.error }).toEqual(
      isApproved ? { status: 200, error: undefined } : { status: 400, error: 'access_denied' },
    )
  })
})

describe('R6: a rotation that a crash cut off', () => {
  /** As a process leaves it that dies between using a token up and writing its successor. */
  function crashWhileRotating(refreshToken: string): void {
    const database = new Database(join(world.folder, 'vault.db'))
    const { changes } = database
      .prepare('update records set consumed_at = ? where id_hash = ?')
      .run(Math.floor(Date.now() / 1_000), createSecretHasher().hash(refreshToken))
    database.close()
    expect(changes).toBe(1)
  }

  test('is waited for, then taken back: no login ends', async () => {
    const app = await world.app(CLIENTS.rotating)
    const { refresh_token: token = '' } = await world.logIn({ app, user: 'alice' })
    const refresh = { grant_type: REFRESH_TYPE, refresh_token: token }
    crashWhileRotating(token)

    for (const passed of [0, 4, 4]) {
      world.passTime(passed)
      const early = await world.redeem(CLIENTS.rotating, refresh)
      expect(early).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
      expect(early.headers.get('retry-after')).toBe('5')
    }
    world.passTime(2)

    expect((await world.redeem(CLIENTS.rotating, refresh)).status).toBe(200)
  })
})
