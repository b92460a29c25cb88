// Defects seen in published SDKs for the same job: each has a test here by its number, so that none
// of them comes in. (D10 to D13 belong to packaging, adapters and approvals.)
import { expect, test } from 'vitest'
import {
  FederatedConnectionError,
  fetchForConnection,
  getAccessTokenForConnection,
  isInterruptError,
} from '../src/index.ts'
import { aClient, testRuntime } from './builders.ts'
import { type ModelAnswer, startModelVault, tokenAnswer, tokenFor } from './model-vault.ts'

const google = { connection: 'google-oauth2', scopes: ['calendar.events'] }

test.for([
  ['500', { status: 500, text: 'oops' }],
  ['429', { status: 429, json: { error: 'too_many_requests' } }],
  ['401 invalid_client', { status: 401, json: { error: 'invalid_client' } }],
  ['400', { status: 400, json: { error: 'invalid_request' } }],
  ['403 access_denied', { status: 403, json: { error: 'access_denied' } }],
] satisfies [string, ModelAnswer][])(
  'D1: %s from the token endpoint never asks the user to connect, in any dialect',
  async ([, answer]) => {
    await using vault = await startModelVault(() => answer)

    for (const dialect of ['rfc8693', 'auth0'] as const) {
      const tool = aClient(vault.issuer, { dialect }).withTokenForConnection(google, () => 1)
      const error = await tool().catch((caught: unknown) => caught)

      expect(error).toMatchObject({ status: answer.status })
      expect(isInterruptError(error)).toBe(false)
    }
  },
)

test('D2: two users of one wrapper, in one thread, get a token each', async () => {
  await using vault = await startModelVault()
  const tool = aClient(vault.issuer, {
    accessToken: (call) => String(call.context),
  }).withTokenForConnection(google, () => {
    return vault.requests.map(tokenFor).indexOf(getAccessTokenForConnection())
  })

  const alice = await tool(undefined, { context: 'alice' })
  const bob = await tool(undefined, { context: 'bob' })
  const aliceAgain = await tool(undefined, { context: 'alice' })

  expect([alice, bob, aliceAgain]).toEqual([0, 1, 0])
  expect(vault.requests.map(({ form }) => form['subject_token'])).toEqual(['alice', 'bob'])
})

test('D2: the same text as two types of subject token is two subjects', async () => {
  await using vault = await startModelVault()
  const types = [
    'urn:ietf:params:oauth:token-type:jwt',
    'urn:ietf:params:oauth:token-type:id_token',
  ]
  const tool = aClient(vault.issuer, {
    subjectToken: (call) => ({ token: 'same', type: types[Number(call.context)] ?? '' }),
  }).withTokenForConnection(google, () => {
    return vault.requests.map(tokenFor).indexOf(getAccessTokenForConnection())
  })

  const seen = []
  for (const context of [0, 1, 0, 1]) seen.push(await tool(undefined, { context }))

  expect(seen).toEqual([0, 1, 0, 1])
})

test('D3, D14: two account hints never share a token', async () => {
  await using vault = await startModelVault()
  const { withTokenForConnection } = aClient(vault.issuer)
  const which = (): number => vault.requests.map(tokenFor).indexOf(getAccessTokenForConnection())
  const work = withTokenForConnection({ ...google, loginHint: 'work' }, which)
  const home = withTokenForConnection({ ...google, loginHint: () => 'home' }, which)
  const any = withTokenForConnection(google, which)

  expect([await work(), await home(), await any(), await work()]).toEqual([0, 1, 2, 0])
  expect(vault.requests.map(({ form }) => form['login_hint'])).toEqual(['work', 'home', undefined])
})

test.for([
  ['refreshToken', 'as a value', { refreshToken: 'mine' }],
  ['refreshToken', 'by a function', { refreshToken: () => 'mine' }],
  ['accessToken', 'as a value', { accessToken: 'mine' }],
  ['accessToken', 'by an async function', { accessToken: () => Promise.resolve('mine') }],
  ['subjectToken', 'as a value', { subjectToken: { token: 'mine', type: 'urn:x' } }],
] as const)('D4: %s is taken %s', async ([, , options]) => {
  await using vault = await startModelVault()

  await aClient(vault.issuer).withTokenForConnection({ ...google, ...options }, () => 1)()

  expect(vault.requests[0]?.form['subject_token']).toBe('mine')
})

test.for([{}, { scope: '' }])(
  'D5: a provider that names no scopes passes, in both dialects: %o',
  async (more) => {
    await using vault = await startModelVault(() => ({
      json: { access_token: 'tok_12345678', token_type: 'Bearer', ...more },
    }))

    for (const dialect of ['rfc8693', 'auth0'] as const) {
      const client = aClient(vault.issuer, { dialect })
      expect(await client.withTokenForConnection(google, () => 'ran')()).toBe('ran')
    }
  },
)

test.for([{ expires_in: 0 }, { expires_in: undefined }])(
  'D6: a token with %o is used for one call and not kept',
  async (more) => {
    await using vault = await startModelVault((request) => tokenAnswer(request, more))
    const tool = aClient(vault.issuer).withTokenForConnection(
      google,
      () => [getAccessTokenForConnection(), getAccessTokenForConnection()].length,
    )

    await tool()
    await tool()

    expect(vault.requests).toHaveLength(2)
  },
)

test('D6: expiry is checked when a token is read, with a margin', async () => {
  await using vault = await startModelVault((request) => tokenAnswer(request, { expires_in: 200 }))
  const runtime = testRuntime()
  const tool = aClient(vault.issuer, {}, runtime).withTokenForConnection(google, () => 1)

  await tool()
  runtime.seconds += 179
  await tool()
  expect(vault.requests).toHaveLength(1)
  runtime.seconds += 1
  await tool()

  expect(vault.requests).toHaveLength(2)
})

test('D7: many calls at once make one request, which can be aborted, retried and timed out', async () => {
  let failures = 2
  await using vault = await startModelVault((request) =>
    failures-- > 0 ? { status: 503 } : tokenAnswer(request),
  )
  const tool = aClient(vault.issuer).withTokenForConnection(google, () => 1)

  await Promise.all(Array.from({ length: 20 }, () => tool()))

  expect(vault.requests).toHaveLength(3)
})

test("D8: a provider's 401 drops the token: the next call has a newer one", async () => {
  let generation = 1
  await using vault = await startModelVault((request) => {
    if (request.form['force_refresh'] === 'cac_a:1') generation = 2
    return tokenAnswer(request, {
      access_token: `provider-token-${generation}`,
      account: 'cac_a',
      generation,
      api_origins: [vault.issuer.slice(0, -1)],
    })
  })
  const client = aClient(vault.issuer)
  const seen: boolean[] = []
  const tool = client.withTokenForConnection(google, (shouldFail: boolean) => {
    seen.push(getAccessTokenForConnection() === `provider-token-${generation}`)
    if (shouldFail) throw new FederatedConnectionError('401')
  })

  await tool(true).catch(() => undefined)
  await tool(false)

  expect([seen, generation]).toEqual([[true, true], 2])
  expect(fetchForConnection).toBeTypeOf('function')
})

test('D9: wrapped tools nest, and one tool may use several connections', async () => {
  await using vault = await startModelVault()
  const { withTokenForConnection } = aClient(vault.issuer)
  const slack = { connection: 'slack', scopes: ['chat:write'] }
  const inner = withTokenForConnection({ connections: [google, slack] }, () => 'inner')
  const outer = withTokenForConnection(google, async () => `outer ${await inner()}`)

  expect(await outer()).toBe('outer inner')
})

test('D15: an answer without expires_in has an unknown expiry, not NaN or null', async () => {
  await using vault = await startModelVault((request) =>
    tokenAnswer(request, { expires_in: undefined }),
  )

  const credentials = await aClient(vault.issuer).getAccessTokenForConnection(google)

  expect(credentials).toMatchObject({ expiresAt: undefined })
})

test('D16: errors have names of their own, and different failures different codes', async () => {
  const answers: ModelAnswer[] = [
    { status: 400, json: { error: 'x', vault_error: 'not_connected' } },
    { status: 400, json: { error: 'x', vault_error: 'subject_token_invalid' } },
    { status: 400, json: { error: 'x', vault_error: 'policy_denied' } },
    { status: 401, json: { error: 'invalid_client' } },
    { status: 200, text: 'hello' },
  ]
  await using vault = await startModelVault(() => answers.shift() ?? {})
  const tool = aClient(vault.issuer).withTokenForConnection(google, () => 1)

  const seen: unknown[] = []
  while (answers.length > 0) {
    await tool().catch((error: unknown) => seen.push(error))
  }

  expect(seen).toMatchObject([
    { name: 'FederatedConnectionInterrupt', code: 'not_connected' },
    { name: 'InterruptError', code: 'login_required' },
    { name: 'ValetKeyError', code: 'policy_denied' },
    { name: 'ValetKeyError', code: 'client_misconfigured' },
    { name: 'ValetKeyError', code: 'protocol_error' },
  ])
})
