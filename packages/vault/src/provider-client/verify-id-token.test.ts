import { customOidc } from '@valetkey/providers'
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  exportJWK,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
  type CryptoKey,
  type JWTPayload,
} from 'jose'
import { afterEach, describe, expect, test } from 'vitest'

import { createOutboundFetch } from './outbound-fetch.ts'
import { createProviderKeys } from './provider-keys.ts'
import { verifyIdToken } from './verify-id-token.ts'

const NOW = 1_800_000_000
const CLIENT_ID = 'vault'
const ACCESS_TOKEN = 'access-token'
const stopping: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(stopping.splice(0).map((stop) => stop()))
})

/** An issuer whose key set can change and fail. */
async function anIssuer() {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const key = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
  const state = { status: 200, body: JSON.stringify({ keys: [key] }), requests: 0, now: NOW }
  const server = createServer((_request, response) => {
    state.requests += 1
    response.writeHead(state.status, { 'content-type': 'application/json' }).end(state.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stopping.push(() => new Promise((resolve) => server.close(() => resolve())))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const definition = customOidc({
    id: 'issuer',
    issuer,
    jwksUri: `${issuer}/jwks`,
    authorizationEndpoint: `${issuer}/authorize`,
    tokenEndpoint: `${issuer}/token`,
    apiOrigins: [issuer],
    dangerouslyAllowInsecureLoopback: true,
  })
  const keys = createProviderKeys({
    outboundFetch: createOutboundFetch({ allowLoopback: true }),
    runtime: {
      now: () => state.now,
      randomBytes: (length) => new Uint8Array(length),
      sleep: () => Promise.resolve(),
    },
  })
  const claims: JWTPayload = {
    iss: issuer,
    aud: CLIENT_ID,
    sub: 'ada',
    nonce: 'nonce',
    iat: NOW,
    exp: NOW + 600,
  }
  const sign = (
    changes: Readonly<Record<string, unknown>> = {},
    header: { alg: string; kid?: string } = { alg: 'ES256', kid: 'one' },
    signer: CryptoKey | Uint8Array = privateKey,
  ): Promise<string> => {
    const changed = Object.entries({ ...claims, ...changes })
    const payload = Object.fromEntries(changed.filter(([, value]) => value !== undefined))
    return new SignJWT(payload).setProtectedHeader(header).sign(signer)
  }
  const verify = (idToken: string): ReturnType<typeof verifyIdToken> =>
    verifyIdToken({
      idToken,
      definition,
      clientId: CLIENT_ID,
      nonce: 'nonce',
      accessToken: ACCESS_TOKEN,
      keys,
      now: state.now,
    })
  return { state, claims, key, sign, verify }
}

const invalid = { ok: false, refusal: 'id_token_invalid' }
const halfHash = (text: string): string =>
  createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')

describe('RV-62: an ID token', () => {
  test('that is ours gives its claims', async () => {
    const { sign, verify } = await anIssuer()

    for (const changes of [
      {},
      { at_hash: halfHash(ACCESS_TOKEN) },
      { azp: CLIENT_ID },
      { aud: [CLIENT_ID] },
      { aud: [CLIENT_ID, 'other'], azp: CLIENT_ID },
      { iat: NOW + 59 },
      { exp: NOW - 59 },
    ]) {
      expect(await verify(await sign(changes))).toMatchObject({ ok: true, value: { sub: 'ada' } })
    }
  })

  test.each<readonly [string, Readonly<Record<string, unknown>>]>([
    ['of another issuer', { iss: 'https://evil.example' }],
    ['for another client', { aud: 'other' }],
    ['for several, made for none of them', { aud: [CLIENT_ID, 'other'] }],
    ['for us, made for another', { azp: 'other' }],
    ['of another attempt', { nonce: 'other' }],
    ['without a nonce', { nonce: undefined }],
    ['without a subject', { sub: undefined }],
    ['without an expiry', { exp: undefined }],
    ['without an issue time', { iat: undefined }],
    ['that has expired', { exp: NOW - 61 }],
    ['from the future', { iat: NOW + 61 }],
    ['from long ago', { iat: NOW - 3600, exp: NOW + 3600 }],
    ['that is not valid yet', { nbf: NOW + 120 }],
    ['for another access token', { at_hash: halfHash('other') }],
    ['with half a hash', { at_hash: halfHash(ACCESS_TOKEN).slice(0, 10) }],
    ['with a hash that is none', { at_hash: 7 }],
  ])('%s is refused', async (_name, changes) => {
    const { sign, verify } = await anIssuer()

    expect(await verify(await sign(changes))).toEqual(invalid)
  })

  test('with a signature that proves nothing is refused', async () => {
    const { claims, key, sign, verify } = await anIssuer()
    const stranger = await generateKeyPair('ES256')
    const shared = new TextEncoder().encode(JSON.stringify(key))
    const good = await sign()

    const forged = [
      await sign({}, { alg: 'ES256', kid: 'one' }, stranger.privateKey),
      await sign({}, { alg: 'HS256', kid: 'one' }, shared),
      await sign({}, { alg: 'ES256', kid: 'two' }),
      new UnsecuredJWT(claims).encode(),
      `${good.slice(0, -4)}AAAA`,
      good.split('.').slice(0, 2).join('.'),
      'not.a.jwt',
      '',
    ]
    const answers = await Promise.all(forged.map((idToken) => verify(idToken)))

    expect(answers).toEqual(forged.map(() => invalid))
  })
})

describe('the keys of a provider', () => {
  test('are fetched once for many, and again after ten minutes', async () => {
    const { state, sign, verify } = await anIssuer()
    const idToken = await sign()
    await Promise.all(Array.from({ length: 20 }, () => verify(idToken)))
    const atFirst = state.requests
    state.now += 599
    await verify(idToken)
    const later = state.requests
    state.now += 1
    await verify(await sign({ iat: state.now, exp: state.now + 60 }))

    expect([atFirst, later, state.requests]).toEqual([1, 1, 2])
  })

  test('are fetched again for a new key id, but not for every one that somebody invents', async () => {
    const { state, key, sign, verify } = await anIssuer()
    const next = await generateKeyPair('ES256')
    const nextKey = { ...(await exportJWK(next.publicKey)), kid: 'two', alg: 'ES256' }
    await verify(await sign())
    state.body = JSON.stringify({ keys: [key, nextKey] })
    const idToken = await sign({}, { alg: 'ES256', kid: 'two' }, next.privateKey)

    const tooSoon = await verify(idToken)
    state.now += 30
    const inTime = await verify(idToken)
    for (let index = 0; index < 20; index += 1) {
      await verify(await sign({}, { alg: 'ES256', kid: `invented-${index}` }))
    }

    expect(tooSoon).toEqual(invalid)
    expect(inTime.ok).toBe(true)
    expect(state.requests).toBe(2)
  })

  test('are used for an hour when the provider cannot be reached, and no longer', async () => {
    const { state, sign, verify } = await anIssuer()
    await verify(await sign())
    state.status = 503
    state.now += 3599
    const stale = await verify(await sign({ iat: state.now, exp: state.now + 60 }))
    state.now += 1
    const tooOld = await verify(await sign({ iat: state.now, exp: state.now + 60 }))

    expect(stale.ok).toBe(true)
    expect(tooOld).toEqual({ ok: false, refusal: 'id_token_keys_unavailable' })
  })

  test.each([
    ['not JSON', '<html>'],
    ['no keys', '{}'],
    ['keys of no kind', '{"keys":[{}]}'],
    ['keys that are text', '{"keys":["x"]}'],
    ['too many', JSON.stringify({ keys: Array.from({ length: 101 }, () => ({ kty: 'EC' })) })],
    ['too much', JSON.stringify({ keys: [], padding: 'x'.repeat(300_000) })],
  ])('that are %s are no keys', async (_name, body) => {
    const { state, sign, verify } = await anIssuer()
    state.body = body

    expect(await verify(await sign())).toEqual({ ok: false, refusal: 'id_token_keys_unavailable' })
  })

  test('for encryption verify nothing', async () => {
    const { state, key, sign, verify } = await anIssuer()
    state.body = JSON.stringify({ keys: [{ ...key, use: 'enc' }] })

    expect(await verify(await sign())).toEqual(invalid)
  })
})
