import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

import type { ProviderDefinition } from './provider-definition.ts'
import { findProvider, providers } from './providers.ts'

const definitions: readonly (readonly [string, ProviderDefinition])[] = Object.entries(providers)

describe.each(definitions)('%s', (key, provider) => {
  test('stands under its own id', () => {
    expect(provider.id).toBe(key)
    expect(provider.id).toMatch(/^[a-z0-9][a-z0-9-]*$/)
    expect(findProvider(key)).toBe(provider)
  })

  test('has only https endpoints without query, fragment or credentials', () => {
    for (const endpoint of endpointsOf(provider)) {
      const url = new URL(endpoint)
      expect(url.protocol).toBe('https:')
      expect([url.search, url.hash, url.username, url.password]).toEqual(['', '', '', ''])
    }
  })

  test('names the hosts that may see its tokens exactly', () => {
    expect(provider.apiOrigins.length).toBeGreaterThan(0)
    expect(new Set(provider.apiOrigins).size).toBe(provider.apiOrigins.length)
    for (const origin of provider.apiOrigins) {
      const url = new URL(origin)
      const prefix = url.pathname === '/' ? '' : url.pathname
      expect(url.protocol).toBe('https:')
      expect(url.hostname).not.toContain('*')
      expect(origin).toBe(url.origin + prefix)
      expect(`${prefix}/`.endsWith('//') || prefix === '').toBe(true)
    }
  })

  test('says where the account id is, and may be asked for it with a token', () => {
    expect(identityProblem(provider)).toBeUndefined()
  })

  test('has an issuer and its keys together or neither', () => {
    expect(provider.issuer === undefined).toBe(provider.jwksUri === undefined)
  })

  test('can be refreshed when its access tokens expire', () => {
    const { expiry } = provider.accessToken
    const expires = expiry === 'always' || expiry === 'when_rotating'
    const refreshable = provider.refreshToken.issued !== 'never'

    expect(!expires || refreshable).toBe(true)
  })

  test('has scopes for refresh exactly when a scope is the condition', () => {
    const byScope =
      provider.refreshToken.issued === 'conditional' && provider.refreshToken.condition === 'scope'
    expect(provider.scopesForRefresh !== undefined).toBe(byScope)
  })

  test('allows the consent page of its own authorization endpoint', () => {
    const { origin } = new URL(provider.authorizationEndpoint)

    expect(provider.consentOrigins ?? [origin]).toContain(origin)
  })

  test('says of a scope what it covers beyond itself, once', () => {
    for (const [scope, covered] of Object.entries(provider.impliedScopes ?? {})) {
      expect(covered.length).toBeGreaterThan(0)
      expect(covered).not.toContain(scope)
      expect(new Set(covered).size).toBe(covered.length)
    }
  })

  test('says what a scope allows in words', () => {
    for (const [scope, text] of Object.entries(provider.scopeTexts ?? {})) {
      expect(text).toMatch(/^[A-Z][^\n]{5,120}[^.]$/)
      expect(text).not.toBe(scope)
    }
  })

  test('calls only facts that it states unconfirmed', () => {
    const unstated = (provider.unconfirmed ?? []).filter(
      (path) => valueAt(provider, path) === undefined,
    )

    expect(unstated).toEqual([])
  })

  test('gives the source of its facts', () => {
    const source = readFileSync(new URL(`${provider.id}.ts`, import.meta.url), 'utf8')
    expect(source).toMatch(/\/\*\*[^/]*https:\/\//)
  })
})

test('a GitHub scope covers what its documentation nests under it, and Google has two names for some', () => {
  const implied: ProviderDefinition['impliedScopes'] = providers.github.impliedScopes

  expect(implied?.['user']).toEqual(['read:user', 'user:email', 'user:follow'])
  expect(implied?.['repo']).toContain('public_repo')
  expect(implied?.['public_repo']).toBeUndefined()
  for (const [short, long] of [
    ['email', 'https://www.googleapis.com/auth/userinfo.email'],
    ['profile', 'https://www.googleapis.com/auth/userinfo.profile'],
  ] as const) {
    expect(providers.google.impliedScopes[short]).toEqual([long])
    expect(providers.google.impliedScopes[long]).toEqual([short])
  }
})

test('has unique ids', () => {
  const ids = definitions.map(([, provider]) => provider.id)
  expect(new Set(ids).size).toBe(ids.length)
})

test.each(['', 'unknown', '__proto__', 'toString', 'constructor', 'Google'])(
  'finds no provider %j',
  (id) => {
    expect(findProvider(id)).toBeUndefined()
  },
)

test('a revoked Google token ends the whole grant', () => {
  expect(providers.google.revocation.scope).toBe('grant')
})

test('a GitHub OAuth App has neither refresh token nor expiry', () => {
  expect(providers.github.refreshToken).toEqual({ issued: 'never' })
  expect(providers.github.accessToken).toEqual({ expiry: 'never' })
})

test('a refresh of a GitHub App ends the live access token', () => {
  expect(providers['github-app'].refreshToken.refreshKillsAccessToken).toBe(true)
})

function identityProblem(provider: ProviderDefinition): string | undefined {
  const { identity } = provider
  switch (identity.source) {
    case 'id_token':
      return provider.issuer === undefined ? 'an ID token without an issuer' : undefined
    case 'token_response':
      return identity.idPaths.length === 0 ? 'no path to the id' : undefined
    case 'userinfo': {
      const { origin } = new URL(identity.endpoint)
      return provider.apiOrigins.includes(origin) ? undefined : `${origin} is no API origin`
    }
  }
}

function endpointsOf(provider: ProviderDefinition): string[] {
  const all = [
    provider.issuer,
    provider.jwksUri,
    provider.authorizationEndpoint,
    provider.tokenEndpoint,
    provider.revocation?.endpoint,
    provider.identity.source === 'userinfo' ? provider.identity.endpoint : undefined,
  ]
  return all.filter((endpoint) => endpoint !== undefined)
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, name) => {
    return typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined
  }, value)
}
