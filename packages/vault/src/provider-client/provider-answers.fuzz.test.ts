import { providers, type ProviderDefinition } from '@valetkey/providers'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { ProviderFailure, ProviderTokens } from '../domain/provider-tokens.ts'
import type { Result } from '../domain/result.ts'
import type { OutboundAnswer } from '../ports/outbound-fetch.ts'
import {
  AUTHORIZATION_ERROR_CODES,
  ERROR_CODES,
  INVALID_ANSWER,
  NOT_JSON,
} from './failure-classes.ts'
import { createProviderClient } from './provider-client.ts'
import { connectionOf } from './test/emulated-world.ts'

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300)
const PATIENCE = { timeout: 10_000 + RUNS * 30 }
const NOW = 1_800_000_000
/** In everything that is secret, and in everything that a provider writes. */
const CANARY = 'canary7f3a'
const STATE = `state-${CANARY}`

const definitions: readonly ProviderDefinition[] = Object.values(providers)

const oddText = fc.oneof(
  fc.constantFrom(
    CANARY,
    `${CANARY}\r\nx-injected: yes`,
    '\u0000',
    '\u202E',
    '',
    'bearer',
    'user',
    '60',
    '-1',
    '1e999',
    'invalid_grant',
    'invalid_client',
    'bad_refresh_token',
    'ratelimited',
    '__proto__',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constant('x'.repeat(20_000)),
)

const oddValue = fc.oneof(
  oddText,
  fc.double(),
  fc.constantFrom(true, false, null),
  fc.array(oddText, { maxLength: 2 }),
  fc.jsonValue({ maxDepth: 3 }),
)

const fine = {
  access_token: `token-${CANARY}`,
  token_type: 'bearer',
  refresh_token: `refresh-${CANARY}`,
  expires_in: 60,
  scope: 'a b',
  ok: true,
  id: 7,
  sub: 'ada',
  login: `login-${CANARY}`,
  team: { id: 'T1', name: 'Acme' },
  authed_user: { id: 'U1', access_token: 'xoxp', token_type: 'user', scope: 'a,b' },
  workspace_id: 'w',
  bot_id: 'b',
}

const members = [
  ...Object.keys(fine),
  'refresh_token_expires_in',
  'id_token',
  'error',
  'error_description',
  '__proto__',
]

/** A good answer with a few members replaced or added. */
const nearlyFine = fc
  .array(fc.tuple(fc.constantFrom(...members), oddValue), { maxLength: 2 })
  .map((changes) => JSON.stringify({ ...fine, ...Object.fromEntries(changes) }))

const body = fc.oneof(
  { weight: 6, arbitrary: nearlyFine },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: oddText },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 20_000 }).map((n) => '['.repeat(n) + ']'.repeat(n)),
  },
  { weight: 1, arbitrary: nearlyFine.map((text) => text.slice(0, text.length / 2)) },
  { weight: 1, arbitrary: oddText.map((text) => `access_token=${text}&token_type=bearer`) },
)

const headers = fc
  .record(
    {
      'content-type': fc.constantFrom(
        'application/json',
        'text/html',
        'application/x-www-form-urlencoded',
        CANARY,
      ),
      'retry-after': fc.constantFrom('7', '-1', '99999999999', CANARY, new Date(0).toUTCString()),
      'www-authenticate': fc.constantFrom('Bearer error="invalid_token"', `Basic ${CANARY}`, '"'),
    },
    { requiredKeys: [] },
  )
  .map((record) => new Headers(record))

const answer: fc.Arbitrary<OutboundAnswer> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      ok: fc.constant(true as const),
      status: fc.oneof(
        { weight: 3, arbitrary: fc.constant(200) },
        { weight: 1, arbitrary: fc.constantFrom(201, 204, 400, 401, 403, 404, 408, 429, 500, 503) },
        { weight: 1, arbitrary: fc.integer({ min: 200, max: 999 }) },
      ),
      headers,
      body,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ok: fc.constant(false as const),
      code: fc.constantFrom('timeout' as const, 'reset', 'redirect', 'dns_failed'),
      sent: fc.boolean(),
    }),
  },
)

const cases = fc.record({
  definition: fc.constantFrom(...definitions),
  answers: fc.array(answer, { minLength: 1, maxLength: 2 }),
})

function aClient(definition: ProviderDefinition, answers: readonly OutboundAnswer[]) {
  const rest = [...answers]
  const configured = { definition, clientId: 'vault', clientSecret: `secret-${CANARY}` }
  const client = createProviderClient({
    connections: new Map([['fuzzed', configured]]),
    outboundFetch: () =>
      Promise.resolve(rest.shift() ?? { ok: false, code: 'connect_failed', sent: false }),
    runtime: {
      now: () => NOW,
      randomBytes: (n) => new Uint8Array(n),
      sleep: () => Promise.resolve(),
    },
  })
  return { client, connection: connectionOf('fuzzed', configured) }
}

const OUTBOUND_CODES = ['timeout', 'reset', 'redirect', 'dns_failed', 'connect_failed']
const IDENTITY_CODES = [
  'id_token_missing',
  'id_token_invalid',
  'id_token_keys_unavailable',
  'identity_missing',
  'identity_unavailable',
]
const CODES = new Set([
  ...ERROR_CODES.keys(),
  ...AUTHORIZATION_ERROR_CODES.keys(),
  ...OUTBOUND_CODES,
  ...IDENTITY_CODES,
  INVALID_ANSWER.code,
  NOT_JSON.code,
  'unknown_error',
  'authorization_refused',
  'callback_malformed',
  'issuer_mismatch',
  'state_mismatch',
])

function isKnown(code: string): boolean {
  return CODES.has(code) || code === 'http'
}

function expectHarmless(failure: ProviderFailure): void {
  const { kind, code, mayHaveBeenSpent, retryAfterSeconds = 1, ...rest } = failure
  expect(rest).toEqual({})
  expect(/^http_[2-9]\d\d$/.test(code) ? 'http' : code).toSatisfy(isKnown)
  expect(['permanent', 'operator', 'transient']).toContain(kind)
  expect(typeof mayHaveBeenSpent).toBe('boolean')
  expect(retryAfterSeconds).toBeGreaterThanOrEqual(1)
  expect(retryAfterSeconds).toBeLessThanOrEqual(3600)
}

function expectUsable(tokens: ProviderTokens): void {
  expect(tokens.accessToken).toMatch(/^[\x21-\x7e]{1,16384}$/)
  expect(tokens.refreshToken ?? 'none').toMatch(/^[\x21-\x7e]{1,16384}$/)
  expect(tokens.issuedAt).toBe(NOW)
  const expiresAt = tokens.accessExpiresAt ?? NOW + 1
  expect(Number.isInteger(expiresAt)).toBe(true)
  expect(expiresAt).toBeGreaterThan(NOW)
  expect(expiresAt).toBeLessThanOrEqual(NOW + 31_536_000)
  expect(tokens.refreshExpiresAt ?? NOW + 1).toBeGreaterThan(NOW)
  for (const scope of tokens.scopes ?? []) expect(scope).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/)
}

function expectHonest<Value>(
  result: Result<Value, ProviderFailure>,
  expectValue: (value: Value) => void,
): void {
  if (result.ok) expectValue(result.value)
  else expectHarmless(result.refusal)
}

/** Runs one property, and makes sure that its cases are worth something: both ends must be reached. */
async function expectBothEnds<Input>(
  arbitrary: fc.Arbitrary<Input>,
  run: (input: Input) => Promise<Result<unknown, ProviderFailure>>,
): Promise<void> {
  const outcomes = { accepted: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(arbitrary, async (input) => {
      const result = await run(input)
      outcomes[result.ok ? 'accepted' : 'refused'] += 1
    }),
    { numRuns: RUNS },
  )
  expect(outcomes.accepted).toBeGreaterThan(0)
  expect(outcomes.refused).toBeGreaterThan(0)
}

test(
  'whatever a provider answers to a refresh, nothing breaks, leaks or is injected',
  PATIENCE,
  async () => {
    await expectBothEnds(cases, async ({ definition, answers }) => {
      const { client, connection } = aClient(definition, answers)
      const result = await client.refresh({
        connection,
        accountId: 'cac_1',
        refreshToken: `refresh-${CANARY}`,
        scopes: [],
        mayStillSend: () => true,
      })
      expectHonest(result, expectUsable)
      return result
    })
  },
)

test(
  'whatever a provider answers to a code, nothing breaks, leaks or is injected',
  PATIENCE,
  async () => {
    await expectBothEnds(cases, async ({ definition, answers }) => {
      const { client, connection } = aClient(definition, answers)
      const result = await client.redeemCode({
        connection,
        redirectUri: 'https://vault.example.com/callback/fuzzed',
        callbackParameters: new URLSearchParams({ code: `code-${CANARY}`, state: STATE }),
        expectedState: STATE,
        codeVerifier: 'x'.repeat(43),
        nonce: 'nonce',
      })
      expectHonest(result, ({ tokens, account }) => {
        expectUsable(tokens)
        expect(account.providerAccountId).toMatch(/^[^\p{C}\s]{1,255}$/u)
        expect(account.label).toMatch(/^[^\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]{1,400}$/u)
      })
      return result
    })
  },
)

test('RV-73: whatever a callback says, nothing breaks or is reflected', PATIENCE, async () => {
  const parameters = fc
    .array(
      fc.tuple(
        fc.constantFrom('code', 'state', 'iss', 'error', 'error_description', 'response'),
        fc.oneof(
          oddText,
          fc.constantFrom(STATE, 'https://accounts.google.com', 'https://x.example'),
        ),
      ),
      { maxLength: 2 },
    )
    .map((pairs) => new URLSearchParams([['code', 'code'], ['state', STATE], ...pairs]))
  await expectBothEnds(
    fc.tuple(cases, parameters),
    async ([{ definition }, callbackParameters]) => {
      const body = JSON.stringify(fine)
      const good = { ok: true, status: 200, headers: new Headers(), body } as const
      const { client, connection } = aClient(definition, [good, good])
      const result = await client.redeemCode({
        connection,
        redirectUri: 'https://vault.example.com/callback/fuzzed',
        callbackParameters,
        expectedState: STATE,
        codeVerifier: 'x'.repeat(43),
        nonce: 'nonce',
      })
      expectHonest(result, ({ account }) => {
        expect(callbackParameters.getAll('state')).toEqual([STATE])
        expect(account.providerAccountId).toBeDefined()
      })
      return result
    },
  )
})

test('whatever a provider answers to a revocation, nothing breaks or leaks', PATIENCE, async () => {
  const tokenTypeHint = fc.constantFrom('refresh_token' as const, 'access_token' as const)
  await expectBothEnds(fc.tuple(cases, tokenTypeHint), async ([{ definition, answers }, hint]) => {
    const { client, connection } = aClient(definition, answers)
    const result = await client.revoke({
      connection,
      token: `token-${CANARY}`,
      tokenTypeHint: hint,
    })
    expectHonest(result, (value) => {
      expect(['revoked', 'unsupported']).toContain(value)
    })
    return result
  })
})

test('whatever a provider answers to a probe, nothing breaks or leaks', PATIENCE, async () => {
  await expectBothEnds(cases, async ({ definition, answers }) => {
    const { client, connection } = aClient(definition, answers)
    const result = await client.probe({ connection, accessToken: `token-${CANARY}` })
    expectHonest(result, (value) => {
      expect(['accepted', 'refused', 'unsupported']).toContain(value)
    })
    return result
  })
})
