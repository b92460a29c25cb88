import fc from 'fast-check'
import { expect, test } from 'vitest'

import { anEmulator, testClient } from './flow.ts'

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300)

/** Every path that takes a body or a query, at several providers. */
const PATHS = [
  '/google/token',
  '/google/revoke',
  '/google/o/oauth2/v2/auth',
  '/google/emulator/consent',
  '/google/calendar/v3/calendars/primary/events',
  '/github/login/oauth/access_token',
  '/github/applications/x/token',
  '/slack/api/oauth.v2.access',
  '/slack/api/auth.revoke',
  '/slack/api/chat.postMessage',
  '/notion/v1/oauth/token',
  '/notion/v1/oauth/revoke',
  '/idp/login-token',
  '/_emulator/faults',
  '/_emulator/behaviour',
  '/_emulator/consent',
  '/_emulator/log',
  '/nowhere',
]

const TYPES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data; boundary=x',
  'nonsense',
]

/** Names that are read, and values that lead past the first check; the rest is noise. */
const NAMES = [
  'grant_type',
  'code',
  'refresh_token',
  'client_id',
  'client_secret',
  'token',
  'scope',
  'provider',
  'user',
  '__proto__',
]
const VALUES = [
  'refresh_token',
  'authorization_code',
  'emulator-google-client',
  'emulator-google-secret',
  'google',
  'demo',
]

const pair = fc.tuple(fc.constantFrom(...NAMES), fc.oneof(fc.constantFrom(...VALUES), fc.string()))

const known = fc.constantFrom<readonly (readonly [string, string])[]>(
  [],
  [
    ['client_id', 'emulator-google-client'],
    ['client_secret', 'emulator-google-secret'],
    ['grant_type', 'refresh_token'],
  ],
)

const formBody = fc
  .tuple(known, fc.array(pair, { maxLength: 5 }))
  .map(([first, more]) =>
    new URLSearchParams([...first, ...more].map(([a, b]) => [a, b])).toString(),
  )

const jsonBody = fc
  .oneof(fc.dictionary(fc.constantFrom(...NAMES), fc.jsonValue()), fc.jsonValue())
  .map((value) => JSON.stringify(value))

test('no body, at no path, makes it fail or fall', async () => {
  await using emulator = await anEmulator()
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...PATHS),
      fc.constantFrom('POST', 'DELETE', 'PUT', 'GET'),
      fc.constantFrom(...TYPES),
      fc.oneof(formBody, jsonBody, fc.string({ unit: 'binary' })),
      async (path, method, type, body) => {
        const response = await fetch(emulator.url + path, {
          method,
          redirect: 'manual',
          headers: { 'content-type': type },
          ...(method !== 'GET' && { body }),
        })
        const text = await response.text()
        expect(response.status).toBeLessThan(500)
        expect(text).not.toMatch(/ at .*\.[jt]s:\d+/)
      },
    ),
    { numRuns: RUNS },
  )
  expect((await fetch(emulator.url)).ok).toBe(true)
})

test('no query makes an authorization endpoint fail', async () => {
  await using emulator = await anEmulator()
  const google = testClient(emulator, 'google')
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(
        'redirect_uri',
        'scope',
        'state',
        'login_hint',
        'prompt',
        'client_id',
        'nonce',
      ),
      fc.string({ unit: 'binary' }),
      async (name, value) => {
        const url = google.authorizationUrl({ parameters: { [name]: value } })
        const response = await fetch(url, { redirect: 'manual' })
        expect([302, 400]).toContain(response.status)
        const location = response.headers.get('location')
        expect(location === null || location.startsWith('http://127.0.0.1:9/callback')).toBe(true)
      },
    ),
    { numRuns: RUNS },
  )
})
