import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { DpopFault } from '../domain/dpop.ts'
import type { DpopRequest } from '../ports/dpop-verifier.ts'
import type { ReplayStore } from '../ports/replay-store.ts'
import { createDpopVerifier } from './create-dpop-verifier.ts'
import { aProof, holderKey, type ProofOptions, thumbprintOf } from './dpop-proof.fixture.ts'
import { createDpopNonces } from './dpop-nonces.ts'
import { ecKey, edwardsKey, forge, hmacWith, rsaKey, type TestKey } from './forge-jwt.fixture.ts'

const NOW = 1_800_000_000
const URL_OF_TOKEN = 'https://vault.example.com/oauth/token'
const URL_OF_API = 'https://vault.example.com/me/v1/connected-accounts/accounts'
const other = ecKey('other')
const rsa = rsaKey('rsa')
const weak = rsaKey('weak', 1024)
const edwards = edwardsKey('edwards')

describe('RV-95: a DPoP proof', () => {
  test.each<[string, TestKey]>([
    ['ES256', holderKey],
    ['EdDSA', edwards],
    ['Ed25519', edwards],
    ['RS256', rsa],
    ['PS256', rsa],
  ])('signed with %s proves its key', async (algorithm, key) => {
    const { verify } = aVerifier()

    expect(await verify({ key, algorithm })).toMatchObject({ ok: true })
  })

  test('gives the thumbprint of the key that made it', async () => {
    const { verify } = aVerifier()

    expect(await verify()).toEqual({ ok: true, value: { jkt: thumbprintOf(holderKey) } })
  })

  test.each<[string, DpopFault, Partial<ProofOptions>]>([
    ['no type', 'wrong_type', { header: { typ: undefined } }],
    ['the type of another JWT', 'wrong_type', { header: { typ: 'at+jwt' } }],
    ['plain JWT as type', 'wrong_type', { header: { typ: 'JWT' } }],
    ['no key', 'unsuitable_key', { header: { jwk: undefined } }],
    ['a key that is no object', 'unsuitable_key', { header: { jwk: 'x' } }],
    ['a key of another kind', 'unsuitable_key', { header: { jwk: rsa.jwk } }],
    [
      'a private key',
      'unsuitable_key',
      { header: { jwk: holderKey.privateKey.export({ format: 'jwk' }) } },
    ],
    ['an oct key', 'unsuitable_key', { header: { jwk: { kty: 'oct', k: 'AAAA' } } }],
    ['a weak key', 'unsuitable_key', { key: weak, algorithm: 'RS256' }],
    [
      'a key for encryption',
      'unsuitable_key',
      { header: { jwk: { ...holderKey.jwk, use: 'enc' } } },
    ],
    ['the key of somebody else', 'bad_signature', { header: { jwk: other.jwk } }],
    [
      'a point that is on no curve',
      'bad_signature',
      { header: { jwk: { ...holderKey.jwk, x: 'AAAA' } } },
    ],
    ['another method', 'wrong_method', { method: 'GET' }],
    ['the method in lower case', 'wrong_method', { method: 'post' }],
    ['no method', 'wrong_method', { claims: { htm: undefined } }],
    ['another path', 'wrong_url', { url: 'https://vault.example.com/oauth/revoke' }],
    ['another host', 'wrong_url', { url: 'https://evil.example/oauth/token' }],
    ['another scheme', 'wrong_url', { url: 'http://vault.example.com/oauth/token' }],
    ['another port', 'wrong_url', { url: 'https://vault.example.com:8443/oauth/token' }],
    ['a slash more', 'wrong_url', { url: `${URL_OF_TOKEN}/` }],
    ['other case in the path', 'wrong_url', { url: 'https://vault.example.com/OAuth/token' }],
    ['a user in the URL', 'wrong_url', { url: 'https://me@vault.example.com/oauth/token' }],
    ['a path alone', 'wrong_url', { url: '/oauth/token' }],
    ['no URL', 'wrong_url', { claims: { htu: undefined } }],
    ['a list of URLs', 'wrong_url', { claims: { htu: [URL_OF_TOKEN] } }],
    ['a time too long ago', 'not_recent', { at: NOW - 61 }],
    ['a time too far ahead', 'not_recent', { at: NOW + 61 }],
    ['a time as text', 'not_recent', { claims: { iat: String(NOW) } }],
    ['no time', 'not_recent', { claims: { iat: undefined } }],
    ['no jti', 'malformed', { claims: { jti: undefined } }],
    ['an empty jti', 'malformed', { claims: { jti: '' } }],
    ['a jti that is no text', 'malformed', { claims: { jti: 7 } }],
    ['a very long jti', 'malformed', { claims: { jti: 'x'.repeat(257) } }],
    ['an extension', 'malformed', { header: { crit: ['b64'], b64: true } }],
    ['more than is read', 'malformed', { claims: { more: 'x'.repeat(4_000) } }],
  ])('with %s is refused: %s', async (_, why, options) => {
    const { verify, uses } = aVerifier()

    expect(await verify(options)).toEqual({
      ok: false,
      refusal: { reason: 'invalid_dpop_proof', why },
    })
    expect(uses).toEqual([])
  })

  test.each(['none', 'HS256', 'ES384', 'RS1', 'es256'])(
    'that names the algorithm %s is refused',
    async (alg) => {
      const { verifier } = aVerifier()
      const claims = { jti: 'x', htm: 'POST', htu: URL_OF_TOKEN, iat: NOW }
      const secret = JSON.stringify(holderKey.jwk)
      const proof = forge({ typ: 'dpop+jwt', alg, jwk: holderKey.jwk }, claims, hmacWith(secret))

      const answer = await verifier.verify({ proof, method: 'POST', url: URL_OF_TOKEN })

      expect(answer).toMatchObject({ refusal: { why: 'algorithm_not_allowed' } })
    },
  )

  test.each([NOW - 60, NOW, NOW + 60, NOW + 0.5])('of the time %d is recent', async (at) => {
    expect(await aVerifier().verify({ at })).toMatchObject({ ok: true })
  })

  test.each([
    `${URL_OF_TOKEN}?a=b`,
    `${URL_OF_TOKEN}#c`,
    'https://vault.example.com:443/oauth/token',
    'HTTPS://VAULT.example.com/oauth/./token',
  ])('for the same URL in another spelling is accepted: %s', async (url) => {
    expect(await aVerifier().verify({ url })).toMatchObject({ ok: true })
  })

  test.each([undefined, '', 'x', ' ', 'a.b.c'])('that is none is refused: %j', async (proof) => {
    const { verifier } = aVerifier()

    const answer = await verifier.verify({ proof, method: 'POST', url: URL_OF_TOKEN })

    expect(answer).toMatchObject({
      refusal: { why: proof === undefined ? 'missing' : 'malformed' },
    })
  })

  test('beside another one is refused: headers arrive joined', async () => {
    const { verifier, proof } = aVerifier()

    const answer = await verifier.verify({
      proof: `${proof()}, ${proof()}`,
      method: 'POST',
      url: URL_OF_TOKEN,
    })

    expect(answer).toMatchObject({ refusal: { why: 'malformed' } })
  })

  test.each([undefined, '', 'made-up', 7, 'x'.repeat(500)])(
    'with no nonce of ours is asked to carry one: %j',
    async (nonce) => {
      const { verify, uses } = aVerifier()

      expect(await verify({ claims: { nonce } })).toEqual({
        ok: false,
        refusal: { reason: 'use_dpop_nonce' },
      })
      expect(uses).toEqual([])
    },
  )

  describe('at a resource', () => {
    const token = 'an.access.token'
    const confirmation = { jkt: thumbprintOf(holderKey) }
    const call = { method: 'GET', url: URL_OF_API, accessToken: { token, confirmation } }

    test('goes with its access token', async () => {
      const { verify } = aVerifier()

      expect(await verify({ accessToken: token }, call)).toMatchObject({ ok: true })
    })

    test.each<[string, DpopFault, Partial<ProofOptions>]>([
      ['of another token', 'wrong_access_token', { accessToken: 'another' }],
      ['of no token', 'wrong_access_token', {}],
      ['whose token hash is no text', 'wrong_access_token', { claims: { ath: 1 } }],
      ['of another key', 'wrong_key', { accessToken: token, key: other }],
    ])('%s is refused: %s', async (_, why, options) => {
      const { verify, uses } = aVerifier()

      expect(await verify(options, call)).toMatchObject({ refusal: { why } })
      expect(uses).toEqual([])
    })
  })
})

describe('RV-96: a DPoP proof', () => {
  test('is good once', async () => {
    const { verifier, proof } = aVerifier()
    const request = { proof: proof(), method: 'POST', url: URL_OF_TOKEN }

    expect(await verifier.verify(request)).toMatchObject({ ok: true })
    expect(await verifier.verify(request)).toMatchObject({ refusal: { why: 'replayed' } })
  })

  test('presented many times at once is good once', async () => {
    const { verifier, proof } = aVerifier()
    const request = { proof: proof(), method: 'POST', url: URL_OF_TOKEN }

    const answers = await Promise.all(Array.from({ length: 20 }, () => verifier.verify(request)))

    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
  })

  test('is remembered by key, for as long as it could be recent', async () => {
    const { verify, uses } = aVerifier()

    await verify({ claims: { jti: 'one' }, at: NOW + 30 })
    await verify({ claims: { jti: 'one' }, key: other })

    expect(uses).toEqual([
      {
        tenant: 'default',
        scope: `dpop:${thumbprintOf(holderKey)}`,
        jti: 'one',
        expiresAt: NOW + 90,
        now: NOW,
      },
      expect.objectContaining({ scope: `dpop:${thumbprintOf(other)}`, jti: 'one' }),
    ])
  })

  test('is refused, by an error, while the replay store is down', async () => {
    const { verify } = aVerifier({
      remember: async () => {
        throw new Error('down')
      },
    })

    await expect(verify()).rejects.toThrow('down')
  })
})

test('RV-95: no text is a proof, and none makes the verifier throw', async () => {
  const { verifier, proof } = aVerifier()
  const real = proof()
  const nearly = fc
    .tuple(fc.nat({ max: real.length - 1 }), fc.constantFrom('A', 'b', '0', '.', ''))
    .map(([at, character]) => real.slice(0, at) + character + real.slice(at + 1))
    .filter((text) => text !== real)

  await fc.assert(
    fc.asyncProperty(fc.oneof(nearly, fc.string({ unit: 'binary' })), async (text) => {
      const answer = await verifier.verify({ proof: text, method: 'POST', url: URL_OF_TOKEN })

      expect(answer).toMatchObject({ ok: false, refusal: { reason: 'invalid_dpop_proof' } })
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 300) },
  )
})

function aVerifier(overrides: Partial<ReplayStore> = {}) {
  const runtime = { now: () => NOW }
  const nonces = createDpopNonces({ secret: new Uint8Array(32).fill(7), runtime })
  const uses: Parameters<ReplayStore['remember']>[0][] = []
  const seen = new Set<string>()
  const replays: ReplayStore = {
    remember: async (use) => {
      uses.push(use)
      const name = JSON.stringify([use.scope, use.jti])
      const isFirst = !seen.has(name)
      seen.add(name)
      return isFirst
    },
    ...overrides,
  }
  const verifier = createDpopVerifier({ tenant: 'default', nonces, replays, runtime })
  const proof = (options: Partial<ProofOptions> = {}): string =>
    aProof({ url: URL_OF_TOKEN, at: NOW, nonce: nonces.next(), ...options })
  return {
    verifier,
    uses,
    proof,
    verify: async (
      options: Partial<ProofOptions> = {},
      { method, url, accessToken }: Omit<DpopRequest, 'proof'> = {
        method: 'POST',
        url: URL_OF_TOKEN,
      },
    ) =>
      verifier.verify({
        proof: proof({ ...(accessToken && { method, url }), ...options }),
        method,
        url,
        accessToken,
      }),
  }
}
