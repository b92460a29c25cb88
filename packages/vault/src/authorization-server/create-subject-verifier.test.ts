import { describe, expect, test } from 'vitest'

import { aClient } from '../domain/client.fixture.ts'
import { accept, refuse } from '../domain/result.ts'
import type { Subject, SubjectRefusal } from '../domain/subject.ts'
import type { SubjectVerifier } from '../ports/subject-verifier.ts'
import { createClientSignedVerifier } from './create-client-signed-verifier.ts'
import { createSubjectVerifier } from './create-subject-verifier.ts'
import { createTrustedIssuerVerifier } from './create-trusted-issuer-verifier.ts'
import { createVaultTokenVerifier } from './create-vault-token-verifier.ts'
import { ecKey, forge, signWith, type TestKey } from './forge-jwt.fixture.ts'
import { signingKeysOf } from './signing-keys.fixture.ts'
import { ACCESS_TOKEN_TYPE, ID_TOKEN_TYPE, JWT_TYPE, REFRESH_TOKEN_TYPE } from './token-types.ts'

const NOW = 1_800_000_000
const VAULT = 'https://vault.example.com/'
const LOGIN = 'https://login.example.com/'
const API = 'https://api.example.com'

const vaultKey = ecKey('vault')
const loginKey = ecKey('login')
const clientKey = ecKey('client')
/** All are one key to whoever looks at the `kid` alone. */
const KEYS = { vault: vaultKey, login: loginKey, client: clientKey }

/** A good token of each kind that there is. */
const TOKENS = {
  'a trusted issuer`s access token': (): string =>
    sign(loginKey, 'at+jwt', { iss: LOGIN, aud: VAULT, sub: 'alice' }),
  'the vault`s access token': (): string =>
    sign(vaultKey, 'at+jwt', { aud: API, sub: 'usr_alice', client_id: 'agent', scope: 'read' }),
  'the vault`s token for the connected-accounts API': (): string =>
    sign(vaultKey, 'at+jwt', { aud: `${VAULT}me/`, sub: 'usr_alice', client_id: 'app', scope: '' }),
  'the vault`s ID token': (): string =>
    sign(vaultKey, 'JWT', { aud: 'app', sub: 'usr_alice', nonce: 'n' }),
  'the vault`s logout token': (): string =>
    sign(vaultKey, 'logout+jwt', { aud: 'app', sub: 'usr_alice', events: {} }),
  'a client`s subject': (): string =>
    sign(clientKey, 'token-vault-req+jwt', { iss: 'app', aud: VAULT, sub: 'alice' }),
  'a client`s own name': (): string =>
    sign(clientKey, 'token-vault-req+jwt', { iss: 'app', aud: VAULT, sub: 'app' }),
  'a client`s assertion': (): string =>
    sign(clientKey, 'client-authentication+jwt', { iss: 'app', aud: VAULT, sub: 'app' }),
} as const satisfies Record<string, () => string>

type Kind = Subject['kind'] | SubjectRefusal['reason']
const ACCESS = ACCESS_TOKEN_TYPE
const ID = ID_TOKEN_TYPE

describe('RV-36, RV-38: each kind of token passes for itself alone (T24)', () => {
  test.each<[keyof typeof TOKENS, 'subject' | 'actor', string, Kind]>([
    ['a trusted issuer`s access token', 'subject', ACCESS, 'trusted_issuer'],
    ['a trusted issuer`s access token', 'subject', JWT_TYPE, 'trusted_issuer'],
    ['a trusted issuer`s access token', 'subject', ID, 'wrong_type'],
    ['the vault`s access token', 'subject', ACCESS, 'vault_access_token'],
    ['the vault`s access token', 'subject', JWT_TYPE, 'vault_access_token'],
    ['the vault`s access token', 'subject', ID, 'wrong_type'],
    ['the vault`s access token', 'actor', ACCESS, 'actor_not_permitted'],
    ['the vault`s token for the connected-accounts API', 'subject', ACCESS, 'wrong_audience'],
    ['the vault`s token for the connected-accounts API', 'subject', JWT_TYPE, 'wrong_audience'],
    ['the vault`s token for the connected-accounts API', 'subject', ID, 'wrong_type'],
    ['the vault`s token for the connected-accounts API', 'actor', ACCESS, 'wrong_audience'],
    ['the vault`s ID token', 'subject', ID, 'vault_id_token'],
    ['the vault`s ID token', 'subject', JWT_TYPE, 'vault_id_token'],
    ['the vault`s ID token', 'subject', ACCESS, 'wrong_type'],
    ['the vault`s ID token', 'actor', ID, 'wrong_type'],
    ['the vault`s logout token', 'subject', ID, 'wrong_type'],
    ['the vault`s logout token', 'subject', JWT_TYPE, 'wrong_type'],
    ['a client`s subject', 'subject', JWT_TYPE, 'client_signed'],
    ['a client`s subject', 'subject', ACCESS, 'wrong_type'],
    ['a client`s subject', 'subject', ID, 'wrong_type'],
    ['a client`s subject', 'actor', JWT_TYPE, 'actor_not_permitted'],
    ['a client`s own name', 'actor', JWT_TYPE, 'client_signed'],
    ['a client`s own name', 'subject', JWT_TYPE, 'not_a_user'],
    ['a client`s assertion', 'subject', JWT_TYPE, 'wrong_type'],
    ['a client`s assertion', 'actor', JWT_TYPE, 'wrong_type'],
  ])('%s as %s, declared as %s: %s', async (name, role, tokenType, expected) => {
    const verdict = await aVerifier().verify({ token: TOKENS[name](), tokenType, role })

    expect(verdict.ok ? verdict.value.kind : verdict.refusal.reason).toBe(expected)
  })

  test.each<[string, TestKey, string, Record<string, unknown>]>([
    ['a trusted issuer, in the vault`s name', loginKey, 'at+jwt', { aud: API, sub: 'usr_a' }],
    ['a client, in the vault`s name', clientKey, 'at+jwt', { aud: API, sub: 'usr_a' }],
    [
      'a client, in a trusted issuer`s name',
      clientKey,
      'JWT',
      { iss: LOGIN, aud: VAULT, sub: 'a' },
    ],
    [
      'the vault, in a trusted issuer`s name',
      vaultKey,
      'JWT',
      { iss: LOGIN, aud: VAULT, sub: 'a' },
    ],
    [
      'a trusted issuer, in a client`s name',
      loginKey,
      'token-vault-req+jwt',
      { iss: 'app', aud: VAULT, sub: 'a' },
    ],
    ['the vault, in a client`s name', vaultKey, 'token-vault-req+jwt', { iss: 'app', aud: VAULT }],
  ])('nobody signs for others: %s', async (_, key, typ, claims) => {
    for (const { kid } of Object.values(KEYS)) {
      const token = sign({ ...key, kid }, typ, {
        sub: 'usr_a',
        client_id: 'x',
        scope: '',
        ...claims,
      })
      expect((await aVerifier().verify({ token })).ok).toBe(false)
    }
  })

  test('an issuer that nobody knows is refused by all', async () => {
    const token = sign(loginKey, 'JWT', { iss: 'https://evil.example.com/', aud: VAULT, sub: 'a' })

    expect(await aVerifier().verify({ token })).toEqual(refuse({ reason: 'unknown_issuer' }))
  })

  test('what one refuses, the next is not asked about', async () => {
    const asked: string[] = []
    const saying = (name: string, reason: 'unknown_issuer' | 'expired'): SubjectVerifier => ({
      verify: async () => {
        asked.push(name)
        return refuse(reason === 'expired' ? { reason, expiredAt: 1 } : { reason })
      },
    })
    const verifier = createSubjectVerifier({
      jwts: [
        saying('first', 'unknown_issuer'),
        saying('second', 'expired'),
        saying('third', 'expired'),
      ],
    })

    await verifier.verify({ client: aClient(), token: 'x', tokenType: JWT_TYPE })

    expect(asked).toEqual(['first', 'second'])
  })
})

describe('a refresh token of the vault', () => {
  const refreshTokens: SubjectVerifier = {
    verify: async ({ token }) =>
      accept({
        kind: 'vault_refresh_token',
        identity: { issuer: VAULT, subject: token },
        expiresAt: NOW + 60,
      }),
  }

  test('is judged by who knows them', async () => {
    const verifier = aVerifier({ refreshTokens })

    expect(await verifier.verify({ token: 'usr_1', tokenType: REFRESH_TOKEN_TYPE })).toMatchObject({
      value: { kind: 'vault_refresh_token', identity: { subject: 'usr_1' } },
    })
  })

  test('is no actor, and nothing where nobody knows them', async () => {
    for (const [verifier, role] of [
      [aVerifier({ refreshTokens }), 'actor'],
      [aVerifier(), 'subject'],
    ] as const) {
      expect(await verifier.verify({ token: 'x', tokenType: REFRESH_TOKEN_TYPE, role })).toEqual(
        refuse({ reason: 'unsupported_token_type' }),
      )
    }
  })

  test('is not what a JWT passes for, nor the reverse', async () => {
    const verifier = aVerifier({ refreshTokens })

    expect(await verifier.verify({ token: 'opaque', tokenType: ACCESS })).toEqual(
      refuse({ reason: 'malformed' }),
    )
    for (const tokenType of ['urn:ietf:params:oauth:token-type:saml2', '', 'refresh_token']) {
      expect(await verifier.verify({ token: 'x', tokenType })).toEqual(
        refuse({ reason: 'unsupported_token_type' }),
      )
    }
  })
})

function sign(key: TestKey, typ: string, claims: Record<string, unknown>): string {
  return forge(
    { alg: 'ES256', kid: key.kid, typ },
    { iss: VAULT, iat: NOW, exp: NOW + 60, jti: crypto.randomUUID(), ...claims },
    signWith(key, 'ES256'),
  )
}

function aVerifier({ refreshTokens }: { refreshTokens?: SubjectVerifier } = {}) {
  const runtime = { now: () => NOW }
  const shared = { vaultIssuer: VAULT, tenant: 'default', runtime }
  const verifier = createSubjectVerifier({
    jwts: [
      createTrustedIssuerVerifier({
        ...shared,
        issuers: [{ issuer: LOGIN, jwksUri: `${LOGIN}jwks` }],
        outboundFetch: async () => ({
          ok: true,
          status: 200,
          headers: new Headers(),
          body: JSON.stringify({ keys: [loginKey.jwk] }),
        }),
      }),
      createVaultTokenVerifier({
        ...shared,
        keys: signingKeysOf([vaultKey]),
        grants: { isAlive: async () => false },
      }),
      createClientSignedVerifier({ ...shared, replays: { remember: async () => true } }),
    ],
    refreshTokens,
  })
  const client = aClient({
    id: 'app',
    api: API,
    authentication: { method: 'private_key_jwt', keys: [{ ...clientKey.jwk }] },
    subjects: [{ issuer: LOGIN }],
    signedSubjects: { issuer: 'https://app.example.com/', connections: [] },
  })
  return {
    verify: (request: { token: string; tokenType?: string; role?: 'subject' | 'actor' }) =>
      verifier.verify({ client, tokenType: JWT_TYPE, ...request }),
  }
}
