import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { ApiTokenRequest } from '../src/index.ts'
import { aClient, testRuntime } from './builders.ts'
import { type ModelAnswer, startModelVault, tokenAnswer, tokenFor } from './model-vault.ts'

const orders = { audience: 'https://orders.example.com', scopes: ['orders:read'] }
const type = (name: string): string => `urn:ietf:params:oauth:token-type:${name}`

describe('a token for an own API', () => {
  test('is asked for on behalf of the user, and says what it is and can do', async () => {
    await using vault = await startModelVault((request) =>
      tokenAnswer(request, { expires_in: 300, scope: 'orders:read' }),
    )

    const token = await aClient(vault.issuer).exchangeForApi({
      audience: orders.audience,
      scopes: ['orders:write', 'orders:read', 'orders:read'],
    })

    const [request] = vault.requests
    if (request === undefined) throw new Error('no request')
    expect(request.form).toEqual({
      client_id: 'agent',
      client_secret: 'agent-secret',
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'alice-login-token',
      subject_token_type: type('access_token'),
      audience: orders.audience,
      scope: 'orders:read orders:write',
    })
    expect(token).toEqual({
      token: tokenFor(request),
      tokenType: 'Bearer',
      expiresAt: 1_800_000_300,
      scopes: ['orders:read'],
    })
  })

  test('RV-30, RV-39: names the agent with its type, in both dialects, and otherwise nobody', async () => {
    await using vault = await startModelVault()
    const actorTokens: readonly ApiTokenRequest['actorToken'][] = [
      'agent-access-token',
      async () => ({ token: 'workload.jwt.', type: type('jwt') }),
      undefined,
    ]

    for (const dialect of ['rfc8693', 'auth0'] as const) {
      for (const actorToken of actorTokens) {
        await aClient(vault.issuer, { dialect }).exchangeForApi({ ...orders, actorToken })
      }
    }

    const actors = vault.requests.map(({ form }) => [form['actor_token'], form['actor_token_type']])
    const expected = [
      ['agent-access-token', type('access_token')],
      ['workload.jwt.', type('jwt')],
      [undefined, undefined],
    ]
    expect(actors).toEqual([...expected, ...expected])
  })

  test("is an exchange by RFC 8693 in Auth0's dialect too, which names the type it wants", async () => {
    await using vault = await startModelVault()

    await aClient(vault.issuer, { dialect: 'auth0' }).exchangeForApi(orders)

    expect(vault.requests[0]?.form).toEqual({
      client_id: 'agent',
      client_secret: 'agent-secret',
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'alice-login-token',
      subject_token_type: type('access_token'),
      requested_token_type: type('access_token'),
      audience: orders.audience,
      scope: 'orders:read',
    })
  })
})

describe('it is kept as the tokens of providers are', () => {
  test('twenty calls at once make one request, and so do those after them', async () => {
    await using vault = await startModelVault()
    const client = aClient(vault.issuer)

    const tokens = await Promise.all(
      Array.from({ length: 20 }, () => client.exchangeForApi(orders)),
    )
    await client.exchangeForApi({ ...orders, scopes: ['orders:read', 'orders:read'] })

    expect(new Set(tokens.map(({ token }) => token)).size).toBe(1)
    expect(vault.requests).toHaveLength(1)
  })

  test.for([
    ['until a tenth before its end', 100, 90],
    ['five minutes at most, so that what was revoked is noticed', 86_400, 300],
  ] as const)('%s', async ([, lifeSeconds, keptSeconds]) => {
    await using vault = await startModelVault((request) =>
      tokenAnswer(request, { expires_in: lifeSeconds }),
    )
    const runtime = testRuntime()
    const client = aClient(vault.issuer, {}, runtime)

    await client.exchangeForApi(orders)
    runtime.seconds += keptSeconds - 1
    await client.exchangeForApi(orders)
    const before = vault.requests.length
    runtime.seconds += 1
    await client.exchangeForApi(orders)

    expect([before, vault.requests.length]).toEqual([1, 2])
  })

  test('for nobody else: each part of the tuple makes another token', async () => {
    let issued = 0
    await using vault = await startModelVault((request) =>
      tokenAnswer(request, { access_token: `tok_${(issued += 1)}` }),
    )
    const client = aClient(vault.issuer)
    const requests: readonly ApiTokenRequest[] = [
      orders,
      { ...orders, accessToken: 'bob-login-token' },
      { ...orders, refreshToken: 'alice-login-token' },
      { ...orders, subjectToken: { token: 'alice-login-token', type: type('jwt') } },
      { ...orders, actorToken: 'agent-1' },
      { ...orders, actorToken: 'agent-2' },
      { ...orders, actorToken: { token: 'agent-2', type: type('jwt') } },
      { ...orders, audience: 'https://invoices.example.com' },
      { ...orders, scopes: [] },
      { ...orders, scopes: ['orders:read', 'orders:write'] },
    ]

    const first = await Promise.all(requests.map((request) => client.exchangeForApi(request)))
    const again = await Promise.all(requests.map((request) => client.exchangeForApi(request)))

    expect(vault.requests).toHaveLength(requests.length)
    expect(new Set(first.map(({ token }) => token)).size).toBe(requests.length)
    expect(again).toEqual(first)
  })

  test('apart from the tokens of connections, whatever their names', async () => {
    await using vault = await startModelVault()
    const client = aClient(vault.issuer)

    await client.getAccessTokenForConnection({ connection: 'orders' })
    await client.exchangeForApi({ audience: 'orders' })

    expect(vault.requests).toHaveLength(2)
  })

  test.for([
    ['without an expiry', { cache: 'memory' }, { expires_in: undefined }],
    ['without a cache', { cache: 'off' }, {}],
  ] as const)('but not %s', async ([, options, answer]) => {
    await using vault = await startModelVault((request) => tokenAnswer(request, answer))
    const client = aClient(vault.issuer, options)

    await client.exchangeForApi(orders)
    await client.exchangeForApi(orders)

    expect(vault.requests).toHaveLength(2)
  })

  test('where nothing shows it', async () => {
    await using vault = await startModelVault()
    const client = aClient(vault.issuer)

    const { token } = await client.exchangeForApi(orders)

    expect(inspect(client, { depth: 20, showHidden: true })).not.toContain(token)
  })
})

describe('what goes wrong has the same codes', () => {
  test.for([
    ['login_required', { status: 400, vaultError: 'subject_token_invalid' }],
    ['client_misconfigured', { status: 400, vaultError: 'actor_token_invalid' }],
    ['policy_denied', { status: 400, vaultError: 'policy_denied' }],
    ['client_misconfigured', { status: 400, vaultError: undefined }],
    ['vault_unavailable', { status: 503, vaultError: undefined }],
    ['vault_unavailable', { status: 429, vaultError: undefined }],
    ['protocol_error', { status: 400, vaultError: 'word_of_tomorrow' }],
  ] as const)('%s: %o', async ([code, { status, vaultError }]) => {
    const json = { error: 'invalid_target', vault_error: vaultError }
    await using vault = await startModelVault((): ModelAnswer => ({ status, json }))
    const client = aClient(vault.issuer)

    await expect(client.exchangeForApi(orders)).rejects.toMatchObject({ code })
    const before = vault.requests.length
    await expect(client.exchangeForApi(orders)).rejects.toMatchObject({ code })
    // A failure is not kept.
    expect(vault.requests).toHaveLength(before * 2)
  })

  test('nobody logged in, no agent, no audience: nothing is sent', async () => {
    await using vault = await startModelVault()
    const client = aClient(vault.issuer)

    await expect(
      client.exchangeForApi({ ...orders, accessToken: () => undefined }),
    ).rejects.toMatchObject({ code: 'login_required', interrupt: { kind: 'login' } })
    await expect(
      client.exchangeForApi({ ...orders, actorToken: () => undefined }),
    ).rejects.toMatchObject({ code: 'client_misconfigured' })
    await expect(client.exchangeForApi({ audience: '' })).rejects.toThrow(/"audience"/)
    await expect(client.exchangeForApi({ ...orders, scopes: ['a b'] })).rejects.toThrow(/"scopes"/)
    expect(vault.requests).toHaveLength(0)
  })

  test("one caller's abort does not end the exchange of the others", async () => {
    let release: (answer: ModelAnswer) => void = () => undefined
    let wasAsked: (value?: unknown) => void = () => undefined
    const asked = new Promise((resolve) => (wasAsked = resolve))
    await using vault = await startModelVault(() => {
      wasAsked()
      return new Promise((resolve) => (release = resolve))
    })
    const client = aClient(vault.issuer)
    const controller = new AbortController()

    const impatient = client.exchangeForApi(orders, { signal: controller.signal })
    const patient = client.exchangeForApi(orders)
    await asked
    controller.abort(new Error('left'))
    await expect(impatient).rejects.toThrow('left')
    release({ json: { access_token: 'tok_1', token_type: 'Bearer' } })

    expect((await patient).token).toBe('tok_1')
    expect(vault.requests).toHaveLength(1)
  })
})
