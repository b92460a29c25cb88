import { connect } from 'node:net'

import type { Emulator } from '@valetkey/emulator'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { anEmulator, testClient } from './flow.ts'

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

const NAMES = ['grant_type', 'code', 'refresh_token', 'client_id', 'token', 'scope', '__proto__']

const formBody = fc
  .array(fc.tuple(fc.constantFrom(...NAMES), fc.string()), { maxLength: 6 })
  .map((pairs) => new URLSearchParams(pairs).toString())

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
    { numRuns: 300 },
  )
  expect(await isAlive(emulator)).toBe(true)
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
    { numRuns: 100 },
  )
})

test.each(['/google/token', '/notion/v1/oauth/token', '/_emulator/faults'])(
  'a huge body at %s is refused, and not kept',
  async (path) => {
    await using emulator = await anEmulator()

    const response = await fetch(emulator.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ a: 'x'.repeat(5_000_000) }),
    })

    expect(response.status).toBe(413)
    expect(JSON.stringify(emulator.log.entries())).not.toContain('xxx')
    expect(await isAlive(emulator)).toBe(true)
  },
)

test.each([
  'nonsense\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'POST /google/token HTTP/1.1\r\nHost: a b\r\nContent-Length: 5\r\n\r\nabcde',
  'POST /google/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\nabc',
])('bytes that are no request do not stop it: %j', async (bytes) => {
  await using emulator = await anEmulator()
  const { port } = new URL(emulator.url)

  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.end(bytes)
    })
    socket.on('close', () => {
      resolve()
    })
    socket.on('error', () => {
      resolve()
    })
    socket.resume()
  })

  expect(await isAlive(emulator)).toBe(true)
})

test('a client that goes away while it waits does not stop it', async () => {
  await using emulator = await anEmulator()
  emulator.faults.add('google', { at: 'discovery', fault: { kind: 'hold' } })
  const leaving = new AbortController()
  const answer = fetch(`${emulator.url}/google/.well-known/openid-configuration`, {
    signal: leaving.signal,
  }).catch((error: unknown) => error)
  await emulator.log.arrival({ route: 'discovery' })
  leaving.abort()
  await answer
  emulator.faults.release()

  expect(await isAlive(emulator)).toBe(true)
})

async function isAlive(emulator: Emulator): Promise<boolean> {
  return (await fetch(`${emulator.url}/_emulator/state`)).ok
}
