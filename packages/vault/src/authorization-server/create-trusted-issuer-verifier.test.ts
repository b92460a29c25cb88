import { Buffer } from 'node:buffer'
import { sign } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { aClient } from '../domain/client.fixture.ts'
import type { Client } from '../domain/client.ts'
import type { SubjectRefusal } from '../domain/subject.ts'
import type { OutboundAnswer, OutboundRequest } from '../ports/outbound-fetch.ts'
import { createTrustedIssuerVerifier } from './create-trusted-issuer-verifier.ts'
import {
  ecKey,
  edwardsKey,
  encodePart,
  forge,
  hmacWith,
  type Part,
  rsaKey,
  signWith,
  type TestKey,
} from './forge-jwt.fixture.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

const NOW = 1_800_000_000
const ISSUER = 'https://login.example.com/'
const OTHER_ISSUER = 'https://other.example.com/'
const VAULT = 'https://vault.example.com/'
const JWKS_URI = 'https://login.example.com/jwks.json'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token'

const rsa = rsaKey('rsa')
const ec = ecKey('ec')
const edwards = edwardsKey('ed')
const weak = rsaKey('weak', 1024)
const attacker = ecKey('attacker')
const attackerRsa = rsaKey('rsa')
const encryption = rsaKey('encryption')

const KEYS: readonly unknown[] = [
  rsa.jwk,
  { ...rsa.jwk, kid: 'rsa-next' },
  ec.jwk,
  edwards.jwk,
  weak.jwk,
  { ...encryption.jwk, use: 'enc' },
  { ...ec.jwk, kid: 'key-ops', key_ops: ['encrypt'] },
  { ...rsa.jwk, kid: 'rs512-only', alg: 'RS512' },
  { kty: 'oct', k: Buffer.from('secret').toString('base64url'), kid: 'shared' },
  { kty: 'RSA', kid: 'broken', n: 'AQAB' },
  null,
  'a key',
]

describe('a subject token', () => {
  test.each<[string, TestKey, string]>([
    ['RS256', rsa, 'RS256'],
    ['PS256', rsa, 'PS256'],
    ['ES256', ec, 'ES256'],
    ['EdDSA', edwards, 'EdDSA'],
  ])('signed with %s is accepted', async (_, key, algorithm) => {
    const world = aVerifier()

    const result = await world.verify(aToken({ key, algorithm }))

    expect(result).toEqual({
      ok: true,
      value: {
        kind: 'trusted_issuer',
        identity: { issuer: ISSUER, subject: 'alice' },
        expiresAt: NOW + 600,
      },
    })
  })

  test.each<[string, Partial<TokenOptions>, Partial<VerifyOptions>]>([
    ['with the type at+jwt', { header: { typ: 'at+jwt' } }, { tokenType: ACCESS_TOKEN }],
    ['with the type application/at+jwt', { header: { typ: 'application/at+jwt' } }, {}],
    ['without type', { header: { typ: undefined } }, {}],
    ['whose audience is one of several', { claims: { aud: ['x', VAULT] } }, {}],
    ['just expired, within the clock skew', { claims: { exp: NOW - 29 } }, {}],
    ['issued just now by a clock ahead', { claims: { iat: NOW + 29, nbf: NOW + 29 } }, {}],
  ])('%s is accepted', async (_, token, options) => {
    const result = await aVerifier().verify(aToken(token), options)

    expect(result.ok).toBe(true)
  })

  test('RV-41: names who may act and who acted, outermost first, and nothing else of them', async () => {
    const claims = {
      may_act: { sub: 'my-agent', iss: VAULT },
      act: { sub: 'outer', exp: 5, act: { sub: 'inner', iss: ISSUER } },
    }

    expect(await aVerifier().verify(aToken({ claims }))).toEqual({
      ok: true,
      value: {
        kind: 'trusted_issuer',
        identity: { issuer: ISSUER, subject: 'alice' },
        expiresAt: NOW + 600,
        mayAct: { subject: 'my-agent', issuer: VAULT },
        actor: { subject: 'outer', actor: { subject: 'inner', issuer: ISSUER } },
      },
    })
  })
})

describe('T24, RV-38: a forged subject token is refused: its algorithm', () => {
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  test.each<[string, string, SubjectRefusal['reason']]>([
    ['none without signature', aToken({ header: { alg: 'none' }, signature: '' }), 'malformed'],
    ['none with a signature', aToken({ header: { alg: 'none' } }), 'algorithm_not_allowed'],
    ['None, in another case', aToken({ header: { alg: 'NoNe' } }), 'algorithm_not_allowed'],
    ['rs256, in another case', aToken({ header: { alg: 'rs256' } }), 'algorithm_not_allowed'],
    [
      'HS256 keyed with the public key as PEM',
      forge(aHeader({ alg: 'HS256', kid: 'rsa' }), someClaims(), hmacWith(pem)),
      'algorithm_not_allowed',
    ],
    [
      'HS256 keyed with the public key as JWK',
      forge(aHeader({ alg: 'HS256', kid: 'rsa' }), someClaims(), hmacWith(JSON.stringify(rsa.jwk))),
      'algorithm_not_allowed',
    ],
    [
      'HS256 keyed with the modulus',
      forge(
        aHeader({ alg: 'HS256', kid: 'rsa' }),
        someClaims(),
        hmacWith(Buffer.from(String(rsa.jwk.n), 'base64url')),
      ),
      'algorithm_not_allowed',
    ],
    [
      'HS256 keyed with nothing',
      forge(aHeader({ alg: 'HS256' }), someClaims(), hmacWith('')),
      'algorithm_not_allowed',
    ],
    [
      'HS256 keyed with a shared key of the set',
      forge(aHeader({ alg: 'HS256', kid: 'shared' }), someClaims(), hmacWith('secret')),
      'algorithm_not_allowed',
    ],
    [
      'one that the issuer is not allowed',
      aToken({ key: rsa, algorithm: 'RS384' }),
      'algorithm_not_allowed',
    ],
    ['missing', aToken({ header: { alg: undefined } }), 'malformed'],
    ['a number', aToken({ header: { alg: 256 } }), 'malformed'],
    ['a list', aToken({ header: { alg: ['ES256'] } }), 'malformed'],
  ])('%s', async (_, token, reason) => {
    expect(await aVerifier().verify(token)).toMatchObject({ ok: false, refusal: { reason } })
  })
})

describe('T24, RV-35, RV-38: a forged subject token is refused: its key', () => {
  test.each<[string, string, SubjectRefusal['reason']]>([
    ['another RSA key under the same kid', aToken({ key: attackerRsa }), 'bad_signature'],
    [
      'a key of another kind than the algorithm',
      aToken({ key: ec, header: { kid: 'rsa' } }),
      'unknown_key',
    ],
    [
      'PS256 shown as RS256',
      forge(aHeader({ alg: 'RS256', kid: 'rsa' }), someClaims(), signWith(rsa, 'PS256')),
      'bad_signature',
    ],
    ['unknown', aToken({ key: attacker }), 'unknown_key'],
    [
      'offered in the header (jwk)',
      aToken({ key: attacker, header: { jwk: attacker.jwk, kid: 'ec' } }),
      'bad_signature',
    ],
    [
      'offered in the header (jwk), without kid',
      aToken({ key: attacker, header: { jwk: attacker.jwk, kid: undefined } }),
      'bad_signature',
    ],
    [
      'behind an address in the header (jku)',
      aToken({ key: attacker, header: { jku: 'https://evil.example.com/jwks.json' } }),
      'unknown_key',
    ],
    [
      'behind an address in the header (x5u)',
      aToken({ key: attacker, header: { x5u: 'https://evil.example.com/cert.pem' } }),
      'unknown_key',
    ],
    [
      'in a certificate in the header (x5c)',
      aToken({ key: attacker, header: { x5c: ['MIIB'] } }),
      'unknown_key',
    ],
    ['a path', aToken({ header: { kid: '../../../../dev/null' } }), 'unknown_key'],
    ['an SQL injection', aToken({ header: { kid: "ec' or '1'='1" } }), 'unknown_key'],
    ['an address', aToken({ header: { kid: 'https://evil.example.com/' } }), 'unknown_key'],
    ['a name of every object', aToken({ header: { kid: '__proto__' } }), 'unknown_key'],
    ['no text', aToken({ header: { kid: 1 } }), 'malformed'],
    ['too long a name', aToken({ header: { kid: 'k'.repeat(513) } }), 'malformed'],
    [
      'not named, where several would do',
      aToken({ key: rsa, header: { kid: undefined } }),
      'unknown_key',
    ],
    ['RSA of 1024 bits', aToken({ key: weak }), 'unknown_key'],
    ['for encryption', aToken({ key: encryption }), 'unknown_key'],
    ['not for verifying', aToken({ key: ec, header: { kid: 'key-ops' } }), 'unknown_key'],
    ['for another algorithm', aToken({ key: rsa, header: { kid: 'rs512-only' } }), 'unknown_key'],
    ['incomplete', aToken({ key: rsa, header: { kid: 'broken' } }), 'unknown_key'],
  ])('%s', async (_, token, reason) => {
    const world = aVerifier()

    expect(await world.verify(token)).toMatchObject({ ok: false, refusal: { reason } })
    expect(new Set(world.requests.map(({ url }) => url))).toEqual(
      new Set(reason === 'malformed' ? [] : [JWKS_URI]),
    )
  })
})

describe('T24, RV-38: a forged subject token is refused: its signature', () => {
  const good = aToken()
  const [header = '', payload = '', signature = ''] = good.split('.')
  test.each<[string, string, SubjectRefusal['reason']]>([
    [
      'of other claims',
      `${header}.${encodePart(someClaims({ sub: 'bob' }))}.${signature}`,
      'bad_signature',
    ],
    [
      'of another header',
      `${encodePart(aHeader({ x: 1 }))}.${payload}.${signature}`,
      'bad_signature',
    ],
    ['cut short', `${header}.${payload}.${signature.slice(0, 40)}`, 'bad_signature'],
    ['of zeros', `${header}.${payload}.${'A'.repeat(86)}`, 'bad_signature'],
    [
      'in DER',
      forge(aHeader(), someClaims(), (input) => sign('sha256', Buffer.from(input), ec.privateKey)),
      'bad_signature',
    ],
    ['missing', `${header}.${payload}.`, 'malformed'],
    ['with a bit set that means nothing', `${good.slice(0, -1)}${nextLetter(good)}`, 'malformed'],
  ])('%s', async (_, token, reason) => {
    expect(await aVerifier().verify(token)).toMatchObject({ ok: false, refusal: { reason } })
  })
})

describe('T24, RV-38: a forged subject token is refused: its form', () => {
  const claims = JSON.stringify(someClaims())
  const [header = '', payload = '', signature = ''] = aToken().split('.')
  test.each<[string, string]>([
    ['empty', ''],
    ['no token', 'hello'],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${header}.${payload}.${signature}.x`],
    ['five parts: encrypted', `${header}.${payload}.${signature}.x.y`],
    ['JSON, flattened', JSON.stringify({ protected: header, payload, signature })],
    ['JSON, general', JSON.stringify({ payload, signatures: [{ protected: header, signature }] })],
    ['padded', `${header}=.${payload}.${signature}`],
    ['the other alphabet', `${header}.${payload}.${signature.slice(0, -1)}+`],
    ['white space before it', ` ${header}.${payload}.${signature}`],
    ['a line break after it', `${header}.${payload}.${signature}\n`],
    [
      'a line break within it',
      `${header}.${payload.slice(0, 8)}\n${payload.slice(8)}.${signature}`,
    ],
    ['too long', aToken({ claims: { filler: 'x'.repeat(16_000) } })],
    ['an extension that must be understood', aToken({ header: { crit: ['exp'] } })],
    ['an empty list of extensions', aToken({ header: { crit: [] } })],
    ['an unencoded payload', aToken({ header: { b64: false, crit: ['b64'] } })],
    ['b64 alone', aToken({ header: { b64: true } })],
    ['a token within the token', aToken({ header: { cty: 'JWT' } })],
    ['a type that is no text', aToken({ header: { typ: 1 } })],
    ['two alg', aToken({ rawHeader: '{"alg":"none","alg":"ES256","kid":"ec"}' })],
    ['two sub', aToken({ rawClaims: claims.replace('{', '{"sub":"bob",') })],
    [
      'two aud, one written with an escape',
      aToken({ rawClaims: claims.replace('{', '{"\\u0061ud":"x",') }),
    ],
    [
      'two members in a nested object',
      aToken({ rawClaims: claims.replace('{', '{"act":{"sub":"a","sub":"b"},') }),
    ],
    ['claims that are a list', aToken({ rawClaims: '[]' })],
    ['claims that are a text', aToken({ rawClaims: '"alice"' })],
    ['claims that are null', aToken({ rawClaims: 'null' })],
    ['claims that are no JSON', aToken({ rawClaims: '{sub:alice}' })],
    ['a header that is no object', aToken({ rawHeader: '"ES256"' })],
    ['claims that begin with a byte order mark', aToken({ rawClaims: `\ufeff${claims}` })],
    ['claims that are no UTF-8', aToken({ rawClaims: Uint8Array.of(0x7b, 0xff, 0x7d) })],
  ])('%s', async (_, token) => {
    const world = aVerifier()

    expect(await world.verify(token)).toEqual({ ok: false, refusal: { reason: 'malformed' } })
    expect(world.requests).toEqual([])
  })
})

describe('T24, RV-35: a forged subject token is refused: its claims', () => {
  test.each<[string, Record<string, unknown>, SubjectRefusal['reason']]>([
    ['an issuer nobody trusts', { iss: 'https://evil.example.com/' }, 'unknown_issuer'],
    ['an issuer without its slash', { iss: ISSUER.slice(0, -1) }, 'unknown_issuer'],
    ['an issuer in another case', { iss: ISSUER.toUpperCase() }, 'unknown_issuer'],
    ['an issuer with more behind it', { iss: `${ISSUER}?x` }, 'unknown_issuer'],
    ['a list of issuers', { iss: [ISSUER] }, 'unknown_issuer'],
    ['no issuer', { iss: undefined }, 'unknown_issuer'],
    ['an issuer of another client', { iss: OTHER_ISSUER }, 'issuer_not_allowed_for_client'],
    ['another audience', { aud: 'https://api.example.com/' }, 'wrong_audience'],
    ['an audience that begins alike', { aud: `${VAULT}me/` }, 'wrong_audience'],
    ['no audience', { aud: undefined }, 'missing_claim'],
    ['an empty audience', { aud: '' }, 'wrong_audience'],
    ['an empty list of audiences', { aud: [] }, 'wrong_audience'],
    ['an audience within a list within a list', { aud: [[VAULT]] }, 'wrong_audience'],
    ['an audience beside something else', { aud: [VAULT, 1] }, 'wrong_audience'],
    ['an audience that is an object', { aud: { [VAULT]: true } }, 'wrong_audience'],
    ['expired', { exp: NOW - 30 }, 'expired'],
    ['no expiry', { exp: undefined }, 'missing_claim'],
    ['an expiry as text', { exp: String(NOW + 600) }, 'missing_claim'],
    ['an expiry without end', { exp: Number.MAX_VALUE }, 'missing_claim'],
    ['a negative expiry', { exp: -1 }, 'missing_claim'],
    ['not yet valid', { nbf: NOW + 31 }, 'not_yet_valid'],
    ['a start as text', { nbf: 'now' }, 'malformed'],
    ['issued in the future', { iat: NOW + 31 }, 'not_yet_valid'],
    ['no time of issue', { iat: undefined }, 'missing_claim'],
    ['no subject', { sub: undefined }, 'missing_claim'],
    ['an empty subject', { sub: '' }, 'malformed'],
    ['a subject that is a number', { sub: 1 }, 'malformed'],
    ['a subject that is a list', { sub: ['alice'] }, 'malformed'],
    ['too long a subject', { sub: 'a'.repeat(1_025) }, 'malformed'],
    ['a machine for a user (client_id)', { sub: 'robot', client_id: 'robot' }, 'not_a_user'],
    ['a machine for a user (azp)', { sub: 'robot', azp: 'robot' }, 'not_a_user'],
    ['a machine for a user (gty)', { sub: 'a@clients', gty: 'client-credentials' }, 'not_a_user'],
    ['a machine for a user (idtyp)', { idtyp: 'app' }, 'not_a_user'],
    ['an ID token for an access token (nonce)', { nonce: 'n' }, 'wrong_type'],
    ['an ID token for an access token (at_hash)', { at_hash: 'h' }, 'wrong_type'],
    ['an ID token for an access token (token_use)', { token_use: 'id' }, 'wrong_type'],
    ['an ID token for an access token (typ)', { typ: 'ID' }, 'wrong_type'],
    [
      'a logout token (OpenID Connect Back-Channel Logout section 2.4)',
      { sid: 's', events: { 'http://schemas.openid.net/event/backchannel-logout': {} } },
      'wrong_type',
    ],
    ['any other security event (RFC 8417)', { events: null }, 'wrong_type'],
    ['may_act as text', { may_act: 'my-agent' }, 'malformed'],
    ['may_act without subject', { may_act: { iss: ISSUER } }, 'malformed'],
    ['act as text', { act: 'agent' }, 'malformed'],
    ['act without subject', { act: {} }, 'malformed'],
    ['a chain of six actors', { act: aChain(6) }, 'malformed'],
  ])('%s', async (_, claims, reason) => {
    expect(await aVerifier().verify(aToken({ claims }))).toMatchObject({
      ok: false,
      refusal: { reason },
    })
  })

  test.each([
    'logout+jwt',
    'dpop+jwt',
    'token-vault-req+jwt',
    'oauth-id-jag+jwt',
    'secevent+jwt',
    '',
  ])('the type %j, which is for something else', async (typ) => {
    expect(await aVerifier().verify(aToken({ header: { typ } }))).toMatchObject({
      refusal: { reason: 'wrong_type' },
    })
  })

  test.each([
    'urn:ietf:params:oauth:token-type:refresh_token',
    'urn:ietf:params:oauth:token-type:saml2',
    '',
    'jwt',
  ])('the declared token type %j', async (tokenType) => {
    expect(await aVerifier().verify(aToken(), { tokenType })).toEqual({
      ok: false,
      refusal: { reason: 'unsupported_token_type' },
    })
  })
})

describe('RV-35: settings of an issuer', () => {
  test('a pinned type is the only one', async () => {
    const world = aVerifier({ issuer: { types: ['at+jwt'] } })

    expect((await world.verify(aToken({ header: { typ: 'AT+JWT' } }))).ok).toBe(true)
    expect((await world.verify(aToken({ header: { typ: 'JWT' } }))).ok).toBe(false)
    expect((await world.verify(aToken({ header: { typ: undefined } }))).ok).toBe(false)
  })

  test('tokens issued too long ago are refused, however long they live', async () => {
    const world = aVerifier({ issuer: { maxAgeSeconds: 60 } })
    const claims = { iat: NOW - 91 }

    expect(await world.verify(aToken({ claims }))).toMatchObject({ refusal: { reason: 'too_old' } })
    expect((await world.verify(aToken({ claims: { iat: NOW - 90 } }))).ok).toBe(true)
  })

  test('its own audience takes the place of the vault', async () => {
    const world = aVerifier({ issuer: { audience: ['app'] } })

    expect((await world.verify(aToken({ claims: { aud: 'app' } }))).ok).toBe(true)
    expect((await world.verify(aToken())).ok).toBe(false)
    expect((await world.verify(aToken({ claims: { aud: undefined, azp: 'x' } }))).ok).toBe(false)
  })

  test('R1: a token without audience needs an azp that the client lists', async () => {
    const world = aVerifier({ azp: ['https://app.example.com'] })
    const token = (claims: object): string => aToken({ claims: { aud: undefined, ...claims } })

    expect((await world.verify(token({ azp: 'https://app.example.com' }))).ok).toBe(true)
    expect(await world.verify(token({}))).toMatchObject({
      refusal: { reason: 'missing_claim', claim: 'azp' },
    })
    expect(await world.verify(token({ azp: 'https://evil.example.com' }))).toMatchObject({
      refusal: { reason: 'wrong_authorized_party' },
    })
    expect(await world.verify(token({ azp: ['https://app.example.com'] }))).toMatchObject({
      refusal: { reason: 'wrong_authorized_party' },
    })
    expect(
      await world.verify(token({ azp: 'https://app.example.com', aud: 'someone-else' })),
    ).toMatchObject({ refusal: { reason: 'wrong_audience' } })
  })

  test('client_id says the same where a token has no azp (RFC 9068), as Cognito has it; never against an azp', async () => {
    const world = aVerifier({ azp: ['app'] })
    const token = (claims: object): string => aToken({ claims: { aud: undefined, ...claims } })

    expect((await world.verify(token({ client_id: 'app', token_use: 'access' }))).ok).toBe(true)
    for (const claims of [
      { client_id: 'other' },
      { client_id: ['app'] },
      { client_id: 'app', azp: 'other' },
      { client_id: 'app', azp: null },
    ]) {
      expect(await world.verify(token(claims))).toMatchObject({
        refusal: { reason: 'wrong_authorized_party' },
      })
    }
    const machine = token({ client_id: 'app', sub: 'app' })
    expect(await world.verify(machine)).toMatchObject({ refusal: { reason: 'not_a_user' } })
  })

  test('ID tokens count only where the operator says so, and under their own name', async () => {
    const idToken = aToken({ claims: { nonce: 'n' } })
    const refusing = aVerifier()
    const accepting = aVerifier({ issuer: { idTokens: 'accept' } })

    expect((await refusing.verify(idToken, { tokenType: ID_TOKEN })).ok).toBe(false)
    expect((await accepting.verify(idToken, { tokenType: ID_TOKEN })).ok).toBe(true)
    expect((await accepting.verify(idToken, { tokenType: JWT })).ok).toBe(true)
    expect((await accepting.verify(idToken, { tokenType: ACCESS_TOKEN })).ok).toBe(false)
    const accessToken = aToken({ header: { typ: 'at+jwt' } })
    expect((await accepting.verify(accessToken, { tokenType: ID_TOKEN })).ok).toBe(false)
  })

  test('an actor may be a machine', async () => {
    const token = aToken({ claims: { sub: 'robot', client_id: 'robot' } })

    expect((await aVerifier().verify(token, { role: 'actor' })).ok).toBe(true)
  })

  test.each<Partial<TrustedIssuer>>([
    { algorithms: ['HS256'] },
    { algorithms: ['none'] },
    { algorithms: [] },
    { audience: [] },
    { audience: [''] },
    { clockSkewSeconds: 61 },
    { clockSkewSeconds: -1 },
    { clockSkewSeconds: Number.NaN },
    { maxAgeSeconds: 0 },
  ])('%j are refused at the start', (issuer) => {
    expect(() => aVerifier({ issuer })).toThrow(TypeError)
  })

  test('an issuer listed twice is refused at the start', () => {
    const issuer = { issuer: ISSUER, jwksUri: JWKS_URI }
    const options = { outboundFetch: anyFetch, runtime: { now: () => NOW }, vaultIssuer: VAULT }

    expect(() => createTrustedIssuerVerifier({ ...options, issuers: [issuer, issuer] })).toThrow(
      TypeError,
    )
  })
})

describe('RV-35, RV-38: the keys of an issuer', () => {
  test('are fetched once for many tokens, and from the pinned address only', async () => {
    const world = aVerifier()

    await Promise.all([
      world.verify(aToken()),
      world.verify(aToken({ key: rsa })),
      world.verify(aToken({ claims: { sub: 'bob' } })),
    ])

    expect(world.requests).toEqual([
      expect.objectContaining({ url: JWKS_URI, method: 'GET', maxBytes: 256 * 1024 }),
    ])
  })

  test('an unknown kid makes the vault ask again, once in 30 seconds', async () => {
    const world = aVerifier()
    const added = ecKey('added')
    const token = (): string => aToken({ key: added, claims: { jti: crypto.randomUUID() } })
    await world.verify(aToken())

    expect(await world.verify(token())).toMatchObject({ refusal: { reason: 'unknown_key' } })
    expect(world.requests).toHaveLength(1)
    world.advance(30)
    expect(await world.verify(token())).toMatchObject({ refusal: { reason: 'unknown_key' } })
    await Promise.all(Array.from({ length: 20 }, () => world.verify(token())))
    expect(world.requests).toHaveLength(2)

    world.serve({ keys: [...KEYS, added.jwk] })
    world.advance(30)
    expect((await world.verify(token())).ok).toBe(true)
    expect(world.requests).toHaveLength(3)
  })

  test('are asked for again after ten minutes, so that a withdrawn one stops counting', async () => {
    const world = aVerifier()
    await world.verify(aToken())
    world.serve({ keys: [rsa.jwk] })

    world.advance(599)
    expect((await world.verify(aToken({ claims: { exp: NOW + 9_999 } }))).ok).toBe(true)
    world.advance(1)
    expect((await world.verify(aToken({ claims: { exp: NOW + 9_998 } }))).ok).toBe(false)
  })

  test('are used a while longer when the issuer does not answer, and not for ever', async () => {
    const world = aVerifier()
    const token = (): string => aToken({ claims: { exp: NOW + 99_999, jti: crypto.randomUUID() } })
    await world.verify(token())
    world.fail({ ok: false, code: 'timeout', sent: true })

    world.advance(700)
    expect((await world.verify(token())).ok).toBe(true)
    world.advance(3_499)
    expect((await world.verify(token())).ok).toBe(true)
    world.advance(2)
    expect(await world.verify(token())).toEqual({
      ok: false,
      refusal: { reason: 'keys_unavailable', issuer: ISSUER, cause: 'timeout' },
    })
  })

  test('a key that may have been added while the issuer cannot be asked is no verdict', async () => {
    const world = aVerifier()
    await world.verify(aToken())
    world.fail({ ok: false, code: 'connect_failed', sent: false })
    world.advance(31)

    expect(await world.verify(aToken({ key: ecKey('new') }))).toEqual({
      ok: false,
      refusal: { reason: 'keys_unavailable', issuer: ISSUER, cause: 'connect_failed' },
    })
  })

  const empty = new Headers()
  test.each<[string, string, OutboundAnswer]>([
    ['a timeout', 'timeout', { ok: false, code: 'timeout', sent: true }],
    ['more than 256 KiB', 'too_large', { ok: false, code: 'too_large', sent: true }],
    ['a redirect', 'redirect', { ok: false, code: 'redirect', sent: true }],
    [
      '500',
      'http_500',
      { ok: true, status: 500, headers: empty, body: JSON.stringify({ keys: KEYS }) },
    ],
    ['HTML', 'not_a_key_set', { ok: true, status: 200, headers: empty, body: '<html>' }],
    ['a list', 'not_a_key_set', { ok: true, status: 200, headers: empty, body: '[]' }],
    ['no keys', 'not_a_key_set', { ok: true, status: 200, headers: empty, body: '{}' }],
    [
      'two lists of keys',
      'not_a_key_set',
      { ok: true, status: 200, headers: empty, body: '{"keys":[],"keys":[]}' },
    ],
    [
      'more than 100 keys',
      'not_a_key_set',
      {
        ok: true,
        status: 200,
        headers: empty,
        body: JSON.stringify({ keys: Array.from({ length: 101 }, () => ec.jwk) }),
      },
    ],
  ])('%s is the trouble of the vault, not of the user', async (_, expected, answer) => {
    const world = aVerifier()
    world.fail(answer)

    for (let i = 0; i < 10; i++) {
      expect(await world.verify(aToken())).toEqual({
        ok: false,
        refusal: { reason: 'keys_unavailable', issuer: ISSUER, cause: expected },
      })
    }
    expect(world.requests).toHaveLength(1)
    world.serve({ keys: KEYS })
    world.advance(5)
    expect((await world.verify(aToken())).ok).toBe(true)
  })

  test('are not fetched for a client that may not present the issuer', async () => {
    const world = aVerifier()

    await world.verify(aToken({ claims: { iss: OTHER_ISSUER } }))

    expect(world.requests).toEqual([])
  })
})

describe('R23: a token that was seen before', () => {
  test('is held to its expiry each time', async () => {
    const world = aVerifier()
    const token = aToken({ claims: { exp: NOW + 10 } })
    expect((await world.verify(token)).ok).toBe(true)

    world.advance(40)

    expect(await world.verify(token)).toMatchObject({ refusal: { reason: 'expired' } })
  })

  test('is held to the client each time', async () => {
    const world = aVerifier()
    const token = aToken()
    await world.verify(token)

    expect(await world.verify(token, { client: anAgent({ subjects: [] }) })).toMatchObject({
      refusal: { reason: 'issuer_not_allowed_for_client' },
    })
    expect(
      await world.verify(token, {
        client: anAgent({ subjects: [{ issuer: ISSUER, azp: ['x'] }] }),
      }),
    ).toMatchObject({ refusal: { reason: 'missing_claim', claim: 'azp' } })
  })

  test('is held to its declared type each time', async () => {
    const world = aVerifier()
    const token = aToken()
    await world.verify(token)

    expect((await world.verify(token, { tokenType: ID_TOKEN })).ok).toBe(false)
  })

  test('is verified anew after a minute', async () => {
    const world = aVerifier()
    const token = aToken({ claims: { exp: NOW + 9_999 } })
    world.advance(-590)
    await world.verify(aToken({ key: rsa, claims: { iat: NOW - 600 } }))
    world.advance(589)
    expect((await world.verify(token)).ok).toBe(true)
    world.serve({ keys: [rsa.jwk] })

    world.advance(59)
    expect((await world.verify(token)).ok).toBe(true)
    world.advance(1)
    expect((await world.verify(token)).ok).toBe(false)
  })

  test('a bad signature is not remembered, nor taken for another', async () => {
    const world = aVerifier()
    const good = aToken()
    const bad = `${good.slice(0, good.lastIndexOf('.'))}.${'A'.repeat(86)}`

    expect((await world.verify(good)).ok).toBe(true)
    expect((await world.verify(bad)).ok).toBe(false)
    expect((await world.verify(good)).ok).toBe(true)
  })
})

interface TokenOptions {
  readonly key: TestKey
  readonly algorithm: string
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly rawHeader: Part
  readonly rawClaims: Part
  readonly signature: string
}

interface VerifyOptions {
  readonly client: Client
  readonly tokenType: string
  readonly role: 'subject' | 'actor'
}

function aHeader(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { alg: 'ES256', kid: 'ec', typ: 'JWT', ...overrides }
}

function someClaims(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { iss: ISSUER, sub: 'alice', aud: VAULT, iat: NOW, exp: NOW + 600, ...overrides }
}

function aToken(options: Partial<TokenOptions> = {}): string {
  const { key = ec, header, claims, rawHeader, rawClaims, signature } = options
  const algorithm = options.algorithm ?? DEFAULT_ALGORITHMS[key.jwk.kty ?? ''] ?? ''
  const token = forge(
    rawHeader ?? aHeader({ alg: algorithm, kid: key.kid, ...header }),
    rawClaims ?? someClaims(claims),
    signWith(key, algorithm),
  )
  return signature === undefined ? token : token.slice(0, token.lastIndexOf('.') + 1) + signature
}

const DEFAULT_ALGORITHMS: Readonly<Record<string, string>> = {
  RSA: 'RS256',
  EC: 'ES256',
  OKP: 'EdDSA',
}

function aChain(length: number): object {
  return length === 1 ? { sub: 'agent' } : { sub: 'agent', act: aChain(length - 1) }
}

/** The same value with another unused bit: a decoder that is not strict would take both for one. */
function nextLetter(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet.charAt(alphabet.indexOf(token.charAt(token.length - 1)) + 1)
}

function anAgent(overrides: Partial<Client> = {}): Client {
  return aClient({ subjects: [{ issuer: ISSUER }], ...overrides })
}

async function anyFetch(): Promise<OutboundAnswer> {
  return { ok: false, code: 'not_sent', sent: false }
}

function aVerifier({
  issuer = {},
  azp,
}: { issuer?: Partial<TrustedIssuer>; azp?: readonly string[] } = {}) {
  const requests: OutboundRequest[] = []
  let offset = 0
  let answer: OutboundAnswer
  const serve = (set: unknown): void => {
    answer = { ok: true, status: 200, headers: new Headers(), body: JSON.stringify(set) }
  }
  serve({ keys: KEYS })
  const verifier = createTrustedIssuerVerifier({
    issuers: [
      { issuer: ISSUER, jwksUri: JWKS_URI, ...issuer },
      { issuer: OTHER_ISSUER, jwksUri: 'https://other.example.com/jwks.json' },
    ],
    outboundFetch: async (request) => {
      requests.push(request)
      return answer
    },
    runtime: { now: () => NOW + offset },
    vaultIssuer: VAULT,
  })
  const client = anAgent({ subjects: [{ issuer: ISSUER, azp }] })
  return {
    requests,
    serve,
    fail: (failure: OutboundAnswer) => {
      answer = failure
    },
    advance: (seconds: number) => {
      offset += seconds
    },
    verify: (token: string, options: Partial<VerifyOptions> = {}) =>
      verifier.verify({ client, tokenType: JWT, token, ...options }),
  }
}
