import { createHash } from 'node:crypto'

import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify, type JWTPayload } from 'jose'
import { expect, test } from 'vitest'

import { anEmulator, callApi, testClient } from './flow.ts'

async function verify(
  token: string,
  { issuer, jwksUri, audience }: { issuer: string; jwksUri: string; audience: string },
): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(jwksUri)), {
    issuer,
    audience,
  })
  return payload
}

test.each(['ES256', 'RS256'] as const)(
  'a login token of %s is verified with the published keys',
  async (algorithm) => {
    await using emulator = await anEmulator({ loginToken: { audience: 'https://vault.example/' } })
    const token = await emulator.issueLoginToken('alice', { algorithm })

    const claims = await verify(token, emulator.trustedIssuer())

    expect(decodeProtectedHeader(token)).toMatchObject({ alg: algorithm, typ: 'JWT' })
    expect(claims).toMatchObject({ sub: 'alice', email: 'alice@example.com' })
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3_600)
  },
)

test('a login token can be made wrong in every way', async () => {
  await using emulator = await anEmulator()
  const token = await emulator.issueLoginToken('demo', {
    audience: ['a', 'b'],
    lifetimeSeconds: -10,
    issuedAt: 1_000,
    type: 'at+jwt',
    claims: { iss: 'https://other.example', sub: undefined, azp: 'x' },
  })

  const [, payload = ''] = token.split('.')
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
  expect(claims).toMatchObject({
    iss: 'https://other.example',
    aud: ['a', 'b'],
    iat: 1_000,
    exp: 990,
    azp: 'x',
  })
  expect(claims).not.toHaveProperty('sub')
  expect(decodeProtectedHeader(token).typ).toBe('at+jwt')
})

test('gives a login token over HTTP, for JSON only', async () => {
  await using emulator = await anEmulator()
  const url = `${emulator.url}/idp/login-token`
  const json = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"user":"demo"}',
  })
  const answer = (await json.json()) as { token: string; type: string }
  const form = await fetch(url, { method: 'POST', body: new URLSearchParams({ user: 'demo' }) })
  const plain = await fetch(url, { method: 'POST', body: '{"user":"demo"}' })

  expect(answer.type).toBe('urn:ietf:params:oauth:token-type:jwt')
  expect((await verify(answer.token, emulator.trustedIssuer())).sub).toBe('demo')
  expect(form.status).toBe(415)
  expect(plain.status).toBe(415)
  expect(emulator.log.entries({ route: 'login_token', user: 'demo' })).toHaveLength(1)
})

test('says who cannot log in', async () => {
  await using emulator = await anEmulator()

  await expect(emulator.issueLoginToken('mallory')).rejects.toThrow('"mallory"')
})

test('discovery names the endpoints of the login system', async () => {
  await using emulator = await anEmulator()
  const { issuer, jwksUri } = emulator.trustedIssuer()

  const response = await fetch(`${issuer}/.well-known/openid-configuration`)

  expect(await response.json()).toMatchObject({
    issuer,
    jwks_uri: jwksUri,
    authorization_endpoint: `${emulator.url}/idp/authorize`,
    token_endpoint: `${emulator.url}/idp/token`,
    userinfo_endpoint: `${emulator.url}/idp/userinfo`,
    code_challenge_methods_supported: ['S256'],
  })
})

test('a user logs in with a code, and the userinfo endpoint knows them', async () => {
  await using emulator = await anEmulator()
  const login = await testClient(emulator, 'idp').connect({
    scopes: ['openid', 'email', 'offline_access'],
    parameters: { login_hint: 'bob', nonce: 'n-1' },
  })

  const claims = await verify(String(login.body['id_token']), {
    ...emulator.trustedIssuer(),
    audience: emulator.client('idp').clientId,
  })
  const userinfo = await callApi(emulator, '/idp/userinfo', login.accessToken)

  expect(claims).toMatchObject({ sub: 'bob', nonce: 'n-1', email: 'bob@example.com' })
  expect(await userinfo.json()).toEqual({
    sub: 'bob',
    email: 'bob@example.com',
    email_verified: true,
  })
  expect(login.refreshToken).toMatch(/\S{16}/)
})

test('Google signs ID tokens with nonce and at_hash, and says the same on refresh', async () => {
  await using emulator = await anEmulator()
  const google = testClient(emulator, 'google')
  const { issuer = '', jwksUri = '' } = google.definition
  const audience = emulator.client('google').clientId
  const first = await google.connect({
    scopes: ['openid', 'email'],
    parameters: { nonce: 'n-2' },
  })
  const second = await google.refresh(first.refreshToken ?? '')

  const claims = await verify(String(first.body['id_token']), { issuer, jwksUri, audience })
  const again = await verify(String(second.body['id_token']), { issuer, jwksUri, audience })

  expect(claims).toMatchObject({
    sub: expect.stringMatching(/^\d{9}$/),
    azp: audience,
    nonce: 'n-2',
    at_hash: createHash('sha256')
      .update(first.accessToken)
      .digest()
      .subarray(0, 16)
      .toString('base64url'),
  })
  expect(again.sub).toBe(claims.sub)
  expect(again).not.toHaveProperty('nonce')
})

test('no ID token without the scope openid', async () => {
  await using emulator = await anEmulator()

  const { body } = await testClient(emulator, 'google').connect({ scopes: ['email'] })

  expect(body).not.toHaveProperty('id_token')
})

test('issuers do not share keys, and no private part is published', async () => {
  await using emulator = await anEmulator()
  const keysAt = async (url: string | undefined): Promise<Record<string, unknown>[]> => {
    const response = await fetch(url ?? '')
    return ((await response.json()) as { keys: Record<string, unknown>[] }).keys
  }
  const idp = await keysAt(emulator.provider('idp').jwksUri)
  const google = await keysAt(emulator.provider('google').jwksUri)

  expect(idp.map((key) => key['alg'])).toEqual(['ES256', 'RS256'])
  expect(new Set([...idp, ...google].map((key) => key['kid'])).size).toBe(4)
  for (const key of [...idp, ...google]) {
    expect(
      Object.keys(key).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi'].includes(name)),
    ).toEqual([])
  }
})

test('keys rotate; the old ones stay published until they are forgotten', async () => {
  await using emulator = await anEmulator()
  const before = await emulator.issueLoginToken('demo')
  await emulator.rotateKeys()
  const after = await emulator.issueLoginToken('demo')

  expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid)
  await verify(before, emulator.trustedIssuer())
  await verify(after, emulator.trustedIssuer())
  await emulator.rotateKeys({ forgetOld: true })
  await expect(verify(after, emulator.trustedIssuer())).rejects.toThrow('no applicable key found')
})

test('virtual time does not touch JWTs, which others check by their own clock', async () => {
  await using emulator = await anEmulator()
  emulator.advance(100_000)

  const claims = await verify(await emulator.issueLoginToken('demo'), emulator.trustedIssuer())

  expect(claims.iat).toBeLessThan(emulator.now() - 99_000)
})
