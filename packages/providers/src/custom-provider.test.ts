import { expect, test } from 'vitest'

import { customOAuth2, customOidc, type CustomOAuth2Options } from './custom-provider.ts'

const example: CustomOAuth2Options = {
  id: 'example',
  authorizationEndpoint: 'https://login.example.com/authorize',
  tokenEndpoint: 'https://login.example.com/token',
  identity: {
    source: 'userinfo',
    endpoint: 'https://api.example.com/me',
    idField: 'id',
    labelFields: ['email'],
  },
  apiOrigins: ['https://api.example.com'],
}

test('an unknown provider rotates strictly, without grace', () => {
  const provider = customOAuth2(example)

  expect(provider.refreshToken).toEqual({ issued: 'default', rotation: 'strict' })
  expect(provider.accessToken).toEqual({ expiry: 'as_stated' })
  expect(provider.pkce).toBe('S256')
  expect(provider.revocation).toBeUndefined()
})

test('keeps what the caller knows', () => {
  const provider = customOAuth2({
    ...example,
    name: 'Example',
    clientAuthentication: 'client_secret_post',
    pkce: 'unsupported',
    scopeSeparator: ',',
    revocation: { endpoint: 'https://login.example.com/revoke', scope: 'grant' },
    refreshToken: { issued: 'default', rotation: 'grace', graceSeconds: 30 },
    accessToken: { expiry: 'always', lifetimeSeconds: 60 },
    authorizationParameters: { audience: 'api' },
    consentOrigins: ['https://sso.example.com'],
  })

  expect(provider).toMatchObject({
    name: 'Example',
    clientAuthentication: 'client_secret_post',
    pkce: 'unsupported',
    scopeSeparator: ',',
    grantedScopeSeparator: ',',
    revocation: { endpoint: 'https://login.example.com/revoke', style: 'rfc7009', scope: 'grant' },
    refreshToken: { issued: 'default', rotation: 'grace', graceSeconds: 30 },
    accessToken: { expiry: 'always', lifetimeSeconds: 60 },
    authorizationParameters: { audience: 'api' },
    consentOrigins: ['https://sso.example.com'],
  })
})

test('scopes for refresh make the refresh token conditional on them', () => {
  const provider = customOAuth2({ ...example, scopesForRefresh: ['offline_access'] })

  expect(provider.refreshToken).toEqual({
    issued: 'conditional',
    condition: 'scope',
    rotation: 'strict',
  })
})

test('says what its scopes cover when the caller does', () => {
  const covered = ['read']
  const provider = customOAuth2({ ...example, impliedScopes: { write: covered } })
  covered.push('admin')

  expect(provider.impliedScopes).toEqual({ write: ['read'] })
  expect(customOAuth2(example)).not.toHaveProperty('impliedScopes')
})

test('says what its scopes allow, in words of the caller', () => {
  const scopeTexts = { read: 'Read your tickets' }
  const provider = customOAuth2({ ...example, scopeTexts })

  expect(provider.scopeTexts).toEqual({ read: 'Read your tickets' })
  expect(customOAuth2(example)).not.toHaveProperty('scopeTexts')
})

test('an OpenID Connect provider is known by the sub of its ID token', () => {
  const { identity: _, ...rest } = example
  const provider = customOidc({
    ...rest,
    issuer: 'https://login.example.com/',
    jwksUri: 'https://login.example.com/jwks',
    callbackIssuer: 'always',
  })

  expect(provider.callbackIssuer).toBe('always')
  expect(provider.issuer).toBe('https://login.example.com/')
  expect(provider.jwksUri).toBe('https://login.example.com/jwks')
  expect(provider.identity).toEqual({
    source: 'id_token',
    labelClaims: ['email', 'preferred_username', 'name'],
  })
})

test('does not share mutable parts with the caller', () => {
  const apiOrigins = ['https://api.example.com']
  const provider = customOAuth2({ ...example, apiOrigins })

  apiOrigins.push('https://evil.example')

  expect(provider.apiOrigins).toEqual(['https://api.example.com'])
})

test.each<readonly [string, Partial<CustomOAuth2Options>]>([
  ['id', { id: '' }],
  ['id', { id: 'Has Space' }],
  ['id', { id: '../up' }],
  ['id', { id: 'a'.repeat(65) }],
  ['authorizationEndpoint', { authorizationEndpoint: 'http://login.example.com/authorize' }],
  ['authorizationEndpoint', { authorizationEndpoint: 'javascript:alert(1)' }],
  ['tokenEndpoint', { tokenEndpoint: 'not a url' }],
  ['tokenEndpoint', { tokenEndpoint: 'http://127.0.0.1/token' }],
  ['tokenEndpoint', { tokenEndpoint: 'https://user:pass@login.example.com/token' }],
  ['tokenEndpoint', { tokenEndpoint: 'https://login.example.com/token#x' }],
  ['revocation.endpoint', { revocation: { endpoint: 'ftp://login.example.com/revoke' } }],
  ['identity.idPaths', { identity: { source: 'token_response', idPaths: [], labelPaths: [] } }],
  ['impliedScopes', { impliedScopes: { write: ['read list'] } }],
  ['impliedScopes', { impliedScopes: { '': ['read'] } }],
  ['apiOrigins', { apiOrigins: [] }],
  ['apiOrigins', { apiOrigins: ['http://api.example.com'] }],
  ['apiOrigins', { apiOrigins: ['https://api.example.com/v1'] }],
  ['apiOrigins', { apiOrigins: ['https://*.example.com'] }],
  ['apiOrigins', { apiOrigins: ['https://api.example.com/?a=b'] }],
  [
    'authorizationParameters',
    { authorizationParameters: { redirect_uri: 'https://evil.example' } },
  ],
  ['accessToken.lifetimeSeconds', { accessToken: { expiry: 'always', lifetimeSeconds: 0 } }],
  [
    'refreshToken.graceSeconds',
    { refreshToken: { issued: 'default', rotation: 'grace', graceSeconds: -1 } },
  ],
])('names the wrong option: %s', (option, wrong) => {
  expect(() => customOAuth2({ ...example, ...wrong })).toThrow(
    expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(`"${option}"`) }),
  )
})

test('allows http on loopback only when told so by its dangerous name', () => {
  const local = {
    ...example,
    tokenEndpoint: 'http://127.0.0.1:8788/token',
    apiOrigins: ['http://127.0.0.1:8788/api/'],
  }

  expect(() => customOAuth2(local)).toThrow('"tokenEndpoint"')
  expect(customOAuth2({ ...local, dangerouslyAllowInsecureLoopback: true }).tokenEndpoint).toBe(
    'http://127.0.0.1:8788/token',
  )
  expect(() =>
    customOAuth2({
      ...local,
      tokenEndpoint: 'http://127.0.0.1.evil.example/token',
      dangerouslyAllowInsecureLoopback: true,
    }),
  ).toThrow('"tokenEndpoint"')
})
