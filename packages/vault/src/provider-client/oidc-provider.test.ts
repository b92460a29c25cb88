import { afterEach, describe, expect, test } from 'vitest'

import { accepted, anAttempt, redeem, refresh, REDIRECT_URI } from './test/emulated-world.ts'
import { startOidcProvider, type OidcProviderWorld } from './test/oidc-provider-world.ts'

const worlds: OidcProviderWorld[] = []

afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.close()))
})

async function aWorld(
  ...options: Parameters<typeof startOidcProvider>
): Promise<OidcProviderWorld> {
  const world = await startOidcProvider(...options)
  worlds.push(world)
  return world
}

async function callbackOf(
  world: OidcProviderWorld,
  attempt: ReturnType<typeof anAttempt>,
): Promise<URLSearchParams> {
  const url = await world.client.authorizationUrl({
    ...attempt,
    connection: world.connection,
    redirectUri: REDIRECT_URI,
    scopes: ['email'],
    parameters: {},
  })
  return await world.browse(url)
}

describe.each(['client_secret_basic', 'client_secret_post'] as const)(
  'a provider that we did not write, with %s',
  (method) => {
    test('is authorised, refreshed and revoked by the same engine', async () => {
      const world = await aWorld(method)
      const { client, connection } = world
      const attempt = anAttempt()

      const callback = await callbackOf(world, attempt)
      const { tokens, account } = accepted(await redeem(world, connection, attempt, callback))
      const refreshed = accepted(await refresh(world, connection, tokens.refreshToken))
      const revoked = await client.revoke({
        connection,
        token: refreshed.refreshToken ?? '',
        tokenTypeHint: 'refresh_token',
      })
      const afterwards = await refresh(world, connection, refreshed.refreshToken)

      expect(callback.get('iss')).not.toBeNull()
      expect(account).toMatchObject({ providerAccountId: 'ada', label: 'ada@example.com' })
      expect(tokens.accessExpiresAt).toBe(tokens.issuedAt + 600)
      expect([...(tokens.scopes ?? [])].sort()).toEqual(['email', 'offline_access', 'openid'])
      expect(refreshed.refreshToken).not.toBe(tokens.refreshToken)
      expect(refreshed.accessToken).not.toBe(tokens.accessToken)
      expect(revoked).toEqual({ ok: true, value: 'revoked' })
      expect(afterwards).toMatchObject({
        ok: false,
        refusal: { kind: 'permanent', code: 'invalid_grant' },
      })
    })

    test('tells the operator, not the user, that the secret is wrong', async () => {
      const world = await aWorld(method, { clientSecret: 'wrong' })
      const attempt = anAttempt()
      const callback = await callbackOf(world, attempt)

      expect(await redeem(world, world.connection, attempt, callback)).toMatchObject({
        ok: false,
        refusal: { kind: 'operator', code: 'invalid_client', mayHaveBeenSpent: false },
      })
      expect(await refresh(world, world.connection, 'any')).toMatchObject({
        ok: false,
        refusal: { kind: 'operator', code: 'invalid_client', mayHaveBeenSpent: false },
      })
    })
  },
)

test('a callback whose issuer was taken away is refused: this provider always sends it', async () => {
  const world = await aWorld('client_secret_basic')
  const attempt = anAttempt()
  const callback = await callbackOf(world, attempt)
  callback.delete('iss')

  expect(await redeem(world, world.connection, attempt, callback)).toMatchObject({
    ok: false,
    refusal: { code: 'issuer_mismatch' },
  })
})

test('an ID token is refused when the vault’s clock says that it is old', async () => {
  const world = await aWorld('client_secret_basic')
  const attempt = anAttempt()
  const callback = await callbackOf(world, attempt)
  world.advance(7200)

  expect(await redeem(world, world.connection, attempt, callback)).toMatchObject({
    ok: false,
    refusal: { code: 'id_token_invalid' },
  })
})

test('a code with another verifier or nonce, or used twice, connects nobody', async () => {
  const world = await aWorld('client_secret_post')
  const attempt = anAttempt()
  const { codeVerifier, nonce } = anAttempt()
  const wrongVerifier = await callbackOf(world, attempt)
  const wrongNonce = await callbackOf(world, attempt)

  expect(
    await redeem(world, world.connection, { ...attempt, codeVerifier }, wrongVerifier),
  ).toMatchObject({ ok: false, refusal: { code: 'invalid_grant' } })
  expect(await redeem(world, world.connection, { ...attempt, nonce }, wrongNonce)).toMatchObject({
    ok: false,
    refusal: { code: 'id_token_invalid' },
  })
  expect(await redeem(world, world.connection, attempt, wrongNonce)).toMatchObject({
    ok: false,
    refusal: { code: 'invalid_grant' },
  })
})
