import { createHash } from 'node:crypto'
import {
  calculateJwkThumbprint,
  decodeJwt,
  decodeProtectedHeader,
  EmbeddedJWK,
  jwtVerify,
} from 'jose'
import { describe, expect, test } from 'vitest'
import { createValetKeyClient, fetchForConnection, type ValetKeyOptions } from '../src/index.ts'
import { aClient, aKeyClient } from './builders.ts'
import { startModelAccounts } from './model-accounts.ts'
import { type ModelAnswer, type SeenRequest, startModelVault, tokenAnswer } from './model-vault.ts'

const orders = { audience: 'https://orders.example.com', scopes: ['orders:read'] }

async function aKeyPair(): Promise<CryptoKeyPair> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  return await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
}

async function thumbprintOf({ publicKey }: CryptoKeyPair): Promise<string> {
  return await calculateJwkThumbprint(await crypto.subtle.exportKey('jwk', publicKey))
}

/** The claims of a request's proof, checked as RFC 9449 section 4.3 says, and whose key made it. */
async function proofOf(
  { headers, method }: SeenRequest,
  url: string,
): Promise<{ readonly claims: Record<string, unknown>; readonly thumbprint: string }> {
  const proof = headers['dpop'] ?? ''
  const { payload } = await jwtVerify(proof, EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms: ['ES256'],
    maxTokenAge: 60,
  })
  const { jwk = {} } = decodeProtectedHeader(proof)
  expect(Object.keys(jwk).toSorted()).toEqual(['crv', 'kty', 'x', 'y']) // public parts only
  expect(payload).toMatchObject({ htm: method, htu: url, jti: expect.any(String) })
  return { claims: payload, thumbprint: await calculateJwkThumbprint(jwk) }
}

function withNonce(nonce: string, answer: ModelAnswer): ModelAnswer {
  return { ...answer, headers: { ...answer.headers, 'dpop-nonce': nonce } }
}

const wantsNonce = { status: 400, json: { error: 'use_dpop_nonce' } }

describe('RV-95: with a key, an exchange', () => {
  test('proves it, with a new proof for each request that is sent', async () => {
    let failures = 1
    await using vault = await startModelVault((request) =>
      failures-- > 0 ? { status: 503 } : tokenAnswer(request),
    )
    const dpop = await aKeyPair()

    for (const dialect of ['rfc8693', 'auth0'] as const) {
      const client = aClient(vault.issuer, { dpop, dialect, refreshToken: 'bound' })
      await client.getAccessTokenForConnection({ connection: 'github' })
    }

    const proofs = await Promise.all(
      vault.requests.map((request) => proofOf(request, `${vault.issuer}oauth/token`)),
    )
    expect(proofs).toHaveLength(3)
    expect(new Set(proofs.map(({ claims }) => claims['jti'])).size).toBe(3)
    expect(new Set(proofs.map(({ thumbprint }) => thumbprint))).toEqual(
      new Set([await thumbprintOf(dpop)]),
    )
    expect(proofs[0]?.claims).not.toHaveProperty('nonce')
  })

  test('is sent once more with the nonce that the vault wants, and everything signed anew', async () => {
    await using vault = await startModelVault((request) => {
      const { nonce } = decodeJwt(request.headers['dpop'] ?? '')
      return withNonce('nonce-1', nonce === 'nonce-1' ? tokenAnswer(request) : wantsNonce)
    })
    const client = aKeyClient(vault.issuer, { dpop: 'generate', signedSubject: 'alice' })

    await client.exchangeForApi(orders)
    // The nonce is known by now.
    await client.exchangeForApi({ audience: orders.audience })

    expect(vault.requests).toHaveLength(3)
    const jtisOf = (name: string): readonly unknown[] =>
      vault.requests.map(({ form }) => decodeJwt(form[name] ?? '').jti)
    expect(new Set(jtisOf('client_assertion')).size).toBe(3)
    expect(new Set(jtisOf('subject_token')).size).toBe(3)
    const nonces = vault.requests.map(({ headers }) => decodeJwt(headers['dpop'] ?? '')['nonce'])
    expect(nonces).toEqual([undefined, 'nonce-1', 'nonce-1'])
  })

  test('takes the newest nonce, from good answers too', async () => {
    let count = 0
    await using vault = await startModelVault((request) =>
      withNonce(`nonce-${(count += 1)}`, tokenAnswer(request)),
    )
    const client = aClient(vault.issuer, { dpop: 'generate', cache: 'off' })

    for (let index = 0; index < 3; index += 1) await client.exchangeForApi(orders)

    const nonces = vault.requests.map(({ headers }) => decodeJwt(headers['dpop'] ?? '')['nonce'])
    expect(nonces).toEqual([undefined, 'nonce-1', 'nonce-2'])
  })

  test('asks twice and no more: a vault that is never content is an error', async () => {
    await using vault = await startModelVault(() => withNonce('again', wantsNonce))

    await expect(
      aClient(vault.issuer, { dpop: 'generate' }).exchangeForApi(orders),
    ).rejects.toMatchObject({ code: 'client_misconfigured', status: 400 })
    expect(vault.requests).toHaveLength(2)
  })

  test.for([
    ['login_required', { status: 400, vault_error: 'subject_token_invalid' }],
    ['not_connected', { status: 400, vault_error: 'not_connected' }],
    ['vault_unavailable', { status: 503, vault_error: undefined }],
  ] as const)('reads errors as ever, with a nonce beside them: %s', async ([code, answer]) => {
    const { status, vault_error } = answer
    await using vault = await startModelVault(() =>
      withNonce('n', { status, json: { error: 'invalid_request', vault_error } }),
    )
    const client = aClient(vault.issuer, { dpop: 'generate' })

    await expect(
      client.getAccessTokenForConnection({ connection: 'github' }),
    ).rejects.toMatchObject({ code })
    expect(vault.requests).toHaveLength(status === 503 ? 3 : 1)
  })
})

test('without a key no proof is sent, and a vault that wants one is an error', async () => {
  await using vault = await startModelVault(() => withNonce('n', wantsNonce))
  const client = aClient(vault.issuer)

  await expect(client.exchangeForApi(orders)).rejects.toMatchObject({
    code: 'client_misconfigured',
  })
  expect(vault.requests.map(({ headers }) => headers['dpop'])).toEqual([undefined])
  expect(await client.dpopKeyPair()).toBeUndefined()
})

describe('a token that is bound to the key', () => {
  test('for an own API says so, and the key is there to use it', async () => {
    await using vault = await startModelVault((request) =>
      tokenAnswer(request, { token_type: 'DPoP' }),
    )
    const client = aClient(vault.issuer, { dpop: 'generate' })
    const sharing = createValetKeyClient({ client })

    const { tokenType } = await client.exchangeForApi(orders)

    expect(tokenType).toBe('DPoP')
    const pair = await client.dpopKeyPair()
    if (pair === undefined || vault.requests[0] === undefined) throw new Error('no key')
    const { thumbprint } = await proofOf(vault.requests[0], `${vault.issuer}oauth/token`)
    expect(thumbprint).toBe(await thumbprintOf(pair))
    expect(pair.privateKey.extractable).toBe(false)
    expect(await sharing.dpopKeyPair()).toBe(pair)
  })

  test('may also be none: a vault without DPoP gives a bearer token', async () => {
    await using vault = await startModelVault()

    const token = await aClient(vault.issuer, { dpop: 'generate' }).exchangeForApi(orders)

    expect(token.tokenType).toBe('Bearer')
  })

  test('but not to ours is of no use', async () => {
    await using vault = await startModelVault((request) =>
      tokenAnswer(request, { token_type: 'DPoP' }),
    )

    await expect(aClient(vault.issuer).exchangeForApi(orders)).rejects.toMatchObject({
      code: 'protocol_error',
    })
  })

  test('is never a provider token, whose API knows no proofs', async () => {
    await using vault = await startModelVault((request) =>
      tokenAnswer(request, { token_type: 'dpop' }),
    )
    const client = aClient(vault.issuer, { dpop: 'generate' })

    await expect(
      client.getAccessTokenForConnection({ connection: 'github' }),
    ).rejects.toMatchObject({ code: 'protocol_error' })
  })

  test('leaves fetchForConnection as it is: a bearer token and no proof', async () => {
    await using api = await startModelVault(() => ({ json: {} }))
    await using vault = await startModelVault((request) =>
      tokenAnswer(request, { api_origins: [api.issuer] }),
    )
    const tool = aClient(vault.issuer, { dpop: 'generate' }).withTokenForConnection(
      { connection: 'github' },
      async () => (await fetchForConnection()(`${api.issuer}user`)).status,
    )

    expect(await tool()).toBe(200)
    expect(api.requests[0]?.headers['authorization']).toMatch(/^Bearer tok_/)
    expect(api.requests[0]?.headers['dpop']).toBeUndefined()
  })

  test('for connected accounts is used with proofs of its own, and a nonce where one is wanted', async () => {
    await using vault = await startModelAccounts()
    const usual = vault.answer
    let hasAsked = false
    vault.answer = async (request) => {
      if (request.path === '/oauth/token') {
        return tokenAnswer(request, { access_token: 'me-token', token_type: 'DPoP' })
      }
      if (decodeJwt(request.headers['dpop'] ?? '')['nonce'] === 'api-nonce') {
        return await usual(request)
      }
      hasAsked = true
      const challenge = 'DPoP error="use_dpop_nonce"'
      return withNonce('api-nonce', { status: 401, headers: { 'www-authenticate': challenge } })
    }
    const client = aClient(vault.issuer, { dpop: 'generate' })

    const accounts = client.connectedAccounts()
    const listed = await accounts.listAccounts()
    await accounts.deleteAccount('cac_1')

    expect(hasAsked).toBe(true)
    expect(listed.map(({ id }) => id)).toEqual(['cac_1', 'cac_2'])
    const calls = vault.requests.filter(({ path }) => path !== '/oauth/token')
    expect(calls.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET', 'DELETE'])
    const ath = createHash('sha256').update('me-token').digest('base64url')
    for (const call of calls) {
      expect(call.headers['authorization']).toBe('DPoP me-token')
      const url = new URL(call.path, vault.issuer)
      const { claims } = await proofOf(call, `${url.origin}${url.pathname}`)
      expect(claims).toMatchObject({ ath })
    }
  })

  test('sends what a connect flow needs, and reads its problems', async () => {
    await using vault = await startModelAccounts()
    const usual = vault.answer
    vault.answer = async (request) =>
      request.path === '/oauth/token'
        ? tokenAnswer(request, { access_token: 'me-token', token_type: 'DPoP' })
        : await usual(request)
    const accounts = aClient(vault.issuer, { dpop: 'generate' }).connectedAccounts()

    const attempt = await accounts.connect({
      connection: 'google-oauth2',
      redirectUri: 'https://app.example.com/callback',
      state: 'state-1',
      codeChallenge: 'c'.repeat(43),
    })

    expect(attempt.url).toBe(`${vault.issuer}connect?ticket=ticket-1`)
    expect(vault.bodies('/connect')).toEqual([
      expect.objectContaining({ connection: 'google-oauth2', code_challenge_method: 'S256' }),
    ])
    vault.instead.set('/connections', {
      status: 401,
      json: { type: 'about:blank', status: 401, title: 'Unauthorized' },
    })
    await expect(accounts.listConnections()).rejects.toMatchObject({ code: 'login_required' })
  })
})

describe('"dpop" is checked at creation', () => {
  test('it must be a pair whose private key signs', async () => {
    const { privateKey, publicKey } = await aKeyPair()
    const exchange = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, [
      'deriveBits',
    ])
    const create = (dpop: unknown): unknown =>
      aClient('https://vault.example.com/', { dpop } as ValetKeyOptions)

    for (const dpop of [
      'ES256',
      null,
      true,
      {},
      { privateKey },
      { publicKey },
      { privateKey: publicKey, publicKey: privateKey },
      { privateKey, publicKey: privateKey },
      exchange,
    ]) {
      expect(() => create(dpop)).toThrow(/"dpop"/)
    }
    expect(() => create({ privateKey, publicKey })).not.toThrow()
    expect(() =>
      createValetKeyClient({ client: aClient('https://vault.example.com/'), dpop: 'generate' }),
    ).toThrow(/"dpop"/)
  })
})
