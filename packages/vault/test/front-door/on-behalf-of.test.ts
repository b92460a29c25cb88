import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'

import {
  CALENDAR,
  EXCHANGE,
  ORDERS,
  ORDERS_CLIENT,
  startVaultWorld,
  type VaultWorld,
} from './vault-world.ts'

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

let world: VaultWorld
beforeAll(async () => {
  world = await startVaultWorld()
})
afterAll(async () => {
  await world.close()
})

/** What Orders asks the vault for, with a token that a caller brought it. */
const askAsOrders = (subject: string, audience: string): ReturnType<VaultWorld['token']> =>
  world.token({
    grant_type: EXCHANGE,
    client_id: ORDERS_CLIENT.id,
    client_secret: ORDERS_CLIENT.secret,
    subject_token: subject,
    subject_token_type: ACCESS_TOKEN,
    audience,
  })

test('R1, R3: a user of the agent is one at the API, which gets the provider`s token for them', async () => {
  expect(await world.exchange('demo', { audience: ORDERS })).toMatchObject({
    status: 400,
    body: { error: 'invalid_request', vault_error: 'subject_token_invalid' },
  })
  await world.connect('demo', { scopes: [CALENDAR] })

  const { body } = await world.exchange('demo', { audience: ORDERS })
  const token = body.access_token ?? ''
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', world.vault.url))
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    issuer: world.vault.issuer,
    audience: ORDERS,
    typ: 'at+jwt',
  })

  expect(protectedHeader.alg).toBe('RS256')
  expect(payload).toMatchObject({
    sub: expect.stringMatching(/^usr_/),
    client_id: 'my-agent',
    scope: 'orders:read',
    act: { sub: 'my-agent' },
  })
  expect(await askAsOrders(token, 'google-oauth2')).toMatchObject({
    status: 200,
    body: { connection: 'google-oauth2', generation: 1 },
  })
})

test('RV-34: what Orders may present is a token for Orders, whole and of this vault', async () => {
  await world.connect('alice')
  const { body } = await world.exchange('alice', { audience: ORDERS })
  const token = body.access_token ?? ''
  expect((await askAsOrders(token, `${world.vault.issuer}me/`)).status).toBe(200)
  expect((await askAsOrders(`${token}x`, `${world.vault.issuer}me/`)).status).toBe(400)
  expect((await askAsOrders(await world.login('alice'), 'google-oauth2')).status).toBe(400)
})
