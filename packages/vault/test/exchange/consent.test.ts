import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { ConsentStore } from '../../src/ports/consent-store.ts'
import {
  anExchange,
  CALENDAR,
  type ExchangeWorld,
  MAIL,
  startExchangeWorld,
  type VaultNode,
} from './exchange-world.ts'

let world: ExchangeWorld
let node: VaultNode
let lookUps: number

beforeEach(async () => {
  world = await startExchangeWorld()
  world.clients.set('asking', { ...world.agent, id: 'asking', consent: 'ask' })
  await world.connect({ scopes: [CALENDAR] })
  lookUps = 0
  node = world.startNode({ consents: counted })
})
afterEach(async () => {
  await world.close()
})

function counted(real: ConsentStore): ConsentStore {
  return {
    ...real,
    find: async (key) => {
      lookUps += 1
      return await real.find(key)
    },
  }
}

async function allow(scopes: readonly string[]): Promise<void> {
  const account = await world.find('cac_1')
  await world.consents.allow({
    tenant: 'default',
    userId: account?.userId ?? '',
    clientId: 'asking',
    connection: 'google',
    accountId: 'cac_1',
    scopes,
    now: 0,
  })
}

describe('R8: an exchange looks consents up', () => {
  test('not at all for a client whose consent is implied', async () => {
    expect((await node.post(await anExchange(world))).status).toBe(200)
    expect(lookUps).toBe(0)
  })

  test('once for a client that has to ask, a refresh included', async () => {
    await allow([CALENDAR])
    world.advance(4_000)

    const answer = await node.post(await anExchange(world, { client_id: 'asking' }))

    expect(answer).toMatchObject({ status: 200, body: { generation: 2 } })
    expect(lookUps).toBe(1)
  })

  test('before a token is refreshed: what may not be handed out is not fetched either', async () => {
    world.advance(4_000)

    const answer = await node.post(await anExchange(world, { client_id: 'asking' }))

    expect(answer.body).toMatchObject({ vault_error: 'consent_required' })
    expect(world.emulator.log.refreshes()).toEqual([])
  })
})

test('RV-70: a refusal is in the audit log, with what was asked', async () => {
  await allow([MAIL])

  await node.post(await anExchange(world, { client_id: 'asking', scope: CALENDAR }))

  expect(world.events.at(-1)).toMatchObject({
    type: 'token.exchange_refused',
    reason: 'consent_required',
    clientId: 'asking',
    accountId: 'cac_1',
    scopes: [CALENDAR],
  })
})
