import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as client from 'openid-client'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { type Answer, EXCHANGE, ORDERS, ORDERS_CLIENT } from '../front-door/vault-world.ts'
import { CLIENTS, startLoginWorld, type LoginWorld } from './login-world.ts'

const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:'

let world: LoginWorld
let app: client.Configuration
beforeAll(async () => {
  world = await startLoginWorld()
  app = await world.app(CLIENTS.web)
})
afterAll(() => world.close())

/** A user logs in to the web app, which gets a token for Orders at once. */
const logInForOrders = async (user: string): ReturnType<LoginWorld['logIn']> =>
  await world.logIn({
    app,
    user,
    parameters: { resource: ORDERS, scope: 'openid offline_access orders:read' },
  })

/** What Orders asks for with a token that it received. */
const askAsOrders = async (subject: string, audience: string): Promise<Answer> =>
  await world.token({
    grant_type: EXCHANGE,
    client_id: ORDERS_CLIENT.id,
    client_secret: ORDERS_CLIENT.secret,
    subject_token: subject,
    subject_token_type: `${TOKEN_TYPE}access_token`,
    audience,
  })

/** What the web app gets by a token of its login. */
const exchange = async (
  subject: string | undefined,
  type: string,
): Promise<client.TokenEndpointResponse> =>
  await client.genericGrantRequest(app, EXCHANGE, {
    subject_token: subject ?? '',
    subject_token_type: `${TOKEN_TYPE}${type}`,
    audience: ORDERS,
  })

const readAtOrders = async (token: string): Promise<Readonly<Record<string, unknown>>> => {
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', world.vault.url))
  const options = { issuer: world.vault.issuer, audience: ORDERS, typ: 'at+jwt' }
  return (await jwtVerify(token, keys, options)).payload
}

test('RV-34, R3: the access token of a login is a subject for the API that it is for, and for nobody else', async () => {
  const tokens = await logInForOrders('alice')

  expect(await askAsOrders(tokens.access_token, 'google-oauth2')).toMatchObject({
    status: 200,
    body: { connection: 'google-oauth2' },
  })
  await expect(exchange(tokens.access_token, 'access_token')).rejects.toMatchObject({
    error: 'invalid_request',
  })
})

test('RV-36: the ID token of a login is a subject for the app that it is for, and for nobody else', async () => {
  const tokens = await logInForOrders('alice')

  const { access_token: token } = await exchange(tokens.id_token, 'id_token')

  expect(await readAtOrders(token)).toMatchObject({
    sub: tokens.claims()?.sub,
    act: { sub: CLIENTS.web },
  })
  await expect(exchange(tokens.id_token, 'access_token')).rejects.toMatchObject({
    error: 'invalid_request',
  })
  expect(await askAsOrders(tokens.id_token ?? '', 'google-oauth2')).toMatchObject({ status: 400 })
})

test('RV-33: a refresh token makes tokens for APIs, which end with the login', async () => {
  const tokens = await logInForOrders('bob')
  const { access_token: derived } = await exchange(tokens.refresh_token, 'refresh_token')
  expect(await readAtOrders(derived)).toMatchObject({
    sub: tokens.claims()?.sub,
    valetkey_grant: expect.any(String),
  })
  for (const token of [tokens.access_token, derived]) {
    expect((await askAsOrders(token, 'google-oauth2')).status).toBe(200)
  }

  await client.tokenRevocation(app, tokens.refresh_token ?? '')

  for (const token of [tokens.access_token, derived]) {
    expect(await askAsOrders(token, 'google-oauth2')).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', vault_error: 'subject_token_invalid' },
    })
  }
  await expect(exchange(tokens.refresh_token, 'refresh_token')).rejects.toMatchObject({
    error: 'invalid_request',
  })
})
