import { describe, expect, test } from 'vitest'

import { aClient } from '../domain/client.fixture.ts'
import type { Client } from '../domain/client.ts'
import type { SubjectRefusal } from '../domain/subject.ts'
import { createVaultTokenVerifier } from './create-vault-token-verifier.ts'
import { ecKey, forge, hmacWith, rsaKey, signWith, type TestKey } from './forge-jwt.fixture.ts'
import { signingKeysOf } from './signing-keys.fixture.ts'
import { ACCESS_TOKEN_TYPE, ID_TOKEN_TYPE, JWT_TYPE } from './token-types.ts'

const NOW = 1_800_000_000
const VAULT = 'https://vault.example.com/'
const ORDERS = 'https://orders.example.com'

const ec = ecKey('ec')
const rsa = rsaKey('rsa')
const attacker = ecKey('attacker')

describe('an access token of the vault as subject', () => {
  test('RV-34, R3: names the user, for the client that is its API, with what it may do', async () => {
    expect(await verify(anAccessToken())).toEqual({
      ok: true,
      value: {
        kind: 'vault_access_token',
        identity: { issuer: VAULT, subject: 'usr_alice' },
        scopes: ['orders:read', 'orders:write'],
        expiresAt: NOW + 600,
      },
    })
  })

  test('RV-34: counts whichever client it was issued to, under both names of its type', async () => {
    for (const tokenType of [ACCESS_TOKEN_TYPE, JWT_TYPE]) {
      for (const typ of ['at+jwt', 'application/at+jwt', 'AT+JWT']) {
        const token = anAccessToken({ claims: { client_id: 'somebody' }, header: { typ } })
        expect((await verify(token, { tokenType })).ok).toBe(true)
      }
    }
  })

  test('RV-42: one without scope may do nothing at APIs', async () => {
    expect(await verify(anAccessToken({ claims: { scope: undefined } }))).toMatchObject({
      value: { scopes: [] },
    })
  })

  test('RV-40, RV-41: carries who may act, and who acted', async () => {
    const claims = {
      may_act: { sub: 'orders-service' },
      act: {
        sub: 'agent',
        exp: 1,
        aud: 'x',
        act: { sub: 'robot', iss: 'https://idp.example.com' },
      },
    }

    expect(await verify(anAccessToken({ claims }))).toMatchObject({
      value: {
        mayAct: { subject: 'orders-service' },
        actor: {
          subject: 'agent',
          actor: { subject: 'robot', issuer: 'https://idp.example.com' },
        },
      },
    })
  })

  test('is signed by either of the current keys', async () => {
    expect((await verify(anAccessToken({ key: rsa }))).ok).toBe(true)
  })

  test.each<[string, Record<string, unknown>, SubjectRefusal['reason']]>([
    ['RV-34: another API', { aud: 'https://other.example.com' }, 'wrong_audience'],
    ['RV-34: an API that begins alike', { aud: `${ORDERS}/` }, 'wrong_audience'],
    ['RV-34: the client, and not its API', { aud: 'orders-service' }, 'wrong_audience'],
    ['RV-34: the vault', { aud: VAULT }, 'wrong_audience'],
    ['R3: the connected-accounts API', { aud: `${VAULT}me/` }, 'wrong_audience'],
    ['a list of audiences', { aud: [ORDERS] }, 'malformed'],
    ['no audience', { aud: undefined }, 'malformed'],
    ['expired', { exp: NOW }, 'expired'],
    ['no expiry', { exp: undefined }, 'missing_claim'],
    ['an expiry as text', { exp: `${NOW + 600}` }, 'missing_claim'],
    ['issued in the future', { iat: NOW + 31 }, 'not_yet_valid'],
    ['not yet valid', { nbf: NOW + 31 }, 'not_yet_valid'],
    ['no time of issue', { iat: undefined }, 'missing_claim'],
    ['RV-34: a client for a user', { sub: 'agent', client_id: 'agent' }, 'not_a_user'],
    ['another client for a user', { sub: 'other' }, 'not_a_user'],
    ['a client that is called as users are', { sub: 'usr_x', client_id: 'usr_x' }, 'not_a_user'],
    ['no subject', { sub: undefined }, 'malformed'],
    ['a list of subjects', { sub: ['usr_alice'] }, 'malformed'],
    ['no client', { client_id: undefined }, 'malformed'],
    ['no id', { jti: undefined }, 'malformed'],
    ['a scope that is a list', { scope: ['orders:read'] }, 'malformed'],
    ['a scope that is no scope', { scope: 'orders:read  "x"' }, 'malformed'],
    ['act as text', { act: 'agent' }, 'malformed'],
    ['act without subject', { act: { iss: VAULT } }, 'malformed'],
    ['a chain of six', { act: aChain(6) }, 'malformed'],
    ['may_act as text', { may_act: 'orders-service' }, 'malformed'],
    ['a grant that is no text', { valetkey_grant: { id: 1 } }, 'malformed'],
    ['a confirmation that nobody can check', { cnf: { x5t: 'y' } }, 'malformed'],
    ['an issuer without its slash', { iss: VAULT.slice(0, -1) }, 'unknown_issuer'],
    ['another issuer', { iss: 'https://evil.example.com/' }, 'unknown_issuer'],
    ['a list of issuers', { iss: [VAULT] }, 'unknown_issuer'],
  ])('is refused with %s', async (_, claims, reason) => {
    expect(await verify(anAccessToken({ claims }))).toMatchObject({
      ok: false,
      refusal: { reason },
    })
  })

  test('RV-34: is nothing to a client that is no API, or another one', async () => {
    for (const api of [undefined, 'https://other.example.com', `${VAULT}me/`]) {
      const client = aService({ api })
      expect(await verify(anAccessToken(), { client })).toMatchObject({
        refusal: { reason: 'wrong_audience' },
      })
      const mine = anAccessToken({ claims: { aud: `${VAULT}me/` } })
      expect(await verify(mine, { client })).toMatchObject({
        refusal: { reason: 'wrong_audience' },
      })
    }
  })
})

describe('RV-38: a forged token of the vault is refused (T24)', () => {
  test.each<[string, string, SubjectRefusal['reason']]>([
    [
      'another key under our kid',
      anAccessToken({ key: { ...attacker, kid: 'ec' } }),
      'bad_signature',
    ],
    ['another key under its own kid', anAccessToken({ key: attacker }), 'unknown_key'],
    ['no kid', anAccessToken({ header: { kid: undefined } }), 'unknown_key'],
    [
      'a key in its header',
      anAccessToken({ key: attacker, header: { jwk: attacker.jwk, kid: 'ec' } }),
      'bad_signature',
    ],
    [
      'a key behind an address',
      anAccessToken({ key: attacker, header: { jku: 'https://evil.example.com/jwks' } }),
      'unknown_key',
    ],
    ['no algorithm', anAccessToken({ header: { alg: 'none' } }), 'algorithm_not_allowed'],
    [
      'an algorithm of another key',
      anAccessToken({ header: { alg: 'RS256' } }),
      'algorithm_not_allowed',
    ],
    [
      'a public key for a shared secret',
      forge(
        { alg: 'HS256', kid: 'rsa', typ: 'at+jwt' },
        accessTokenClaims(),
        hmacWith(rsa.publicKey.export({ type: 'spki', format: 'pem' })),
      ),
      'algorithm_not_allowed',
    ],
    [
      'PS256 for RS256',
      forge(
        { alg: 'PS256', kid: 'rsa', typ: 'at+jwt' },
        accessTokenClaims(),
        signWith(rsa, 'PS256'),
      ),
      'algorithm_not_allowed',
    ],
    ['an extension to be understood', anAccessToken({ header: { crit: ['exp'] } }), 'malformed'],
    [
      'an audience written twice',
      forge(
        { alg: 'ES256', kid: 'ec', typ: 'at+jwt' },
        JSON.stringify(accessTokenClaims()).replace('{', `{"aud":"x",`),
        signWith(ec, 'ES256'),
      ),
      'malformed',
    ],
    ['no JWT', 'opaque', 'malformed'],
    ['an empty text', '', 'malformed'],
  ])('with %s', async (_, token, reason) => {
    expect(await verify(token)).toMatchObject({ ok: false, refusal: { reason } })
  })
})

describe('an ID token of the vault as subject', () => {
  test('RV-36: names the user, for the client that it was made for', async () => {
    for (const tokenType of [ID_TOKEN_TYPE, JWT_TYPE]) {
      for (const typ of ['JWT', undefined]) {
        expect(await verify(anIdToken({ header: { typ } }), { tokenType })).toEqual({
          ok: true,
          value: {
            kind: 'vault_id_token',
            identity: { issuer: VAULT, subject: 'usr_alice' },
            expiresAt: NOW + 600,
          },
        })
      }
    }
  })

  test.each<[string, Record<string, unknown>, SubjectRefusal['reason']]>([
    ['another client', { aud: 'other' }, 'wrong_audience'],
    ['a list of audiences', { aud: ['orders-service'] }, 'wrong_audience'],
    ['the API that the client is', { aud: ORDERS }, 'wrong_audience'],
    ['no audience', { aud: undefined }, 'wrong_audience'],
    ['another authorized party', { azp: 'other' }, 'wrong_authorized_party'],
    ['no user', { sub: 'orders-service' }, 'not_a_user'],
    ['no subject', { sub: undefined }, 'not_a_user'],
    ['expired', { exp: NOW }, 'expired'],
    ['no expiry', { exp: undefined }, 'missing_claim'],
    ['issued in the future', { iat: NOW + 31 }, 'not_yet_valid'],
    ['what happened to a session (a logout token)', { events: {} }, 'wrong_type'],
    ['a grant that is no text', { valetkey_grant: 1 }, 'malformed'],
  ])('RV-36: is refused with %s', async (_, claims, reason) => {
    expect(await verify(anIdToken({ claims }), { tokenType: ID_TOKEN_TYPE })).toMatchObject({
      ok: false,
      refusal: { reason },
    })
  })

  test.each(['logout+jwt', 'token-introspection+jwt', 'dpop+jwt', 'token-vault-req+jwt', ''])(
    'RV-36: the type %j is for something else',
    async (typ) => {
      const token = anIdToken({ header: { typ } })
      expect(await verify(token, { tokenType: ID_TOKEN_TYPE })).toMatchObject({
        refusal: { reason: 'wrong_type' },
      })
    },
  )
})

describe('a token of one kind does not pass for the other', () => {
  test('RV-36: an ID token declared as access token, and the reverse', async () => {
    const idToken = anIdToken({
      claims: { aud: ORDERS, scope: 'orders:read', client_id: 'a', jti: 'x' },
    })
    const accessToken = anAccessToken({ claims: { aud: 'orders-service' } })

    expect(await verify(idToken, { tokenType: ACCESS_TOKEN_TYPE })).toMatchObject({
      refusal: { reason: 'wrong_type' },
    })
    expect(await verify(accessToken, { tokenType: ID_TOKEN_TYPE })).toMatchObject({
      refusal: { reason: 'wrong_type' },
    })
  })

  test('RV-36: under jwt, which declares neither, each is held to the rules of its own', async () => {
    const idToken = anIdToken({ claims: { aud: ORDERS } })
    const accessToken = anAccessToken({ claims: { aud: 'orders-service' } })

    for (const token of [idToken, accessToken]) {
      expect(await verify(token, { tokenType: JWT_TYPE })).toMatchObject({
        refusal: { reason: 'wrong_audience' },
      })
    }
  })
})

describe('a token of the vault as actor', () => {
  const asActor = { role: 'actor' } as const

  test('RV-40: names the client that it was issued to: the caller, with any of its own', async () => {
    for (const aud of [ORDERS, 'https://other.example.com']) {
      const token = anAccessToken({ claims: { aud, client_id: 'orders-service' } })
      expect(await verify(token, asActor)).toEqual({
        ok: true,
        value: {
          kind: 'vault_access_token',
          identity: { issuer: VAULT, subject: 'orders-service' },
          expiresAt: NOW + 600,
        },
      })
    }
  })

  test('RV-40: or one that the caller may present, by a token made for the caller', async () => {
    const client = aService({ actors: ['agent'] })

    expect(await verify(anAccessToken(), { ...asActor, client })).toMatchObject({
      value: { identity: { issuer: VAULT, subject: 'agent' } },
    })
    const elsewhere = anAccessToken({ claims: { aud: 'https://other.example.com' } })
    expect(await verify(elsewhere, { ...asActor, client })).toMatchObject({
      refusal: { reason: 'wrong_audience' },
    })
  })

  test('RV-40: another one it may not', async () => {
    expect(await verify(anAccessToken(), asActor)).toMatchObject({
      refusal: { reason: 'actor_not_permitted' },
    })
  })

  test('RV-40: never by a token for the connected-accounts API, nor by an ID token', async () => {
    const claims = { client_id: 'orders-service', aud: `${VAULT}me/` }

    expect(await verify(anAccessToken({ claims }), asActor)).toMatchObject({
      refusal: { reason: 'wrong_audience' },
    })
    for (const tokenType of [ID_TOKEN_TYPE, JWT_TYPE]) {
      expect(await verify(anIdToken(), { ...asActor, tokenType })).toMatchObject({
        refusal: { reason: 'wrong_type' },
      })
    }
  })

  test('RV-40: is held to the same rules as a subject', async () => {
    const own = { client_id: 'orders-service' }
    for (const token of [
      anAccessToken({ claims: { ...own, exp: NOW } }),
      anAccessToken({ claims: own, key: attacker }),
      anAccessToken({ claims: own, header: { typ: 'JWT' } }),
      anAccessToken({ claims: { ...own, valetkey_grant: 'ended' } }),
    ]) {
      expect((await verify(token, asActor)).ok).toBe(false)
    }
  })
})

describe('a login that has ended', () => {
  test('RV-34: ends the tokens that came from it', async () => {
    const of = (grant: string): Record<string, unknown> => ({ valetkey_grant: grant })

    expect(await verify(anAccessToken({ claims: of('alive') }))).toMatchObject({
      value: { grantId: 'alive' },
    })
    expect(await verify(anAccessToken({ claims: of('ended') }))).toEqual({
      ok: false,
      refusal: { reason: 'revoked' },
    })
    expect(await verify(anIdToken({ claims: of('ended') }), { tokenType: ID_TOKEN_TYPE })).toEqual({
      ok: false,
      refusal: { reason: 'revoked' },
    })
  })

  test('fails closed when nobody can say whether it has', async () => {
    const token = anAccessToken({ claims: { valetkey_grant: 'unknown' } })

    await expect(verify(token)).rejects.toThrow('down')
  })
})

interface TokenOptions {
  readonly key?: TestKey
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
}

function accessTokenClaims(overrides: TokenOptions['claims'] = {}): Record<string, unknown> {
  return {
    iss: VAULT,
    aud: ORDERS,
    sub: 'usr_alice',
    client_id: 'agent',
    scope: 'orders:read orders:write',
    iat: NOW,
    exp: NOW + 600,
    jti: 'token-1',
    ...overrides,
  }
}

function anAccessToken({ key = ec, header, claims }: TokenOptions = {}): string {
  const algorithm = key.jwk.kty === 'RSA' ? 'RS256' : 'ES256'
  return forge(
    { alg: algorithm, kid: key.kid, typ: 'at+jwt', ...header },
    accessTokenClaims(claims),
    signWith(key, algorithm),
  )
}

function anIdToken({ key = ec, header, claims }: TokenOptions = {}): string {
  return forge(
    { alg: 'ES256', kid: key.kid, typ: 'JWT', ...header },
    {
      iss: VAULT,
      aud: 'orders-service',
      sub: 'usr_alice',
      iat: NOW,
      exp: NOW + 600,
      nonce: 'n',
      at_hash: 'h',
      ...claims,
    },
    signWith(key, 'ES256'),
  )
}

function aChain(length: number): object {
  return length === 1 ? { sub: 'a' } : { sub: 'a', act: aChain(length - 1) }
}

function aService(overrides: Partial<Client> = {}): Client {
  return aClient({ id: 'orders-service', api: ORDERS, ...overrides })
}

const verifier = createVaultTokenVerifier({
  vaultIssuer: VAULT,
  tenant: 'default',
  keys: signingKeysOf([ec, rsa]),
  grants: {
    isAlive: async ({ tenant, grantId }) => {
      if (grantId === 'unknown') throw new Error('The store is down')
      return tenant === 'default' && grantId === 'alive'
    },
  },
  runtime: { now: () => NOW },
})

function verify(
  token: string,
  options: { client?: Client; tokenType?: string; role?: 'subject' | 'actor' } = {},
) {
  return verifier.verify({
    client: aService(),
    token,
    tokenType: ACCESS_TOKEN_TYPE,
    ...options,
  })
}
