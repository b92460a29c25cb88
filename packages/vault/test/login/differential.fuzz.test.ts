import fc from 'fast-check'
import * as jose from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { ClientConfig } from '../../src/index.ts'
import { EXCHANGE } from '../front-door/vault-world.ts'
import { CALLBACK, CLIENTS, type LoginWorld, SECRET, startLoginWorld } from './login-world.ts'

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300)
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const SIGNING = 'signing-app'
/** Odd names and secrets: both halves of Basic are form-encoded (RFC 6749 section 2.3.1). */
const ODD = { id: 'odd:app+1%', secret: 'vks_odd :+%/&=?0123456789abcdef0123456789abcdef' }

let world: LoginWorld
let key: CryptoKey
let strangersKey: CryptoKey
beforeAll(async () => {
  const pair = await jose.generateKeyPair('ES256', { extractable: true })
  key = pair.privateKey
  strangersKey = (await jose.generateKeyPair('ES256')).privateKey
  const jwk = { ...(await jose.exportJWK(pair.publicKey)), alg: 'ES256', kid: 'k1' }
  const shared = {
    redirectUris: [CALLBACK],
    grants: ['authorization_code', 'refresh_token', 'token_exchange'],
    connections: { 'google-oauth2': { scopes: ['openid'] } },
  } as const satisfies Partial<ClientConfig>
  world = await startLoginWorld({
    configure: (config) => ({
      ...config,
      clients: [
        ...(config.clients ?? []),
        { ...shared, id: SIGNING, jwks: { keys: [jwk] } },
        { ...shared, ...ODD },
      ],
      // A verdict that depends on how many came before is no verdict on the request.
      limits: { failedAuthenticationsPerMinute: 1_000_000 },
    }),
  })
})
afterAll(() => world.close())

interface Attempt {
  readonly headers: Readonly<Record<string, string>>
  readonly body: readonly (readonly [string, string])[]
  readonly assertion?: AssertionPlan | undefined
}

interface AssertionPlan {
  readonly signer: 'own' | 'stranger'
  readonly claims: Readonly<Record<string, unknown>>
  readonly omit: readonly string[]
  readonly expiresIn: number
  readonly type: string | undefined
}

const id = fc.constantFrom(
  CLIENTS.web,
  CLIENTS.spa,
  SIGNING,
  ODD.id,
  'my-agent',
  'nobody',
  '',
  '__proto__',
)
const secret = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(SECRET, ODD.secret) },
  fc.constantFrom('', `${SECRET}x`, SECRET.slice(1), SECRET.toUpperCase(), ` ${SECRET}`),
  fc.string({ maxLength: 40 }),
)
/** What belongs together, more often than chance would have it. */
const pair = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom<[string, string]>([CLIENTS.web, SECRET], [ODD.id, ODD.secret]),
  },
  fc.tuple(id, secret),
)
const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)
const base64 = (text: string): string => Buffer.from(text).toString('base64')

const basic = fc.oneof(
  {
    weight: 4,
    arbitrary: pair.map(
      ([name, value]) => `Basic ${base64(`${formEncoded(name)}:${formEncoded(value)}`)}`,
    ),
  },
  pair.map(([name, value]) => `Basic ${base64(`${name}:${value}`)}`),
  pair.map(([name, value]) => `basic ${base64(`${name}:${value}`)}`),
  pair.map(([name]) => `Basic ${base64(name)}`),
  pair.map(([name, value]) => `Basic ${base64(`${name}:${value}`).replace(/=+$/, '')}`),
  pair.map(([name, value]) => `Basic  ${base64(`${name}:${value}`)}`),
  fc.constantFrom(
    'Basic',
    'Basic ',
    'Basic !!!',
    'Basic Og==',
    'Bearer x',
    'Digest x',
    'Basic JTp4',
    'x',
  ),
  fc.base64String({ maxLength: 60 }).map((text) => `Basic ${text}`),
)

const assertion: fc.Arbitrary<AssertionPlan> = fc.record({
  signer: fc.oneof(
    { weight: 4, arbitrary: fc.constant('own' as const) },
    fc.constant('stranger' as const),
  ),
  claims: fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    fc.record(
      {
        iss: fc.constantFrom(SIGNING, CLIENTS.web, 'nobody', ''),
        sub: fc.constantFrom(SIGNING, CLIENTS.web, 'nobody'),
        aud: fc.constantFrom<unknown>('token', ['token'], 'https://evil.example.com/', 7),
        iat: fc.constantFrom<unknown>(0, 'now', 4_102_444_800),
        nbf: fc.constantFrom<unknown>(4_102_444_800, 0),
      },
      { requiredKeys: [] },
    ),
  ),
  omit: fc.subarray(['iss', 'sub', 'aud', 'jti', 'exp'], { maxLength: 1 }),
  expiresIn: fc.constantFrom(60, 60, 240, 0, -60, 3_600, 86_400),
  type: fc.oneof(
    { weight: 5, arbitrary: fc.constant(JWT_BEARER) },
    fc.constantFrom('', 'x', undefined),
  ),
})

const attempt: fc.Arbitrary<Attempt> = fc.oneof(
  basic.map((authorization) => ({ headers: { authorization }, body: [] })),
  pair.map(([name, value]) => ({
    headers: {},
    body: [['client_id', name] as const, ['client_secret', value] as const],
  })),
  id.map((name) => ({ headers: {}, body: [['client_id', name] as const] })),
  fc.record({ headers: fc.constant({}), body: fc.constant([]), assertion }),
  fc.record({
    headers: fc.constant({}),
    body: id.map((name) => [['client_id', name] as const]),
    assertion,
  }),
  // Doubled: two ways at once, or one parameter twice.
  fc.tuple(basic, pair).map(([authorization, [name, value]]) => ({
    headers: { authorization },
    body: [['client_id', name] as const, ['client_secret', value] as const],
  })),
  fc.tuple(basic, id).map(([authorization, name]) => ({
    headers: { authorization },
    body: [['client_id', name] as const],
  })),
  fc.tuple(pair, pair).map(([one, two]) => ({
    headers: {},
    body: [one, two].flatMap(([name, value]) => [
      ['client_id', name] as const,
      ['client_secret', value] as const,
    ]),
  })),
  fc.record({
    headers: basic.map((authorization) => ({ authorization })),
    body: fc.constant([]),
    assertion,
  }),
  fc.constant({ headers: {}, body: [] }),
)

/** Signed anew for each request: a `jti` counts once. */
async function sign({
  signer,
  claims,
  omit,
  expiresIn,
  type,
}: AssertionPlan): Promise<readonly (readonly [string, string])[]> {
  const now = Math.floor(Date.now() / 1_000)
  const all = {
    iss: SIGNING,
    sub: SIGNING,
    aud: world.vault.issuer,
    jti: crypto.randomUUID(),
    iat: now,
    exp: now + expiresIn,
    ...claims,
  }
  const audience =
    all.aud === 'token'
      ? `${world.vault.issuer}oauth/token`
      : Array.isArray(all.aud)
        ? [world.vault.issuer]
        : all.aud
  const kept = Object.entries({ ...all, aud: audience }).filter(([name]) => !omit.includes(name))
  const jwt = await new jose.CompactSign(Buffer.from(JSON.stringify(Object.fromEntries(kept))))
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .sign(signer === 'own' ? key : strangersKey)
  return [
    ['client_assertion', jwt],
    ...(type === undefined ? [] : [['client_assertion_type', type] as const]),
  ]
}

interface Verdict {
  readonly status: number
  readonly error: unknown
  readonly challenge: string | null
}

async function verdictOf(
  { headers, body, assertion: plan }: Attempt,
  grant: Readonly<Record<string, string>>,
): Promise<Verdict> {
  const form = new URLSearchParams(body.map(([name, value]) => [name, value]))
  for (const [name, value] of plan === undefined ? [] : await sign(plan)) form.append(name, value)
  for (const [name, value] of Object.entries(grant)) form.append(name, value)
  const response = await fetch(new URL('/oauth/token', world.vault.url), {
    method: 'POST',
    headers,
    body: form,
  })
  const answer: unknown = await response.json()
  const error =
    typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : undefined
  return { status: response.status, error, challenge: response.headers.get('www-authenticate') }
}

/** What a grant says to a client that it knows: past here the paths differ, as they should. */
function isAuthenticated({ status, error }: Verdict): boolean {
  return status === 400 && (error === 'invalid_grant' || error === 'unauthorized_client')
}

const REFRESH = { grant_type: 'refresh_token', refresh_token: 'unknown' }
const EXCHANGED = {
  grant_type: EXCHANGE,
  subject_token: 'unknown',
  subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
  audience: 'google-oauth2',
}

test(
  'RV-20, RV-22: who a client is, the exchange and the authorization server judge alike',
  { timeout: RUNS * 200 },
  async () => {
    const seen = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(attempt, async (one) => {
        const refresh = await verdictOf(one, REFRESH)
        const exchange = await verdictOf(one, EXCHANGED)
        const key = isAuthenticated(refresh)
          ? 'authenticated'
          : `${refresh.status} ${String(refresh.error)}`
        seen.set(key, (seen.get(key) ?? 0) + 1)

        expect(refresh.status).toBeLessThan(500)
        expect(exchange.status).toBeLessThan(500)
        // The exchange has words of its own for a subject token that it does not know (RFC 8693 section 2.2.2).
        const isKnown = isAuthenticated(refresh)
        const errors = isKnown ? ['invalid_request', 'unauthorized_client'] : [refresh.error]
        expect(exchange).toEqual({ ...refresh, error: expect.toBeOneOf(errors) as unknown })
      }),
      { numRuns: RUNS },
    )

    // Each verdict was met: a generator of nothing but nonsense would agree with itself, too.
    expect([...seen.keys()].toSorted()).toEqual([
      '400 invalid_request',
      '401 invalid_client',
      'authenticated',
    ])
    expect(Math.min(...seen.values())).toBeGreaterThan(RUNS / 30)
  },
)
