import { providers } from '@valetkey/providers'
import { expect, test } from 'vitest'

import { authorizationParameters } from './authorization-parameters.ts'
import { basicAuthorization } from './client-authentication.ts'

test('HTTP Basic leaves the characters of ordinary client ids alone', () => {
  const header = basicAuthorization({ clientId: '123.456-a_b', clientSecret: 'secret_A-1.2' })

  expect(header).toBe(`Basic ${btoa('123.456-a_b:secret_A-1.2')}`)
})

test('HTTP Basic encodes what would break it (RFC 6749 section 2.3.1)', () => {
  const header = basicAuthorization({ clientId: 'a:b c', clientSecret: 'ü%+&\r\n' })

  expect(atob(header.slice('Basic '.length))).toBe('a%3Ab+c:%C3%BC%25%2B%26%0D%0A')
})

const request = {
  redirectUri: 'https://vault.example.com/callback/x',
  state: 'state',
  codeChallenge: 'challenge',
  nonce: 'nonce',
  parameters: {},
}

test('RV-60: a provider without PKCE and issuer gets neither challenge nor nonce, and scopes its own way', () => {
  expect(
    authorizationParameters({
      ...request,
      definition: providers.slack,
      scopes: ['channels:history', 'chat:write'],
    }),
  ).toEqual({
    redirect_uri: request.redirectUri,
    state: 'state',
    user_scope: 'channels:history,chat:write',
  })
})

test('a provider without scopes is asked for none', () => {
  const parameters = authorizationParameters({
    ...request,
    definition: providers.notion,
    scopes: [],
  })

  expect(parameters).toEqual({
    owner: 'user',
    redirect_uri: request.redirectUri,
    state: 'state',
  })
})

test('scopes that an ID token or a refresh token needs are asked for, once', () => {
  const definition = { ...providers.google, scopesForRefresh: ['offline_access'] }
  const scopeOf = (scopes: readonly string[]): string | undefined =>
    authorizationParameters({ ...request, definition, scopes })['scope']

  expect(scopeOf(['email'])).toBe('email openid offline_access')
  expect(scopeOf(['openid', 'offline_access'])).toBe('openid offline_access')
})

test.each([
  [undefined, 'consent'],
  ['select_account', 'consent select_account'],
  ['consent', 'consent'],
  ['none', 'none'],
])('prompt %j becomes %j', (prompt, expected) => {
  const parameters = authorizationParameters({
    ...request,
    definition: providers.google,
    scopes: [],
    parameters: prompt === undefined ? {} : { prompt },
  })

  expect(parameters['prompt']).toBe(expected)
})

test('a caller may change what the catalog suggests', () => {
  const parameters = authorizationParameters({
    ...request,
    definition: providers.google,
    scopes: [],
    parameters: { access_type: 'online' },
  })

  expect(parameters['access_type']).toBe('online')
})
