import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'

import {
  AUTH0_EXCHANGE,
  CALENDAR,
  EXCHANGE,
  type ExchangeWorld,
  ISSUER,
  JWT,
  MAIL,
  SECRET,
  startExchangeWorld,
} from './exchange-world.ts'

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300)
/** Part of what is sent, and of no answer. */
const CANARY = 'canary-5d1e'

const ERRORS = [
  'access_denied',
  'account_selection_required',
  'federated_connection_refresh_token_not_found',
  'interaction_required',
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'invalid_target',
  'temporarily_unavailable',
  'too_many_requests',
  'unauthorized_client',
  'unsupported_grant_type',
]

let world: ExchangeWorld
let subject: string
beforeAll(async () => {
  world = await startExchangeWorld()
  await world.connect({ scopes: [CALENDAR, MAIL] })
  subject = await world.subjectOf('alice')
})
afterAll(async () => {
  await world.close()
})

const odd = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '\r\nx: y',
    '"',
    '\\',
    '<script>',
    '__proto__',
    '%00',
    'null',
    '[]',
  ),
  fc.string({ minLength: 2_000, maxLength: 3_000 }),
)
const marked = odd.map((text) => `${text}${CANARY}`)
const contentType = fc.oneof(
  { weight: 4, arbitrary: fc.constant('application/x-www-form-urlencoded') },
  { weight: 4, arbitrary: fc.constant('application/json') },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }).filter(isHeaderValue) },
)
const authorization = fc.oneof(
  fc.constant(undefined),
  fc.string({ maxLength: 60 }).filter(isHeaderValue),
  fc.string({ unit: 'binary' }).map((text) => `Basic ${Buffer.from(text).toString('base64')}`),
  fc.string().map((text) => `Basic ${Buffer.from(`my-agent:${text}`).toString('base64')}`),
)

test('RV-06, RV-09: whatever is sent is answered with an error of the table', async () => {
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.string({ unit: 'binary' }).map((text) => new TextEncoder().encode(text)),
    fc.json().map((text) => new TextEncoder().encode(text)),
    fc
      .array(fc.tuple(odd, marked))
      .map((pairs) => new TextEncoder().encode(new URLSearchParams(pairs).toString())),
  )
  await fc.assert(
    fc.asyncProperty(body, contentType, authorization, async (bytes, type, header) => {
      const answer = await send(bytes, { type, header })

      expect(answer.status).not.toBe(200)
      expectProper(answer)
    }),
    { numRuns },
  )
})

test('RV-06, RV-09: an exchange with odd members is answered with an error of the table, or as if they were right', async () => {
  const usual = {
    grant_type: EXCHANGE,
    client_id: 'my-agent',
    client_secret: SECRET,
    subject_token: subject,
    subject_token_type: JWT,
    audience: 'google',
    connection: 'google',
    scope: CALENDAR,
  }
  const name = fc.constantFrom(
    ...Object.keys(usual),
    'resource',
    'actor_token',
    'actor_token_type',
    'requested_token_type',
    'login_hint',
    'force_refresh',
    'client_assertion',
    'client_assertion_type',
    'connect',
  )
  const nearly = fc.constantFrom(
    '',
    EXCHANGE,
    AUTH0_EXCHANGE,
    JWT,
    'google',
    'github',
    'constructor',
    `${ISSUER}me/`,
    `${ISSUER}connections/google`,
    'cac_1:1',
    'cac_1',
    'link',
    MAIL,
    `${subject}x`,
    `${subject}.${subject}`,
  )
  const changes = fc.array(fc.tuple(name, fc.oneof(marked, nearly)), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(changes, fc.boolean(), async (pairs, isJson) => {
      const members = { ...usual, ...Object.fromEntries(pairs) }
      const text = isJson ? JSON.stringify(members) : new URLSearchParams(members).toString()
      const type = isJson ? 'application/json' : 'application/x-www-form-urlencoded'

      const answer = await send(new TextEncoder().encode(text), { type })

      expect(answer.status === 200).toBe('access_token' in answer.body)
      expectProper(answer)
    }),
    { numRuns },
  )
})

test('a subject token with any change is no subject token', async () => {
  const change = fc.record({
    at: fc.nat({ max: subject.length - 1 }),
    to: fc.constantFrom(...'ABYZabyz0189-_.= %'.split('')),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const letters = subject.split('')
      for (const { at, to } of changes) letters[at] = to
      const forged = letters.join('')
      fc.pre(forged !== subject)
      const body = new URLSearchParams({
        grant_type: EXCHANGE,
        client_id: 'my-agent',
        client_secret: SECRET,
        subject_token: forged,
        subject_token_type: JWT,
        audience: 'google',
      })

      const answer = await send(new TextEncoder().encode(body.toString()), {
        type: 'application/x-www-form-urlencoded',
      })

      expect(answer.status).toBe(400)
      expect(answer.body['vault_error']).toBe('subject_token_invalid')
    }),
    { numRuns },
  )
})

interface Sent {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>
}

async function send(
  bytes: Uint8Array<ArrayBuffer>,
  { type, header }: { readonly type: string; readonly header?: string | undefined },
): Promise<Sent> {
  // Time passes, so that wrong secrets are not only slowed down.
  world.advance(0.5)
  const response = await world.node.send(
    new Request(`${ISSUER}oauth/token`, {
      method: 'POST',
      body: bytes,
      headers: { 'content-type': type, ...(header !== undefined && { authorization: header }) },
    }),
  )
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
}

function expectProper({ status, headers, text, body }: Sent): void {
  expect([200, 400, 401, 403, 413, 429, 503]).toContain(status)
  expect(text).not.toContain(CANARY)
  expect(text).not.toContain(SECRET)
  expect(text).not.toContain(subject)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('content-type')).toBe('application/json')
  // What comes later, or from a busy provider, must say when to come back.
  expect(headers.has('retry-after')).toBe(status === 429 || status === 503)
  const { error = ERRORS[0], error_description: description = 'none' } = body
  expect(ERRORS).toContain(error)
  expect(description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
}

function isHeaderValue(text: string): boolean {
  try {
    new Headers({ x: text })
    return true
  } catch {
    return false
  }
}
