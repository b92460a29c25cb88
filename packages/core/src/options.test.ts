import { describe, expect, test } from 'vitest'
import { createValetKeyClient } from './client.ts'
import { checkOptions, type ValetKeyOptions } from './options.ts'

const vault = { issuer: 'https://vault.example.com/', clientId: 'a', clientSecret: 'b' }

test('R28: a token is kept for five minutes at most, unless told otherwise', () => {
  expect(checkOptions(vault).cacheSeconds).toBe(300)
  expect(checkOptions({ ...vault, cacheSeconds: 60 }).cacheSeconds).toBe(60)
})

describe('a wrong option is named at creation', () => {
  test.for([
    ['issuer', { issuer: 'vault.example.com' }],
    ['issuer', { issuer: 'http://vault.example.com/' }],
    ['issuer', { issuer: 'https://vault.example.com/?x' }],
    ['issuer', { issuer: 'https://user@vault.example.com/' }],
    ['domain', { issuer: undefined, domain: 'http://tenant.example.com' }],
    ['domain', { domain: 'tenant.example.com' }],
    ['clientId', { clientId: '' }],
    ['clientSecret', { clientSecret: '' }],
    ['privateKey', { privateKey: { key: 'pem' } }],
    ['privateKey', { clientSecret: undefined, privateKey: { key: 'pem' } }],
    ['privateKey', { clientSecret: undefined, privateKey: { key: 'pem', algorithm: 'HS256' } }],
    ['timeoutSeconds', { timeoutSeconds: 0 }],
    ['timeoutSeconds', { timeoutSeconds: Number.NaN }],
    ['cacheSeconds', { cacheSeconds: -1 }],
    ['cacheEntries', { cacheEntries: 1.5 }],
    ['connectUrl', { connectUrl: 'javascript:alert(1)' }],
    ['connectUrl', { connectUrl: '//evil.example' }],
    ['apiHosts', { apiHosts: { github: ['https://*.github.com'] } }],
    ['apiHosts', { apiHosts: { github: ['http://api.github.com'] } }],
    ['apiHosts', { apiHosts: { 'no/name': [] } }],
    ['accessToken', { accessToken: 'a', refreshToken: 'b' }],
  ] satisfies [string, ValetKeyOptions][])('%s: %o', ([name, options]) => {
    expect(() => createValetKeyClient({ ...vault, ...options })).toThrow(TypeError)
    expect(() => createValetKeyClient({ ...vault, ...options })).toThrow(new RegExp(`"${name}`))
  })

  test.for([
    ['dialect', { dialect: 'oauth' }],
    ['cache', { cache: 'redis' }],
    ['fetch', { fetch: 'fetch' }],
    ['onEvent', { onEvent: true }],
  ] satisfies [string, object][])('%s, also from JavaScript', ([name, options]) => {
    expect(() =>
      Reflect.apply(createValetKeyClient, undefined, [Object.assign({}, vault, options)]),
    ).toThrow(new RegExp(`"${name}"`))
  })

  test('also in the options of a wrapper', () => {
    const client = createValetKeyClient({ ...vault, accessToken: 'x' })
    const wrap = (options: object): unknown =>
      Reflect.apply(client.withTokenForConnection, undefined, [options, () => 1])

    expect(() => wrap({ connection: '' })).toThrow(/"connection"/)
    expect(() => wrap({ connections: [] })).toThrow(/"connections"/)
    expect(() => wrap({ connection: 'a', connections: [{ connection: 'b' }] })).toThrow(/both/)
    expect(() => wrap({ connections: [{ connection: 'a' }, { connection: 'a' }] })).toThrow(
      /differ/,
    )
    expect(() => wrap({ connection: 'a', scopes: 'b' })).toThrow(/"scopes"/)
    expect(() => wrap({ connection: 'a', scopes: ['b c'] })).toThrow(/"scopes"/)
    expect(() => wrap({ connection: 'a', scopes: [''] })).toThrow(/"scopes"/)
    expect(() => wrap({ connection: 'a', retry: 'always' })).toThrow(/"retry"/)
    expect(() => wrap({ connection: 'a', authorizationParams: { a: '' } })).toThrow(
      /authorizationParams/,
    )
    expect(() => wrap({ connection: 'a', accessToken: 'a', refreshToken: 'b' })).toThrow(
      /not several/,
    )
    expect(() =>
      Reflect.apply(client.withTokenForConnection, undefined, [{ connection: 'a' }, 'tool']),
    ).toThrow(/function/)
  })

  test('and so is a subject that is missing everywhere', () => {
    expect(() => createValetKeyClient(vault).protect({ connection: 'github' })).toThrow(
      /"accessToken"/,
    )
  })
})

test.for([
  'http://localhost:8787',
  'http://127.0.0.1:8787/',
  'http://[::1]:8787/tenant',
  'https://vault.example.com/a',
])('the issuer may be %s', (issuer) => {
  expect(() => createValetKeyClient({ ...vault, issuer })).not.toThrow()
})

test('with "client" nothing about the vault may be said again', () => {
  const client = createValetKeyClient(vault)

  expect(() => createValetKeyClient({ client, issuer: vault.issuer })).toThrow(/"issuer"/)
  expect(() => createValetKeyClient({ client, cacheSeconds: 1, fetch })).toThrow(
    /"fetch", "cacheSeconds"/,
  )
  expect(createValetKeyClient({ client, accessToken: 'x', connectUrl: '/c' }).vault).toBe(
    client.vault,
  )
})
