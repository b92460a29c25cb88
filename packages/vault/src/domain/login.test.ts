import { expect, test } from 'vitest'

import { aClient } from './client.fixture.ts'
import type { Connection } from './connection.ts'
import { loginScopes, mayReplaceTokens } from './login.ts'

const connection: Connection = {
  tenant: 't',
  name: 'mail',
  providerId: 'mail',
  displayName: 'Mail',
  clientId: 'vault',
  login: { issuer: 'https://mail.example.com', scopes: ['openid'] },
  scopes: ['profile'],
  impliedScopes: { mail: ['mail.read'] },
  behaviour: { rotation: 'stable', revocation: 'token', refreshKillsAccessToken: false },
  apiOrigins: [],
  consentOrigins: [],
}

test.each([
  ['the same', ['mail'], true, true],
  ['more', ['mail', 'files'], true, true],
  ['less', ['mail.read'], true, false],
  ['as much without a refresh token', ['mail'], false, false],
])('R9: a login that brings %s', (_, scopes, hasRefreshToken, expected) => {
  const stored = { scopes: ['mail'], hasRefreshToken: true }

  expect(mayReplaceTokens(connection, stored, { scopes, hasRefreshToken })).toBe(expected)
})

test('R9: where the provider has no refresh tokens, none is missed; what a scope covers counts as it', () => {
  const stored = { scopes: ['mail.read'], hasRefreshToken: false }

  expect(mayReplaceTokens(connection, stored, { scopes: ['mail'], hasRefreshToken: false })).toBe(
    true,
  )
})

test('R8: a login asks the provider for what the client may have of what it asked, and for no more', () => {
  const policy = { scopes: ['mail'], overScope: 'allow', forcedRefresh: 'refuse' } as const
  const client = aClient({ connections: { mail: policy } })

  expect(loginScopes(client, connection, ['mail.read', 'files'])).toEqual([
    'openid',
    'profile',
    'mail.read',
  ])
  expect(loginScopes(aClient(), connection, ['mail.read'])).toEqual(['openid'])
})
