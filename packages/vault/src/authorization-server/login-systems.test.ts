import { expect, test } from 'vitest'

import { aClient } from '../domain/client.fixture.ts'
import type { ClientSubjectPolicy } from '../domain/client.ts'
import { accept } from '../domain/result.ts'
import { createTrustedIssuerVerifier } from './create-trusted-issuer-verifier.ts'
import { ecKey, edwardsKey, forge, rsaKey, signWith, type TestKey } from './forge-jwt.fixture.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

// Tokens as the documentation of each login system shows them, under the settings that docs/login.md gives for it.

const NOW = 1_800_000_000
const VAULT = 'https://vault.example.com/'
const times = { iat: NOW - 10, exp: NOW + 50 }

const rsa = rsaKey('rsa')
const ec = ecKey('ec')
const edwards = edwardsKey('edwards')

interface LoginSystem {
  readonly name: string
  readonly key: readonly [TestKey, string]
  readonly issuer: Omit<TrustedIssuer, 'jwksUri'>
  readonly azp?: readonly string[]
  readonly header?: Readonly<Record<string, string>>
  readonly claims: Readonly<Record<string, unknown>>
  /** What another audience, or party, looks like here: refused. */
  readonly foreign: Readonly<Record<string, unknown>>
}

const keycloak = 'https://id.example.com/realms/REALM'
const auth0 = 'https://TENANT.eu.auth0.com/'

const LOGIN_SYSTEMS: readonly LoginSystem[] = [
  {
    name: 'Clerk',
    key: [rsa, 'RS256'],
    issuer: { issuer: 'https://clerk.example.com', algorithms: ['RS256'] },
    azp: ['https://app.example.com'],
    header: { typ: 'JWT', cat: 'cl_B7d4PD111AAA' },
    claims: { azp: 'https://app.example.com', nbf: NOW - 20, sid: 'sess_1', v: 2, fva: [7, -1] },
    foreign: { azp: 'https://evil.example.com' },
  },
  {
    name: 'better-auth',
    key: [edwards, 'EdDSA'],
    issuer: { issuer: 'https://app.example.com', audience: [VAULT], algorithms: ['EdDSA'] },
    claims: { aud: VAULT, id: 'user-1', email: 'alice@example.com', name: 'Alice' },
    foreign: { aud: 'https://app.example.com' },
  },
  {
    name: 'Supabase',
    key: [ec, 'ES256'],
    issuer: {
      issuer: 'https://PROJECT.supabase.co/auth/v1',
      audience: ['authenticated'],
      algorithms: ['ES256', 'RS256'],
    },
    header: { typ: 'JWT' },
    claims: {
      aud: 'authenticated',
      role: 'authenticated',
      aal: 'aal1',
      amr: [{ method: 'password', timestamp: NOW - 10 }],
      session_id: 'b9a5a3de-0000-4000-8000-000000000000',
      is_anonymous: false,
    },
    foreign: { aud: 'anon' },
  },
  {
    name: 'Keycloak',
    key: [rsa, 'RS256'],
    issuer: { issuer: keycloak, audience: [VAULT], algorithms: ['RS256'] },
    azp: ['my-keycloak-client'],
    header: { typ: 'JWT' },
    claims: { aud: [VAULT, 'account'], azp: 'my-keycloak-client', typ: 'Bearer', scope: 'openid' },
    foreign: { azp: 'another-client' },
  },
  {
    name: 'Auth0, its own token profile',
    key: [rsa, 'RS256'],
    issuer: { issuer: auth0, audience: [VAULT], algorithms: ['RS256'] },
    azp: ['AUTH0_CLIENT_ID'],
    header: { typ: 'JWT' },
    claims: { aud: [VAULT, `${auth0}userinfo`], azp: 'AUTH0_CLIENT_ID', scope: 'openid profile' },
    foreign: { aud: [`${auth0}userinfo`] },
  },
  {
    name: 'Auth0, the profile of RFC 9068',
    key: [rsa, 'RS256'],
    issuer: { issuer: auth0, audience: [VAULT], algorithms: ['RS256'] },
    azp: ['AUTH0_CLIENT_ID'],
    header: { typ: 'at+jwt' },
    claims: { aud: [VAULT, `${auth0}userinfo`], client_id: 'AUTH0_CLIENT_ID', jti: '73Wakrf' },
    foreign: { client_id: 'ANOTHER_CLIENT_ID' },
  },
]

test.each(LOGIN_SYSTEMS)('RV-35: $name says who the user is', async (system) => {
  const verdict = await verify(system, {})

  expect(verdict).toEqual(
    accept({
      kind: 'trusted_issuer',
      identity: { issuer: system.issuer.issuer, subject: 'user-1' },
      expiresAt: times.exp,
    }),
  )
})

test.each(LOGIN_SYSTEMS)(
  'RV-35: $name does not for a token that others were given',
  async (system) => {
    expect((await verify(system, system.foreign)).ok).toBe(false)
  },
)

test('RV-36: a nonce, as old versions of Keycloak put it into access tokens, makes an ID token of it', async () => {
  const [system] = LOGIN_SYSTEMS.filter(({ name }) => name === 'Keycloak')
  if (system === undefined) throw new Error('no Keycloak')

  expect(await verify(system, { nonce: 'n' })).toMatchObject({ refusal: { reason: 'wrong_type' } })
})

async function verify(
  { key: [key, algorithm], issuer, azp, header, claims }: LoginSystem,
  changed: Readonly<Record<string, unknown>>,
): ReturnType<ReturnType<typeof createTrustedIssuerVerifier>['verify']> {
  const verifier = createTrustedIssuerVerifier({
    vaultIssuer: VAULT,
    runtime: { now: () => NOW },
    issuers: [{ ...issuer, jwksUri: 'https://keys.example.com/' }],
    outboundFetch: async () => ({
      ok: true,
      status: 200,
      headers: new Headers(),
      body: JSON.stringify({ keys: [key.jwk] }),
    }),
  })
  const subject: ClientSubjectPolicy = { issuer: issuer.issuer, ...(azp && { azp }) }
  const token = forge(
    { alg: algorithm, kid: key.kid, ...header },
    { iss: issuer.issuer, sub: 'user-1', ...times, ...claims, ...changed },
    signWith(key, algorithm),
  )
  return await verifier.verify({
    client: aClient({ subjects: [subject] }),
    token,
    tokenType: 'urn:ietf:params:oauth:token-type:access_token',
  })
}
