import { afterEach, describe, expect, test } from 'vitest'

import {
  anAuth0Exchange,
  anExchange,
  AUTH0_TOKEN_TYPE,
  CALENDAR,
  type ExchangeWorld,
  startExchangeWorld,
} from './exchange-world.ts'

let world: ExchangeWorld | undefined
afterEach(async () => {
  await world?.close()
  world = undefined
})

describe('an exchange for a provider token', () => {
  test('RV-31: gives the stored token of the subject, says what it is, and nothing else', async () => {
    world = await startExchangeWorld({ login: 'emulator' })
    await world.connect()

    const answer = await world.node.post(await anExchange(world, { scope: CALENDAR }))

    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: expect.any(Number),
      scope: CALENDAR,
      connection: 'google',
      account: 'cac_1',
      generation: 1,
      api_origins: world.emulator.provider('google').apiOrigins,
    })
  })

  test('is refreshed when the stored token has run out', async () => {
    world = await startExchangeWorld({ login: 'emulator' })
    await world.connect()
    world.advance(4_000)

    const answer = await world.node.post(await anExchange(world))

    expect(answer.body).toMatchObject({ generation: 2 })
    expect(world.emulator.log.refreshes()).toHaveLength(1)
  })

  test('speaks the dialect of Auth0 clients, in JSON', async () => {
    world = await startExchangeWorld({ login: 'emulator' })
    await world.connect()

    const answer = await world.node.post(await anAuth0Exchange(world), { json: true })

    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      issued_token_type: AUTH0_TOKEN_TYPE,
      token_type: 'Bearer',
      scope: CALENDAR,
    })
  })
})
