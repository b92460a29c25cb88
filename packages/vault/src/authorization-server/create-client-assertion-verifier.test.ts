import { describe, expect, test } from 'vitest'

import { aClient } from '../domain/client.fixture.ts'
import type { Client } from '../domain/client.ts'
import { createClientAssertionVerifier } from './create-client-assertion-verifier.ts'
import { ecKey, forge, hmacWith, rsaKey, signWith, type TestKey } from './forge-jwt.fixture.ts'

const NOW = 1_800_000_000
const ISSUER = 'https://vault.example.com/'
const ec = ecKey('ec')
const rsa = rsaKey('rsa')
const weak = rsaKey('weak', 1024)
const stranger = ecKey('ec')

describe('RV-25: a client assertion', () => {
  test.each<[string, TestKey, string]>([
    ['ES256', ec, 'ES256'],
    ['RS256', rsa, 'RS256'],
    ['PS256', rsa, 'PS256'],
  ])('signed with %s is accepted once', async (_, key, algorithm) => {
    const { verify } = aVerifier()
    const assertion = anAssertion({ key, algorithm })

    expect(await verify(assertion)).toBe(true)
    expect(await verify(assertion)).toBe(false)
  })

  test('is remembered by its jti until it expires, for its client alone', async () => {
    const { verify, uses } = aVerifier()

    await verify(anAssertion({ claims: { jti: 'one', exp: NOW + 60 } }))

    expect(uses).toEqual([
      {
        tenant: 'default',
        scope: 'client:my-agent',
        jti: 'one',
        expiresAt: NOW + 90,
        now: NOW,
      },
    ])
  })

  test('tells which client it claims to be of', () => {
    const { claimedClientId } = aVerifier()

    expect(claimedClientId(anAssertion())).toBe('my-agent')
    expect(claimedClientId('no.jwt')).toBeUndefined()
    expect(claimedClientId(anAssertion({ claims: { sub: 1 } }))).toBeUndefined()
  })

  test.each<[string, Record<string, unknown>]>([
    ['another issuer', { iss: 'other' }],
    ['another subject', { sub: 'other' }],
    ['no subject', { sub: undefined }],
    ['the token endpoint as audience', { aud: `${ISSUER}oauth/token` }],
    ['an array of audiences', { aud: [ISSUER] }],
    ['the issuer without its slash', { aud: ISSUER.slice(0, -1) }],
    ['no audience', { aud: undefined }],
    ['expired', { exp: NOW - 30 }],
    ['no expiry', { exp: undefined }],
    ['an expiry as text', { exp: String(NOW + 60) }],
    ['more than five minutes ahead', { exp: NOW + 331 }],
    ['not yet valid', { nbf: NOW + 31 }],
    ['issued in the future', { iat: NOW + 31 }],
    ['a time of issue as text', { iat: 'now' }],
    ['no jti', { jti: undefined }],
    ['an empty jti', { jti: '' }],
    ['a jti that is a number', { jti: 1 }],
    ['too long a jti', { jti: 'j'.repeat(257) }],
  ])('with %s is refused, and its jti stays unused', async (_, claims) => {
    const { verify, uses } = aVerifier()

    expect(await verify(anAssertion({ claims }))).toBe(false)
    expect(uses).toEqual([])
  })

  test.each<[string, string]>([
    ['a key of someone else', anAssertion({ key: stranger })],
    ['RSA of 1024 bits', anAssertion({ key: weak })],
    ['no algorithm', anAssertion({ header: { alg: 'none' } })],
    [
      'HS256 and the public key',
      forge({ alg: 'HS256', kid: 'ec' }, someClaims(), hmacWith(JSON.stringify(ec.jwk))),
    ],
    ['another kid', anAssertion({ header: { kid: 'other' } })],
    ['no kid where two keys would do', anAssertion({ key: rsa, header: { kid: undefined } })],
    ['the type of a subject token', anAssertion({ header: { typ: 'at+jwt' } })],
    ['an extension', anAssertion({ header: { crit: ['x'] } })],
    ['a key of its own', anAssertion({ key: stranger, header: { jwk: stranger.jwk } })],
    ['no form of a JWT', 'x.y.z'],
  ])('with %s is refused, and its jti stays unused', async (_, assertion) => {
    const { verify, uses } = aVerifier()

    expect(await verify(assertion)).toBe(false)
    expect(uses).toEqual([])
  })

  test('is refused for a client that has a secret', async () => {
    const { verify } = aVerifier()

    expect(
      await verify(anAssertion(), {
        ...anAgent(),
        authentication: { method: 'client_secret', secretHashes: [] },
      }),
    ).toBe(false)
  })

  test('RV-96: fails closed when it cannot be remembered', async () => {
    const verifier = createClientAssertionVerifier({
      issuer: ISSUER,
      tenant: 'default',
      replays: { remember: () => Promise.reject(new Error('disk full')) },
      runtime: { now: () => NOW },
    })

    await expect(verifier.verify({ client: anAgent(), assertion: anAssertion() })).rejects.toThrow(
      'disk full',
    )
  })
})

function someClaims(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    iss: 'my-agent',
    sub: 'my-agent',
    aud: ISSUER,
    iat: NOW,
    exp: NOW + 60,
    jti: crypto.randomUUID(),
    ...overrides,
  }
}

function anAssertion({
  key = ec,
  algorithm = key.jwk.kty === 'RSA' ? 'RS256' : 'ES256',
  header = {},
  claims = {},
}: {
  key?: TestKey
  algorithm?: string
  header?: Readonly<Record<string, unknown>>
  claims?: Readonly<Record<string, unknown>>
} = {}): string {
  return forge(
    { alg: algorithm, kid: key.kid, ...header },
    someClaims(claims),
    signWith(key, algorithm),
  )
}

function anAgent(): Client {
  return aClient({
    authentication: {
      method: 'private_key_jwt',
      keys: [ec, rsa, weak]
        .map((key): Readonly<Record<string, unknown>> => ({ ...key.jwk }))
        .concat([{ ...rsa.jwk, kid: 'rsa-next' }]),
    },
  })
}

function aVerifier() {
  const uses: { jti: string }[] = []
  const verifier = createClientAssertionVerifier({
    issuer: ISSUER,
    tenant: 'default',
    replays: {
      remember: async (use) => {
        const isNew = uses.every(({ jti }) => jti !== use.jti)
        if (isNew) uses.push(use)
        return isNew
      },
    },
    runtime: { now: () => NOW },
  })
  return {
    uses,
    claimedClientId: (assertion: string) => verifier.claimedClientId(assertion),
    verify: (assertion: string, client = anAgent()) => verifier.verify({ client, assertion }),
  }
}
