import { decodeJwt } from 'jose'
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { CALLBACK, CLIENTS, startLoginWorld, type LoginWorld, ORDERS } from './login-world.ts'

let world: LoginWorld
beforeAll(async () => {
  world = await startLoginWorld()
})
afterAll(() => world.close())

/** What an app asks for: `parameters` say everything, and no scope. */
async function logInWithoutScope(
  app: client.Configuration,
  parameters: Readonly<Record<string, string>>,
): Promise<client.TokenEndpointResponse> {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const end = await world.browse({
    app,
    user: 'alice',
    // An empty parameter is as if it were not there.
    parameters: {
      scope: '',
      nonce: '',
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      state: 'mine',
      ...parameters,
    },
  })
  return await client.authorizationCodeGrant(app, end, { pkceCodeVerifier, expectedState: 'mine' })
}

describe('an authorization request without a scope (RFC 6749 section 3.3)', () => {
  test('asks who the user is', async () => {
    const app = await world.app(CLIENTS.spa)

    const tokens = await logInWithoutScope(app, {})

    expect(tokens).toMatchObject({ scope: 'openid', id_token: expect.any(String) as unknown })
    expect(tokens).not.toHaveProperty('refresh_token')
  })

  test('asks at an API for all that the client may have there, and no more', async () => {
    const web = await logInWithoutScope(await world.app(CLIENTS.web), { resource: ORDERS })
    const spa = await logInWithoutScope(await world.app(CLIENTS.spa), { audience: ORDERS })

    expect(decodeJwt(web.access_token)).toMatchObject({
      aud: ORDERS,
      scope: 'orders:read orders:write',
    })
    expect(decodeJwt(spa.access_token)).toMatchObject({ aud: ORDERS, scope: 'orders:read' })
    expect(spa).not.toHaveProperty('id_token')
  })

  test('asks the same when it is pushed', async () => {
    const app = await world.app(CLIENTS.web)
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    const url = await client.buildAuthorizationUrlWithPAR(app, {
      redirect_uri: CALLBACK,
      resource: ORDERS,
      connection: 'google-oauth2',
      login_hint: 'alice',
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    })

    const requestUri = url.searchParams.get('request_uri') ?? ''
    // What stands beside it counts for nothing.
    const end = await world.browse({ app, user: 'alice', parameters: { request_uri: requestUri } })

    const tokens = await client.authorizationCodeGrant(app, end, { pkceCodeVerifier })
    expect(tokens).toMatchObject({ scope: 'orders:read orders:write' })
  })

  test('for an API that is not the client’s is refused as ever', async () => {
    const app = await world.app(CLIENTS.spa)

    await expect(
      logInWithoutScope(app, { resource: 'https://unknown.example.com' }),
    ).rejects.toMatchObject({ error: 'invalid_target' })
  })
})
