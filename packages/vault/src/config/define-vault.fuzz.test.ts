import fc from 'fast-check'
import { expect, test } from 'vitest'

import { ConfigError } from './config-error.ts'
import { parseVaultConfig } from './define-vault.ts'

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300)

const good = {
  issuer: 'https://vault.example.com/',
  storage: { sqlite: './vault.db' },
  keys: { local: 'file:./vault.key' },
  connections: [
    { name: 'google-oauth2', provider: 'google', clientId: 'id', clientSecret: 'env:SECRET' },
  ],
  trustedIssuers: [{ issuer: 'https://idp.example.com/', jwksUri: 'https://idp.example.com/jwks' }],
  clients: [
    {
      id: 'my-agent',
      secret: 'env:AGENT_SECRET',
      redirectUris: ['https://app.example.com/callback'],
      connections: { 'google-oauth2': { scopes: ['openid'] } },
      subjects: [{ issuer: 'https://idp.example.com/', azp: ['app'] }],
    },
  ],
}

/** Whether it is a configuration; anything thrown but the error made for people is a crash. */
function isAccepted(config: unknown): boolean {
  try {
    parseVaultConfig(config)
    return true
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return false
  }
}

/** Every place in a value where another value can stand. */
function pathsOf(value: unknown): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [[]]
  return [
    [],
    ...Object.entries(value).flatMap(([key, member]) =>
      pathsOf(member).map((path) => [key, ...path]),
    ),
  ]
}

function withValueAt(value: unknown, [key, ...rest]: readonly string[], other: unknown): unknown {
  if (key === undefined) return other
  if (Array.isArray(value)) {
    return value.map((member, index) =>
      String(index) === key ? withValueAt(member, rest, other) : (member as unknown),
    )
  }
  const members = value as Readonly<Record<string, unknown>>
  return { ...members, [key]: withValueAt(members[key], rest, other) }
}

test('takes what it should', () => {
  expect(isAccepted(good)).toBe(true)
})

test('refuses anything at all with an error made for people', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (config) => {
      expect(isAccepted(config)).toBe(false)
    }),
    { numRuns },
  )
})

test('survives any value in any place of a good configuration', () => {
  const odd = fc.oneof(fc.anything(), fc.string({ unit: 'binary' }), fc.webUrl(), fc.jsonValue())
  fc.assert(
    fc.property(fc.constantFrom(...pathsOf(good)), odd, (path, value) => {
      expect([true, false]).toContain(isAccepted(withValueAt(good, path, value)))
    }),
    { numRuns },
  )
})

test('survives settings of any name in any place', () => {
  const places = pathsOf(good).filter((path) => path.length < 3)
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.string(), fc.jsonValue(), (path, name, value) => {
      expect([true, false]).toContain(isAccepted(withValueAt(good, [...path, name], value)))
    }),
    { numRuns },
  )
})
