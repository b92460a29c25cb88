// Auth0's older client for Node, 4.x, as npm has it, against a vault.
import { createHash, randomBytes } from 'node:crypto'
import { AuthenticationClient, UserInfoClient } from 'auth0'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimsOf } from './src/claims-of.ts'
import {
  APP,
  type ClientsWorld,
  KEY_APP,
  LOGIN_SCOPE,
  ORDERS,
  startClientsWorld,
} from './src/clients-world.ts'

let world: ClientsWorld
let auth: AuthenticationClient
let withKey: AuthenticationClient
beforeAll(async () => {
  world = await startClientsWorld()
  const { domain, privateKey } = world
  const { clientId, clientSecret } = APP
  auth = new AuthenticationClient({ domain, clientId, clientSecret })
  withKey = new AuthenticationClient({
    domain,
    clientId: KEY_APP.clientId,
    clientAssertionSigningKey: privateKey,
  })
})
afterAll(async () => await world.close())

/** `tokenForConnection` sends a secret without saying whose: an app that has one names itself. */
const NAMED = { client_id: APP.clientId }

interface LoginRequest {
  readonly user: string
  /** Default: the one with a secret. */
  readonly as?: AuthenticationClient
  readonly parameters?: Readonly<Record<string, string>>
  /** How the authorization request gets to the vault. Default: in the query. */
  readonly send?: (parameters: Record<string, string>) => Promise<Record<string, string>>
}

/** An app builds its own authorization request; the rest is the client's. */
async function logIn({
  user,
  as = auth,
  parameters = {},
  send = async (all) => all,
}: LoginRequest): Promise<{ accessToken: string; idToken: string; refreshToken: string }> {
  const codeVerifier = randomBytes(32).toString('base64url')
  const query = await send({
    client_id: as === auth ? APP.clientId : KEY_APP.clientId,
    response_type: 'code',
    redirect_uri: APP.redirectUri,
    scope: LOGIN_SCOPE,
    connection: 'google-oauth2',
    login_hint: user,
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...parameters,
  })
  const url = new URL('authorize', world.issuer)
  url.search = new URLSearchParams(query).toString()
  const callback = await world.browse(url)
  const { nonce } = parameters
  const { data } = await as.oauth.authorizationCodeGrantWithPKCE(
    {
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: APP.redirectUri,
      code_verifier: codeVerifier,
    },
    nonce === undefined ? {} : { idTokenValidateOptions: { nonce } },
  )
  const { id_token: idToken = '', refresh_token: refreshToken = '' } = data
  return { accessToken: data.access_token, idToken, refreshToken }
}

test('logs in, with an ID token whose signature stands in the vault’s keys', async () => {
  const { idToken } = await logIn({
    user: world.newUser(),
    parameters: { nonce: 'once', max_age: '60' },
  })

  await auth.oauth.idTokenValidator.validate(idToken, { nonce: 'once', maxAge: 60 })
  await expect(
    auth.oauth.idTokenValidator.validate(withOtherSignature(idToken), { nonce: 'once' }),
  ).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
})

test('pushes its authorization request', async () => {
  const { accessToken } = await logIn({
    user: world.newUser(),
    send: async (parameters) => {
      const { data, status } = await auth.oauth.pushedAuthorization({
        client_id: APP.clientId,
        response_type: 'code',
        redirect_uri: APP.redirectUri,
        ...parameters,
      })
      expect(status).toBe(201)
      return { client_id: APP.clientId, request_uri: data.request_uri }
    },
  })

  expect(accessToken).not.toBe('')
})

test('refreshes, for as long as nobody revokes', async () => {
  const { refreshToken } = await logIn({ user: world.newUser() })

  const { data } = await auth.oauth.refreshTokenGrant({ refresh_token: refreshToken })
  expect(data).toMatchObject({ token_type: 'Bearer', refresh_token: refreshToken })

  await auth.oauth.revokeRefreshToken({ token: refreshToken })
  await expect(auth.oauth.refreshTokenGrant({ refresh_token: refreshToken })).rejects.toMatchObject(
    { error: 'invalid_grant' },
  )
})

test('has the token of the provider that the user logged in with', async () => {
  const user = world.newUser()
  const { refreshToken } = await logIn({ user })
  const ask = { ...NAMED, subject_token: refreshToken }

  const { data } = await auth.oauth.tokenForConnection({ ...ask, connection: 'google-oauth2' })

  expect(data).toMatchObject({ token_type: 'Bearer', expires_in: expect.any(Number) as unknown })
  expect(data).not.toHaveProperty('refresh_token')
  expect(await world.ownerAtGoogle(data.access_token)).toBe(`${user}@example.com`)
  await expect(
    auth.oauth.tokenForConnection({ ...ask, connection: 'github' }),
  ).rejects.toMatchObject({
    statusCode: 401,
    error: 'federated_connection_refresh_token_not_found',
  })
  await expect(
    auth.oauth.tokenForConnection({
      ...NAMED,
      subject_token: 'unknown',
      connection: 'google-oauth2',
    }),
  ).rejects.toMatchObject({ error: 'invalid_grant' })
})

test('authenticates by its key too', async () => {
  const user = world.newUser()
  const { refreshToken } = await logIn({ user, as: withKey })

  const { data } = await withKey.oauth.tokenForConnection({
    subject_token: refreshToken,
    connection: 'google-oauth2',
  })

  expect(await world.ownerAtGoogle(data.access_token)).toBe(`${user}@example.com`)
})

test('reads who it is', async () => {
  const user = world.newUser()
  const { accessToken } = await logIn({ user })
  const client = new UserInfoClient({ domain: world.domain })

  const { data } = await client.getUserInfo(accessToken)

  expect(data).toMatchObject({ email: `${user}@example.com`, email_verified: true })
  await expect(client.getUserInfo('unknown')).rejects.toMatchObject({ statusCode: 401 })
})

test('asks the user without a browser, and is told to wait', async () => {
  const { idToken } = await logIn({ user: world.newUser() })

  const request = await auth.backchannel.authorize({
    userId: String(claimsOf(idToken)['sub']),
    binding_message: 'Buy 3 shares',
    scope: 'openid orders:write',
    audience: ORDERS,
    requested_expiry: '120',
  })

  expect(request).toMatchObject({ expires_in: 120, interval: 5 })
  await expect(auth.backchannel.backchannelGrant(request)).rejects.toMatchObject({
    statusCode: 400,
    error: 'authorization_pending',
  })
  await expect(auth.backchannel.backchannelGrant(request)).rejects.toMatchObject({
    error: 'slow_down',
  })
})

function withOtherSignature(jwt: string): string {
  const [header, payload, signature = ''] = jwt.split('.')
  const other = Buffer.from(signature, 'base64url').reverse().toString('base64url')
  return [header, payload, other].join('.')
}
