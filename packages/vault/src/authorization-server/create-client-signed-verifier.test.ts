import { describe, expect, test } from 'vitest'

import { aClient } from '../domain/client.fixture.ts'
import type { Client } from '../domain/client.ts'
import type { SubjectRefusal } from '../domain/subject.ts'
import { createClientSignedVerifier } from './create-client-signed-verifier.ts'
import { ecKey, forge, hmacWith, rsaKey, signWith, type TestKey } from './forge-jwt.fixture.ts'
import { ACCESS_TOKEN_TYPE, ID_TOKEN_TYPE, JWT_TYPE } from './token-types.ts'

const NOW = 1_800_000_000
const VAULT = 'https://vault.example.com/'
const APP = 'https://app.example.com/'

const ec = ecKey('ec')
const rsa = rsaKey('rsa')
const stranger = ecKey('ec')

describe('a subject that the client signs for', () => {
  test('R2: names a user of the app', async () => {
    const { verify } = aVerifier()

    for (const key of [ec, rsa]) {
      expect(await verify(aToken({ key, claims: { jti: key.kid } }))).toEqual({
        ok: true,
        value: {
          kind: 'client_signed',
          identity: { issuer: APP, subject: 'alice' },
          expiresAt: NOW + 60,
        },
      })
    }
  })

  test('R2: says why, for the audit log, and for how long', async () => {
    const claims = { audit_context: 'ticket 42', exp: NOW + 300, may_act: { sub: 'x', iss: VAULT } }

    expect(await aVerifier().verify(aToken({ claims }))).toMatchObject({
      value: {
        auditContext: 'ticket 42',
        expiresAt: NOW + 300,
        mayAct: { subject: 'x', issuer: VAULT },
      },
    })
  })

  test('R2, RV-96: is good once', async () => {
    const { verify, uses } = aVerifier()
    const token = aToken()

    expect((await verify(token)).ok).toBe(true)
    expect(await verify(token)).toEqual({ ok: false, refusal: { reason: 'replayed' } })
    expect(await verify(aToken({ claims: { sub: 'bob' } }))).toMatchObject({
      refusal: { reason: 'replayed' },
    })
    expect(uses).toEqual([
      { tenant: 'default', scope: 'signed:my-app', jti: 'one', expiresAt: NOW + 61, now: NOW },
    ])
  })

  test('R2: is remembered for as long as it could be shown again', async () => {
    const { verify, advance, uses } = aVerifier()

    await verify(aToken({ claims: { iat: NOW + 30 } }))
    advance(90)
    expect((await verify(aToken({ claims: { iat: NOW + 30, jti: 'two' } }))).ok).toBe(true)
    advance(1)
    expect((await verify(aToken({ claims: { iat: NOW + 30, jti: 'three' } }))).ok).toBe(false)
    expect(uses[0]?.expiresAt).toBe(NOW + 91)
  })

  test('a bad one uses nothing up', async () => {
    const { verify, uses } = aVerifier()

    await verify(aToken({ key: stranger }))
    await verify(aToken({ claims: { iat: NOW - 61 } }))

    expect(uses).toEqual([])
  })

  test('is refused when its use cannot be recorded', async () => {
    const { verify } = aVerifier({ replays: 'down' })

    await expect(verify(aToken())).rejects.toThrow('down')
  })

  test.each<[string, Record<string, unknown>, SubjectRefusal['reason']]>([
    ['another issuer', { iss: 'other-app' }, 'unknown_issuer'],
    ['the app`s address as issuer', { iss: APP }, 'unknown_issuer'],
    ['no issuer', { iss: undefined }, 'unknown_issuer'],
    ['the token endpoint as audience', { aud: `${VAULT}oauth/token` }, 'wrong_audience'],
    ['a list of audiences', { aud: [VAULT] }, 'wrong_audience'],
    ['the vault without its slash', { aud: VAULT.slice(0, -1) }, 'wrong_audience'],
    ['no audience', { aud: undefined }, 'wrong_audience'],
    ['no time of issue', { iat: undefined, exp: NOW + 60 }, 'missing_claim'],
    ['a time of issue as text', { iat: `${NOW}` }, 'missing_claim'],
    ['older than a minute, whatever its exp says', { iat: NOW - 61, exp: NOW + 600 }, 'too_old'],
    ['issued in the future', { iat: NOW + 31 }, 'not_yet_valid'],
    ['not yet valid', { nbf: NOW + 31 }, 'not_yet_valid'],
    ['expired', { iat: NOW - 50, exp: NOW - 30 }, 'expired'],
    ['an expiry as text', { exp: 'soon' }, 'missing_claim'],
    ['no jti', { jti: undefined }, 'missing_claim'],
    ['an empty jti', { jti: '' }, 'malformed'],
    ['a jti that is a number', { jti: 1 }, 'malformed'],
    ['too long a jti', { jti: 'x'.repeat(257) }, 'malformed'],
    ['no subject', { sub: undefined }, 'missing_claim'],
    ['an empty subject', { sub: '' }, 'malformed'],
    ['a list of subjects', { sub: ['alice'] }, 'malformed'],
    ['too long a subject', { sub: 'x'.repeat(1_025) }, 'malformed'],
    ['the client itself for a user', { sub: 'my-app' }, 'not_a_user'],
    ['RV-41: a history of its own making', { act: { sub: 'admin' } }, 'malformed'],
    ['may_act as text', { may_act: 'x' }, 'malformed'],
    ['an empty audit_context', { audit_context: '' }, 'malformed'],
    ['too long an audit_context', { audit_context: 'x'.repeat(257) }, 'malformed'],
    ['an audit_context that is an object', { audit_context: {} }, 'malformed'],
  ])('R2: is refused with %s', async (_, claims, reason) => {
    expect(await aVerifier().verify(aToken({ claims }))).toMatchObject({
      ok: false,
      refusal: { reason },
    })
  })

  test.each<[string, string, SubjectRefusal['reason']]>([
    ['another key', aToken({ key: stranger }), 'bad_signature'],
    ['an unknown kid', aToken({ header: { kid: 'other' } }), 'bad_signature'],
    ['no algorithm', aToken({ header: { alg: 'none' } }), 'bad_signature'],
    [
      'a public key for a shared secret',
      forge(aHeader({ alg: 'HS256' }), someClaims(), hmacWith(JSON.stringify(ec.jwk))),
      'bad_signature',
    ],
    [
      'a key in its header',
      aToken({ key: stranger, header: { jwk: stranger.jwk } }),
      'bad_signature',
    ],
    ['no JWT', 'x', 'malformed'],
  ])('R2: is refused when forged with %s (T24)', async (_, token, reason) => {
    expect(await aVerifier().verify(token)).toMatchObject({ ok: false, refusal: { reason } })
  })

  test.each(['JWT', 'at+jwt', 'client-authentication+jwt', 'dpop+jwt', undefined])(
    'R2: the type %j is for something else',
    async (typ) => {
      expect(await aVerifier().verify(aToken({ header: { typ } }))).toMatchObject({
        refusal: { reason: 'wrong_type' },
      })
    },
  )

  test.each([ACCESS_TOKEN_TYPE, ID_TOKEN_TYPE])(
    'R2: is not to be declared as %s',
    async (tokenType) => {
      expect(await aVerifier().verify(aToken(), { tokenType })).toMatchObject({
        refusal: { reason: 'wrong_type' },
      })
    },
  )

  test.each<[string, Partial<Client>, SubjectRefusal['reason']]>([
    ['has no policy for it', { signedSubjects: undefined }, 'issuer_not_allowed_for_client'],
    [
      'would name users of the vault itself',
      { signedSubjects: { issuer: VAULT, connections: [] } },
      'issuer_not_allowed_for_client',
    ],
    [
      'has a secret, and no keys',
      { authentication: { method: 'client_secret', secretHashes: [] } },
      'bad_signature',
    ],
    ['is another', { id: 'other' }, 'unknown_issuer'],
  ])('R2: is refused from a client that %s', async (_, overrides, reason) => {
    const client = anApp(overrides)

    expect(await aVerifier().verify(aToken(), { client })).toMatchObject({ refusal: { reason } })
  })
})

describe('an actor that signs for itself', () => {
  const asActor = { role: 'actor' } as const

  test('RV-40: is the client, also without a policy for subjects', async () => {
    const client = anApp({ signedSubjects: undefined })

    expect(
      await aVerifier().verify(aToken({ claims: { sub: 'my-app' } }), { ...asActor, client }),
    ).toEqual({
      ok: true,
      value: {
        kind: 'client_signed',
        identity: { issuer: VAULT, subject: 'my-app' },
        expiresAt: NOW + 60,
      },
    })
  })

  test('RV-40: is nobody else', async () => {
    for (const sub of ['alice', 'other-app']) {
      expect(await aVerifier().verify(aToken({ claims: { sub } }), asActor)).toMatchObject({
        refusal: { reason: 'actor_not_permitted' },
      })
    }
  })

  test('RV-40: is held to the same rules as a subject', async () => {
    const { verify } = aVerifier()
    const token = aToken({ claims: { sub: 'my-app' } })

    expect((await verify(token, asActor)).ok).toBe(true)
    expect(await verify(token, asActor)).toMatchObject({ refusal: { reason: 'replayed' } })
    for (const claims of [{ aud: [VAULT] }, { iat: NOW - 61 }, { act: { sub: 'x' } }]) {
      const bad = aToken({ claims: { sub: 'my-app', jti: 'two', ...claims } })
      expect((await verify(bad, asActor)).ok).toBe(false)
    }
  })
})

interface TokenOptions {
  readonly key?: TestKey
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
}

function aHeader(overrides: TokenOptions['header'] = {}): Record<string, unknown> {
  return { alg: 'ES256', kid: 'ec', typ: 'token-vault-req+jwt', ...overrides }
}

function someClaims(overrides: TokenOptions['claims'] = {}): Record<string, unknown> {
  return { iss: 'my-app', aud: VAULT, sub: 'alice', iat: NOW, jti: 'one', ...overrides }
}

function aToken({ key = ec, header, claims }: TokenOptions = {}): string {
  const algorithm = key.jwk.kty === 'RSA' ? 'RS256' : 'ES256'
  return forge(
    aHeader({ alg: algorithm, kid: key.kid, ...header }),
    someClaims(claims),
    signWith(key, algorithm),
  )
}

function anApp(overrides: Partial<Client> = {}): Client {
  return aClient({
    id: 'my-app',
    authentication: { method: 'private_key_jwt', keys: [{ ...ec.jwk }, { ...rsa.jwk }] },
    signedSubjects: { issuer: APP, connections: ['google'] },
    ...overrides,
  })
}

function aVerifier({ replays = 'up' }: { replays?: 'up' | 'down' } = {}) {
  let offset = 0
  const uses: { jti: string; expiresAt: number }[] = []
  const verifier = createClientSignedVerifier({
    vaultIssuer: VAULT,
    tenant: 'default',
    replays: {
      remember: async (use) => {
        if (replays === 'down') throw new Error('The store is down')
        const isNew = uses.every(({ jti }) => jti !== use.jti)
        if (isNew) uses.push(use)
        return isNew
      },
    },
    runtime: { now: () => NOW + offset },
  })
  return {
    uses,
    advance: (seconds: number) => {
      offset += seconds
    },
    verify: (
      token: string,
      options: { client?: Client; tokenType?: string; role?: 'subject' | 'actor' } = {},
    ) => verifier.verify({ client: anApp(), token, tokenType: JWT_TYPE, ...options }),
  }
}
