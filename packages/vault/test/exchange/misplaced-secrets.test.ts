import { afterEach, expect, test } from 'vitest'

import { anExchange, CALENDAR, type ExchangeWorld, startExchangeWorld } from './exchange-world.ts'

let world: ExchangeWorld
afterEach(async () => {
  await world.close()
})

const SECRET = 'ya29.misplaced-0123456789abcdef'

test.each([
  ['as connection', { audience: SECRET }],
  ['as connection, with a bad subject', { audience: SECRET, subject_token: 'x' }],
  ['as scope', { scope: `${CALENDAR} ${SECRET}` }],
  ['as scope, with a bad subject', { scope: `${CALENDAR} ${SECRET}`, subject_token: 'x' }],
  ['as scope of the My Account API', { audience: 'https://vault.example.com/me/', scope: SECRET }],
  ['as login hint', { login_hint: SECRET }],
  ['as subject token', { subject_token: SECRET }],
])('a secret that comes %s is in no audit record and no log line', async (_, change) => {
  world = await startExchangeWorld()
  await world.connect()

  const answer = await world.node.post(await anExchange(world, change))

  expect(answer.status).toBe(400)
  expect(world.events).toMatchObject([{ type: 'token.exchange_refused', clientId: 'my-agent' }])
  expect(JSON.stringify(world.events)).not.toContain('misplaced')
  expect(world.logged()).not.toContain('misplaced')
})

test('what a refused exchange asked for is recorded as far as it is known here', async () => {
  world = await startExchangeWorld()
  await world.connect()

  await world.node.post(await anExchange(world, { scope: `${CALENDAR} ${SECRET} other` }))

  expect(world.events).toMatchObject([
    { connection: 'google', scopes: [CALENDAR], details: { unknown_scopes: 2 } },
  ])
})
