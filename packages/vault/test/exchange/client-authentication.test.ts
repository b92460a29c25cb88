import { afterAll, beforeAll, expect, test } from 'vitest'

import {
  anAuth0Exchange,
  anExchange,
  type ExchangeWorld,
  SECRET,
  startExchangeWorld,
} from './exchange-world.ts'

let world: ExchangeWorld
beforeAll(async () => {
  world = await startExchangeWorld()
  await world.connect()
  const { agent, clients } = world
  const { publicKey } = await crypto.subtle.generateKey(
    { name: 'ECDSA', namedCurve: 'P-256' },
    true,
    ['sign', 'verify'],
  )
  const jwk = await crypto.subtle.exportKey('jwk', publicKey)
  clients.set('signer', {
    ...agent,
    id: 'signer',
    authentication: { method: 'private_key_jwt', keys: [{ ...jwk }] },
  })
  clients.set('public', { ...agent, id: 'public', authentication: { method: 'none' } })
})
afterAll(async () => {
  await world.close()
})

const basic = (id: string): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${id}:${SECRET}`).toString('base64')}`,
})

test.each([
  ['RFC 8693', anExchange],
  ['Auth0', anAuth0Exchange],
] as const)(
  'RV-21: a public client gets no provider token, though its policy lists all that one needs (%s)',
  async (_, aRequest) => {
    for (const client_secret of [undefined, '', SECRET]) {
      const request = await aRequest(world, { client_id: 'public', client_secret })

      const answer = await world.node.post(request)

      expect([400, 401, 403]).toContain(answer.status)
      expect(answer.body['error']).toMatch(/^(invalid_client|unauthorized_client)$/)
      expect(answer.body).not.toHaveProperty('access_token')
    }
  },
)

test('RV-21: nor does a confidential client that only says who it is', async () => {
  const answer = await world.node.post(await anExchange(world, { client_secret: undefined }))

  expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
})

test('RV-22: a method that the client is not registered for is refused', async () => {
  const none = { client_id: undefined, client_secret: undefined }
  const unsigned = {
    ...none,
    client_assertion: 'e30.e30.',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  }

  for (const answer of [
    await world.node.post(await anExchange(world, { client_id: 'signer' })),
    await world.node.post(await anExchange(world, none), { headers: basic('signer') }),
    await world.node.post(await anExchange(world, { client_id: 'public' })),
    await world.node.post(await anExchange(world, unsigned)),
  ]) {
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  }
})

test('R25: throttling is told in the words of who asks', async () => {
  const guess = { client_id: 'guessed', client_secret: 'wrong' }
  for (let i = 0; i < 10; i++) await world.node.post(await anExchange(world, guess), anAddress())

  const standard = await world.node.post(await anExchange(world, guess), anAddress())
  const auth0 = await world.node.post(await anAuth0Exchange(world, guess), anAddress())

  expect(standard).toMatchObject({ status: 429, body: { error: 'temporarily_unavailable' } })
  expect(auth0).toMatchObject({ status: 429, body: { error: 'too_many_requests' } })
  for (const { headers } of [standard, auth0]) {
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  }
})

let addresses = 0
/** Another one each time: what is counted here is the client. */
function anAddress(): { remoteAddress: string } {
  addresses += 1
  return { remoteAddress: `198.51.100.${addresses}` }
}
