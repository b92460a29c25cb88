import { customOidc, providers, type ProviderDefinition } from '@valetkey/providers'
import { describe, expect, test } from 'vitest'

import { readCallback } from './read-callback.ts'

const STATE = 'state-of-this-attempt'
const { google, github } = providers
const strict = customOidc({
  id: 'strict',
  issuer: 'https://login.example.com/',
  jwksUri: 'https://login.example.com/jwks',
  authorizationEndpoint: 'https://login.example.com/authorize',
  tokenEndpoint: 'https://login.example.com/token',
  apiOrigins: ['https://api.example.com'],
  callbackIssuer: 'always',
})

function read(definition: ProviderDefinition, query: string): ReturnType<typeof readCallback> {
  return readCallback({ definition, parameters: new URLSearchParams(query), expectedState: STATE })
}

test('gives the code of our own request', () => {
  expect(read(google, `code=abc&state=${STATE}&unknown=x`)).toEqual({ ok: true, value: 'abc' })
})

describe('RV-63: issuer (RFC 9207)', () => {
  test.each<readonly [string, ProviderDefinition, string]>([
    ['the known issuer', google, 'https://accounts.google.com'],
    [
      'the origin the user was sent to, where no issuer is known',
      github,
      'https://github.com/login/oauth',
    ],
    ['the known issuer, where it must be there', strict, 'https://login.example.com/'],
  ])('%s is accepted', (_name, definition, issuer) => {
    const query = new URLSearchParams({ code: 'abc', state: STATE, iss: issuer })

    expect(read(definition, query.toString()).ok).toBe(true)
  })

  test.each<readonly [string, ProviderDefinition, string]>([
    ['a slash more', google, 'https://accounts.google.com/'],
    ['another case', google, 'https://ACCOUNTS.google.com'],
    ['a default port', google, 'https://accounts.google.com:443'],
    ['nothing in it', google, ''],
    ['another host', google, 'https://evil.example'],
    ['another origin, where no issuer is known', github, 'https://evil.example'],
    ['a look-alike origin', github, 'https://github.com.evil.example'],
    ['no URL', github, 'github.com'],
    ['a slash less', strict, 'https://login.example.com'],
  ])('%s is refused before anything else is read', (_name, definition, issuer) => {
    const query = new URLSearchParams({ error: 'access_denied', state: 'wrong', iss: issuer })

    expect(read(definition, query.toString())).toEqual({
      ok: false,
      refusal: { kind: 'permanent', code: 'issuer_mismatch', mayHaveBeenSpent: false },
    })
  })

  test('missing is refused where it is always sent', () => {
    expect(read(strict, `code=abc&state=${STATE}`)).toMatchObject({
      refusal: { code: 'issuer_mismatch' },
    })
  })
})

test.each(['state=other', 'state=', '', `state=${STATE}x`])(
  'RV-61: a foreign state is refused: %j',
  (state) => {
    expect(read(google, `code=abc&${state}`)).toMatchObject({ refusal: { code: 'state_mismatch' } })
    expect(read(google, `error=access_denied&${state}`)).toMatchObject({
      refusal: { code: 'state_mismatch' },
    })
  },
)

test.each([
  `code=a&code=b&state=${STATE}`,
  `code=a&state=${STATE}&state=${STATE}`,
  `code=a&state=${STATE}&iss=https://evil.example&iss=https://accounts.google.com`,
  `error=access_denied&error=x&state=${STATE}`,
  `state=${STATE}`,
  `code=&state=${STATE}`,
  `code=a%0d%0ab&state=${STATE}`,
  `code=${'a'.repeat(4097)}&state=${STATE}`,
])('RV-73: a malformed callback is refused (%#)', (query) => {
  expect(read(google, query)).toMatchObject({ refusal: { code: 'callback_malformed' } })
})

test.each([
  ['access_denied', 'permanent', 'access_denied'],
  ['login_required', 'permanent', 'login_required'],
  ['invalid_scope', 'operator', 'invalid_scope'],
  ['unauthorized_client', 'operator', 'unauthorized_client'],
  ['temporarily_unavailable', 'transient', 'temporarily_unavailable'],
  ['<script>alert(1)</script>', 'permanent', 'authorization_refused'],
  ['toString', 'permanent', 'authorization_refused'],
  ['', 'permanent', 'authorization_refused'],
])('RV-73: an error of the provider is told in our words: %j', (error, kind, code) => {
  const query = new URLSearchParams({
    error,
    error_description: 'reflected',
    state: STATE,
    code: 'abc',
  })
  const answer = read(google, query.toString())

  expect(answer).toEqual({ ok: false, refusal: { kind, code, mayHaveBeenSpent: false } })
})
