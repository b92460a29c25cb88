import { customOidc } from '@valetkey/providers'
import { describe, expect, test } from 'vitest'

import { createSecretHasher } from '../crypto/secret-hasher.ts'
import { ConfigError } from './config-error.ts'
import { createConfiguredClients } from './configured-clients.ts'
import { defineVault, parseVaultConfig } from './define-vault.ts'
import type { VaultConfig } from './vault-config.ts'

type Change = (config: Record<string, unknown>) => unknown

function aConfig(): VaultConfig {
  return {
    issuer: 'https://vault.example.com/',
    storage: { sqlite: './data/vault.db' },
    keys: { local: 'file:./data/vault.key' },
    connections: [
      {
        name: 'google-oauth2',
        provider: 'google',
        clientId: 'google-client',
        clientSecret: 'env:GOOGLE_CLIENT_SECRET',
        scopes: ['openid', 'email'],
      },
    ],
    clients: [
      {
        id: 'my-agent',
        secret: 'env:AGENT_SECRET',
        redirectUris: ['https://app.example.com/auth/callback'],
        connections: { 'google-oauth2': { scopes: ['openid'] } },
        subjects: ['https://idp.example.com/'],
      },
    ],
    trustedIssuers: [
      {
        issuer: 'https://idp.example.com/',
        audience: 'https://vault.example.com/',
        jwksUri: 'https://idp.example.com/.well-known/jwks.json',
        algorithms: ['ES256', 'RS256'],
      },
    ],
  }
}

/** A copy with the value at `path` replaced, or removed when it is `undefined`. */
function aConfigWith(path: string, value: unknown): unknown {
  const config = structuredClone(aConfig()) as unknown as Record<string, unknown>
  const segments = path.split('.')
  const last = segments.pop() ?? ''
  let target = config
  for (const segment of segments) target = target[segment] as Record<string, unknown>
  if (value === undefined) delete target[last]
  else target[last] = value
  return config
}

function problemsOf(config: unknown): string[] {
  try {
    parseVaultConfig(config)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ path, message }) => `${path} ${message}`)
  }
  return []
}

test('says where, also of what is wrong with the whole', () => {
  expect(() => parseVaultConfig({ ...aConfig(), conections: [] })).toThrow(
    'The configuration has a problem:\n  it has no setting "conections". Did you mean "connections"?',
  )
})

test('gives a good configuration back as it is', () => {
  const config = aConfig()

  expect(defineVault(config)).toBe(config)
})

test('puts defaults in place, and one form for what has two', () => {
  const parsed = parseVaultConfig(aConfig())

  expect(parsed.clients[0]).toMatchObject({
    secret: ['env:AGENT_SECRET'],
    consent: 'implied',
    subjects: [{ issuer: 'https://idp.example.com/' }],
    connections: { 'google-oauth2': { overScope: 'allow', forcedRefresh: 'refuse' } },
  })
  const asking = parseVaultConfig(aConfigWith('clients.0.consent', 'ask'))
  expect(asking.clients[0]).toMatchObject({
    consent: 'ask',
    // R7
    connections: { 'google-oauth2': { overScope: 'refuse', forcedRefresh: 'refuse' } },
  })
  expect(parsed.trustedIssuers[0]?.audience).toEqual(['https://vault.example.com/'])
  expect(parsed.proxy).toEqual({ trustedHops: 0 })
  expect(parsed.development).toEqual({ dangerouslyAllowLoopbackHttp: false })
})

test('R26: scripts may call from the origins of all public clients', async () => {
  const app = (id: string, ...origins: string[]) => ({ id, type: 'public', origins })
  const config = parseVaultConfig({
    ...aConfig(),
    clients: [
      ...(aConfig().clients ?? []),
      app('one', 'https://one.example'),
      app('two', 'https://two.example', 'https://one.example', 'http://localhost:3000'),
    ],
  })
  const secrets = {
    rootKey: { key: new Uint8Array() },
    clients: new Map(),
    adminClients: new Map(),
    connections: new Map(),
  }
  const hasher = createSecretHasher()
  const clients = createConfiguredClients({ config, secrets, hasher, tenant: 'default' })

  expect([...(await clients.origins({ tenant: 'default' }))]).toEqual([
    'https://one.example',
    'https://two.example',
    'http://localhost:3000',
  ])
  expect((await clients.origins({ tenant: 'other' })).size).toBe(0)
})

test('takes a provider described in code', () => {
  const provider = customOidc({
    id: 'acme',
    issuer: 'https://acme.example.com',
    jwksUri: 'https://acme.example.com/jwks',
    authorizationEndpoint: 'https://acme.example.com/authorize',
    tokenEndpoint: 'https://acme.example.com/token',
    apiOrigins: ['https://api.acme.example.com'],
  })

  expect(problemsOf(aConfigWith('connections.0.provider', provider))).toEqual([])
})

test('takes servers of one`s own network that are allowed by name, and browsers may go to any port', () => {
  const provider = customOidc({
    id: 'keycloak',
    issuer: 'https://idp.internal:8443/realms/a',
    jwksUri: 'https://idp.internal:8443/certs',
    authorizationEndpoint: 'https://idp.internal:9443/authorize',
    tokenEndpoint: 'https://10.0.0.7/token',
    apiOrigins: ['https://api.internal:9000'],
  })
  const config = {
    ...(aConfigWith('connections.0.provider', provider) as object),
    outbound: { allowedHosts: ['idp.internal:8443', '10.0.0.7:443'] },
  }

  expect(problemsOf(config)).toEqual([])
  expect(problemsOf({ ...config, outbound: {} })).toEqual([
    expect.stringMatching(/^connections\[0\]\.provider\.tokenEndpoint is not a public address/),
    expect.stringMatching(/^connections\[0\]\.provider\.jwksUri has port 8443/),
  ])
})

describe('names the field, the reason and the mend', () => {
  const wrongValues: readonly (readonly [string, unknown, RegExp])[] = [
    // R26
    ['clients.0.origins', ['https://app.example.com'], /origins is for clients of type "public"/],
    ['storage', undefined, /^storage is missing\. Give an object such as/],
    ['storage.sqlite', 7, /^storage\.sqlite must not be a number\. Give the path/],
    ['storage.sqlite', '', /^storage\.sqlite must not be empty/],
    ['storage.sqllite', 'x', /^storage has no setting "sqllite"\. Did you mean "sqlite"\?/],
    ['keys', undefined, /^keys is missing/],
    ['keys.local', undefined, /^keys\.local is missing\. Give "file:PATH"/],
    ['keys.local', null, /^keys\.local must not be null/],
    ['conections', [], /has no setting "conections"\. Did you mean "connections"\?/],
    ['frobnicate', [], /has no setting "frobnicate"\. Known: issuer, /],
    ['issuer', 'vault.example.com', /^issuer must be an absolute URL/],
    [
      'issuer',
      'https://vault.example.com',
      /^issuer must be written "https:\/\/vault.example.com\/"/,
    ],
    [
      'issuer',
      'https://VAULT.example.com/',
      /^issuer must be written "https:\/\/vault.example.com\/"/,
    ],
    ['issuer', 'https://vault.example.com:443/', /^issuer must be written/],
    ['issuer', 'https://vault.example.com/a/', /^issuer must have no path/],
    ['issuer', 'https://vault.example.com/?a', /^issuer must have no path and no query/],
    ['issuer', 'https://vault.example.com/#a', /^issuer must not have a fragment/],
    ['issuer', 'https://user:hunter2@vault.example.com/', /^issuer must not hold a user name/],
    ['issuer', 'http://vault.example.com/', /^issuer must begin with https/],
    ['issuer', 'http://127.0.0.1.example.com/', /^issuer must begin with https/],
    ['issuer', 'ftp://vault.example.com/', /^issuer must begin with https/],
    ['connections', 'google', /^connections must not be this text\. Give a list of connections/],
    ['connections.0', null, /^connections\[0\] must not be null/],
    ['connections.0.name', 'Google', /^connections\[0\]\.name must be lower-case/],
    ['connections.0.name', 'a/b', /^connections\[0\]\.name must be lower-case/],
    [
      'connections.0.provider',
      'gogle',
      /provider "gogle" is not in the catalog\. Did you mean "google"\? Others are described/,
    ],
    ['connections.0.provider', 'zzzzzzzzz', /is not in the catalog\. Known: google, /],
    [
      'connections.0.provider',
      {},
      /^connections\[0\]\.provider must not be an object of this form/,
    ],
    ['connections.0.clientId', undefined, /^connections\[0\]\.clientId is missing/],
    ['connections.0.clientSecret', 5, /^connections\[0\]\.clientSecret must not be a number/],
    [
      'connections.0.scopes',
      'openid email',
      /^connections\[0\]\.scopes must not be this text\. Give a list/,
    ],
    ['connections.0.scopes', ['a b'], /^connections\[0\]\.scopes\[0\] must be one scope/],
    ['connections.0.scopes', [7], /^connections\[0\]\.scopes\[0\] must not be a number/],
    ['clients.0.id', 'my agent', /^clients\[0\]\.id must be 1 to 128 visible/],
    ['clients.0.secret', undefined, /^clients\[0\] has no way to authenticate/],
    ['clients.0.secret', [], /^clients\[0\]\.secret must hold at least one/],
    [
      'clients.0.secret',
      ['env:A', 'env:B', 'env:C'],
      /^clients\[0\]\.secret must hold two secrets at most/,
    ],
    ['clients.0.jwks', { keys: [{ kty: 'EC' }] }, /^clients\[0\] has both "secret" and "jwks"/],
    ['clients.0.jwks', { keys: [{ kty: 'EC', d: 'x' }] }, /jwks\.keys\[0\] holds a private/],
    [
      'clients.0.jwks',
      { keys: [{ kty: 'oct', k: 'x' }] },
      /jwks\.keys\[0\] holds a private or shared/,
    ],
    ['clients.0.jwks', { keys: [] }, /jwks\.keys must hold at least one key/],
    [
      'clients.0.redirectUris',
      ['/callback'],
      /^clients\[0\]\.redirectUris\[0\] must be an absolute/,
    ],
    [
      'clients.0.redirectUris',
      ['http://app.example.com/'],
      /redirectUris\[0\] must begin with https/,
    ],
    [
      'clients.0.redirectUris',
      ['https://*.example.com/'],
      /redirectUris\[0\] must not have a wildcard/,
    ],
    [
      'clients.0.redirectUris',
      ['https://a.example.com/#x'],
      /redirectUris\[0\] must not have a fragment/,
    ],
    ['clients.0.redirectUris', ['javascript:alert(1)'], /redirectUris\[0\] must begin with https/],
    [
      'clients.0.connections',
      { 'google-oauth': { scopes: [] } },
      /connections\["google-oauth"\] names no connection\. Did you mean "google-oauth2"\?/,
    ],
    [
      'clients.0.connections',
      { slack: { scopes: [] } },
      /connections\.slack names no connection\. Add it/,
    ],
    [
      'clients.0.connections',
      { 'google-oauth2': {} },
      /connections\["google-oauth2"\]\.scopes is missing/,
    ],
    [
      'clients.0.connections',
      { 'google-oauth2': { scopes: [], overscope: 'allow' } },
      /Did you mean "overScope"/,
    ],
    [
      'clients.0.connections',
      { 'google-oauth2': { scopes: [], overScope: true } },
      /overScope must be one of "allow", "refuse"/,
    ],
    ['clients.0.connections', ['google-oauth2'], /^clients\[0\]\.connections must not be a list/],
    [
      'clients.0.subjects',
      ['https://other.example.com/'],
      /subjects\[0\] "https:\/\/other.example.com\/" is not in "trustedIssuers"/,
    ],
    [
      'clients.0.subjects',
      [{ issuer: 'https://idp.example.com/', azp: [] }],
      /subjects\[0\]\.azp must hold at least one/,
    ],
    [
      'clients.0.subjects',
      [{ isuer: 'https://idp.example.com/' }],
      /subjects\[0\] has no setting "isuer"\. Did you mean "issuer"/,
    ],
    ...['Orders\u202esredrO', 'One\nTwo', 'x'.repeat(201), ' '].map(
      (name): [string, unknown, RegExp] => ['clients.0.name', name, /name must be one line/],
    ),
    ['connections.0.displayName', 'Goo\u200bgle', /displayName must be one line/],
    ['clients.0.consent', 'never', /^clients\[0\]\.consent must be one of "implied", "ask"/],
    ['clients.0.myAccountScopes', ['admin'], /myAccountScopes\[0\] must be one of "create:me/],
    [
      'trustedIssuers.0.issuer',
      'https://vault.example.com/',
      /trustedIssuers\[0\]\.issuer is the vault itself/,
    ],
    [
      'trustedIssuers.0.jwksUri',
      'http://idp.example.com/jwks',
      /trustedIssuers\[0\]\.jwksUri must begin with https/,
    ],
    ['trustedIssuers.0.jwksUri', 'http://127.0.0.1:9/jwks', /dangerouslyAllowLoopbackHttp/],
    ['trustedIssuers.0.algorithms', ['none'], /algorithms\[0\] must be one of "RS256"/],
    ['trustedIssuers.0.algorithms', ['HS256'], /algorithms\[0\] must be one of "RS256"/],
    ['trustedIssuers.0.algorithms', [], /algorithms must hold at least one/],
    ['trustedIssuers.0.maxAgeSeconds', -1, /maxAgeSeconds must be a whole number from 1/],
    ['trustedIssuers.0.maxAgeSeconds', Number.NaN, /maxAgeSeconds must be a whole number/],
    [
      'trustedIssuers.0.jwksUri',
      'https://idp.internal:8443/certs',
      /jwksUri has port 8443, .*add "idp\.internal:8443" to outbound\.allowedHosts/,
    ],
    [
      'trustedIssuers.0.jwksUri',
      'https://10.0.0.7/certs',
      /jwksUri is not a public address, .*add "10\.0\.0\.7:443" to outbound/,
    ],
    [
      'trustedIssuers.0.jwksUri',
      'https://[fd00::1]/certs',
      /jwksUri is not a public address, .*add "\[fd00::1\]:443" to outbound/,
    ],
    ['trustedIssuers.0.jwksUri', 'https://localhost/certs', /jwksUri is not a public address/],
    ['outbound', { allowedHosts: 'idp.internal:8443' }, /allowedHosts must not be this text/],
    ['outbound', { allowedHost: [] }, /Did you mean "allowedHosts"/],
    ...[
      'idp.internal',
      'https://idp.internal:8443',
      'IDP.internal:8443',
      'idp.internal:8443/certs',
      '*.internal:8443',
      'user@idp.internal:8443',
      'idp.internal:99999',
      '0x7f.1:443',
    ].map((host): [string, unknown, RegExp] => [
      'outbound',
      { allowedHosts: [host] },
      /allowedHosts\[0\] must be a host with its port/,
    ]),
    ['proxy', { trustedHops: 1.5 }, /^proxy\.trustedHops must be a whole number from 0 to 10/],
    ['development', { allowLoopbackHttp: true }, /Did you mean "dangerouslyAllowLoopbackHttp"/],
    [
      'development',
      { dangerouslyAllowLoopbackHttp: true },
      /^development\.dangerouslyAllowLoopbackHttp is for vaults whose issuer is on loopback\. Remove/,
    ],
    [
      'development',
      { dangerouslyAllowLoopbackHttp: 'yes' },
      /must not be this text\. Give true or false/,
    ],
  ]

  test.each(wrongValues)('%s = %j', (path, value, expected) => {
    const problems = problemsOf(aConfigWith(path, value))

    expect(problems.some((problem) => expected.test(problem.trim()))).toBe(true)
  })

  const duplicates: readonly (readonly [string, RegExp])[] = [
    ['connections', /connections\[1\]\.name "google-oauth2" is used twice/],
    ['clients', /clients\[1\]\.id "my-agent" is used twice/],
    ['trustedIssuers', /trustedIssuers\[1\]\.issuer "https:\/\/idp.example.com\/" is listed twice/],
  ]

  test("a client by the name of the vault's own", () => {
    const config = aConfig()
    const [client] = config.clients ?? []

    expect(problemsOf({ ...config, clients: [{ ...client, id: 'valetkey-account' }] })).toEqual([
      expect.stringMatching(/clients\[0\]\.id is the vault's own/),
    ])
  })

  test('RV-112: a client by the name of an admin client', () => {
    const secret = 'env:ADMIN_SECRET'
    const clients = [{ id: 'my-agent', secret, scopes: ['vault:read' as const] }]

    expect(problemsOf({ ...aConfig(), admin: { clients } })).toEqual([
      expect.stringMatching(/clients\[0\]\.id "my-agent" is an admin client's/),
    ])
  })

  test.each(duplicates)('two of the same in %s', (list, expected) => {
    const config = aConfig() as unknown as Record<string, unknown[]>
    const doubled = { ...config, [list]: [config[list]?.[0], config[list]?.[0]] }

    expect(problemsOf(doubled)).toEqual([expect.stringMatching(expected)])
  })

  test('a provider whose endpoints are not https', () => {
    const provider = {
      ...customOidc({
        id: 'acme',
        issuer: 'https://acme.example.com',
        jwksUri: 'https://acme.example.com/jwks',
        authorizationEndpoint: 'https://acme.example.com/authorize',
        tokenEndpoint: 'https://acme.example.com/token',
        apiOrigins: ['https://api.acme.example.com'],
      }),
      tokenEndpoint: 'http://10.0.0.1/token',
    }

    expect(problemsOf(aConfigWith('connections.0.provider', provider))).toEqual([
      expect.stringMatching(/^connections\[0\]\.provider\.tokenEndpoint must begin with https/),
    ])
  })
})

test.each([[undefined], [null], [7], ['text'], [[]], [() => ({})]])(
  'refuses a configuration that is %s without crashing',
  (config) => {
    expect(problemsOf(config)).toHaveLength(1)
  },
)

test('throws an error with a code', () => {
  expect(() => parseVaultConfig(7)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
})

test('tells of every problem at once', () => {
  const config = aConfigWith('storage.sqlite', 7) as Record<string, unknown>

  expect(problemsOf({ ...config, keys: undefined })).toHaveLength(2)
})

test('never repeats a value that may be a secret', () => {
  const secret = 'canary-7f3a'
  const changes: readonly Change[] = [
    (config) => ({ ...config, keys: { local: [secret] } }),
    (config) => ({ ...config, issuer: `https://${secret}@vault.example.com/` }),
    (config) => ({ ...config, clients: [{ id: 'a', secret: { value: secret } }] }),
    (config) => ({
      ...config,
      connections: [
        { name: 'a', provider: 'google', clientId: 'b', clientSecret: { [secret]: 1 } },
      ],
    }),
  ]

  for (const change of changes) {
    const problems = problemsOf(change(aConfig() as unknown as Record<string, unknown>))
    expect(problems.length).toBeGreaterThan(0)
    expect(problems.join('\n')).not.toContain(secret)
  }
})

describe('who says who the users of a login system are', () => {
  const forging = (changes: Readonly<Record<string, unknown>>): unknown => ({
    ...customOidc({
      id: 'evil',
      name: 'Evil',
      issuer: 'https://accounts.google.com',
      authorizationEndpoint: 'https://evil.example.com/authorize',
      tokenEndpoint: 'https://evil.example.com/token',
      jwksUri: 'https://evil.example.com/keys',
      apiOrigins: ['https://evil.example.com'],
    }),
    ...changes,
  })
  const withProvider = (provider: unknown): unknown => {
    const config = aConfig()
    const more = { name: 'more', provider, clientId: 'id', clientSecret: 'env:X', scopes: [] }
    return { ...config, connections: [...(config.connections ?? []), more] }
  }
  const other =
    /connections\[1\]\.provider\.issuer says who the users of \S+ are, from other servers/

  test.for([
    ['of the catalog', {}, other],
    ['that is trusted', { issuer: 'https://idp.example.com/' }, other],
    [
      'that has no issuer',
      {
        issuer: undefined,
        jwksUri: undefined,
        authorizationEndpoint: 'https://github.com/login/oauth/authorize',
        identity: { source: 'userinfo', endpoint: 'https://evil.example.com/user' },
      },
      other,
    ],
    ['that is the vault', { issuer: 'https://vault.example.com/' }, /names the vault's own issuer/],
  ] as const)('RV-35: nobody else speaks for one %s', ([, changes, message]) => {
    expect(problemsOf(withProvider(forging(changes))).join('\n')).toMatch(message)
  })

  test.for([
    ['an issuer of its own', { issuer: 'https://evil.example.com' }],
    [
      'the same servers',
      {
        tokenEndpoint: 'https://oauth2.googleapis.com/token',
        jwksUri: 'https://www.googleapis.com/oauth2/v3/certs',
      },
    ],
  ] as const)('a description with %s stays', ([, changes]) => {
    expect(problemsOf(withProvider(forging(changes)))).toEqual([])
  })

  test.for([
    'https://accounts.google.com',
    'https://idp.example.com/',
    'https://vault.example.com/',
    'https://vault.example.com',
  ])('R2: no client signs for the users of %s', (issuer) => {
    const config = aConfig()
    const jwks = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }] }
    const signedSubjects = { issuer, connections: ['google-oauth2'] }
    const client = { id: 'signer', jwks, signedSubjects }

    const problems = problemsOf({ ...config, clients: [...(config.clients ?? []), client] })

    expect(problems.join('\n')).toMatch(/clients\[1\]\.signedSubjects\.issuer is /)
  })
})
