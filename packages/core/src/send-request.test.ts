import { describe, expect, test } from 'vitest'
import { aClient, testRuntime } from '../test/builders.ts'
import { type ModelAnswer, startModelVault, tokenAnswer } from '../test/model-vault.ts'
import { retryAfterSeconds } from './send-request.ts'
import { systemRuntime } from './runtime.ts'

const github = { connection: 'github', scopes: ['repo'] }

/** Gives these answers one after the other, then tokens. */
function answers(...list: readonly ModelAnswer[]): Parameters<typeof startModelVault>[0] {
  const left = [...list]
  return (request) => left.shift() ?? tokenAnswer(request)
}

describe('a failure that time mends', () => {
  test.for([
    ['a reset connection', { reset: true }],
    ['429', { status: 429, json: { error: 'slow_down' } }],
    ['500', { status: 500, text: 'oops' }],
    ['503', { status: 503, json: { error: 'temporarily_unavailable' } }],
  ] satisfies [string, ModelAnswer][])('is tried again after %s', async ([, failure]) => {
    await using vault = await startModelVault(answers(failure, failure))
    const runtime = testRuntime()
    const tool = aClient(vault.issuer, {}, runtime).withTokenForConnection(github, () => 'done')

    expect(await tool()).toBe('done')
    expect(vault.requests).toHaveLength(3)
    const [first = 0, second = 0] = runtime.waits
    expect(first).toBeGreaterThanOrEqual(100)
    expect(second).toBeGreaterThanOrEqual(200)
    expect(second).toBeLessThanOrEqual(600)
  })

  test('is tried three times at most', async () => {
    await using vault = await startModelVault(() => ({ status: 500 }))
    const tool = aClient(vault.issuer).withTokenForConnection(github, () => 1)

    await expect(tool()).rejects.toMatchObject({ code: 'vault_unavailable' })
    expect(vault.requests).toHaveLength(3)
  })

  test('waits as long as Retry-After says, while that is inside the time limit', async () => {
    const busy = { status: 503, headers: { 'retry-after': '4' }, json: { error: 'busy' } }
    await using vault = await startModelVault(answers(busy))
    const runtime = testRuntime()
    const tool = aClient(vault.issuer, {}, runtime).withTokenForConnection(github, () => 'done')

    expect(await tool()).toBe('done')
    expect(runtime.waits[0]).toBeGreaterThanOrEqual(4_000)
  })

  test('is not tried again when Retry-After leads beyond the time limit', async () => {
    const busy = { status: 429, headers: { 'retry-after': '3600' }, json: { error: 'busy' } }
    await using vault = await startModelVault(answers(busy))
    const tool = aClient(vault.issuer).withTokenForConnection(github, () => 1)

    await expect(tool()).rejects.toMatchObject({
      code: 'vault_unavailable',
      retryAfterSeconds: 3_600,
    })
    expect(vault.requests).toHaveLength(1)
  })
})

test.for([
  [400, { error: 'invalid_request' }],
  [401, { error: 'invalid_client' }],
] as const)('a %i is not tried again', async ([status, json]) => {
  await using vault = await startModelVault(() => ({ status, json }))
  const tool = aClient(vault.issuer).withTokenForConnection(github, () => 1)

  await expect(tool()).rejects.toMatchObject({ code: 'client_misconfigured' })
  expect(vault.requests).toHaveLength(1)
})

test('a vault that does not answer is given up after the time limit', async () => {
  await using vault = await startModelVault(() => new Promise<never>(() => undefined))
  const tool = aClient(vault.issuer, { timeoutSeconds: 0.05 }).withTokenForConnection(
    github,
    () => 1,
  )

  await expect(tool()).rejects.toMatchObject({ code: 'vault_unavailable' })
  expect(vault.requests).toHaveLength(1)
})

test('a vault that cannot be reached is unavailable, and the cause says why', async () => {
  const vault = await startModelVault()
  await vault[Symbol.asyncDispose]()
  const tool = aClient(vault.issuer).withTokenForConnection(github, () => 1)

  const error = await tool().catch((caught: unknown) => caught)

  expect(error).toMatchObject({ code: 'vault_unavailable' })
  expect(error instanceof Error && error.cause instanceof Error && error.cause.message).toContain(
    'ECONNREFUSED',
  )
})

test.for([
  [
    'larger than 1 MiB',
    { json: { access_token: 'tok_12345678', token_type: 'Bearer', more: 'a'.repeat(1_100_000) } },
  ],
  ['a page of HTML', { text: '<h1>Hello</h1>', headers: { 'content-type': 'text/html' } }],
  ['half a JSON', { text: '{"access_token":', headers: { 'content-type': 'application/json' } }],
  ['without a token', { json: { token_type: 'Bearer' } }],
  ['of another token type', { json: { access_token: 'tok_12345678', token_type: 'DPoP' } }],
  [
    'with a null lifetime',
    { json: { access_token: 'tok_12345678', token_type: 'Bearer', expires_in: null } },
  ],
  [
    'with a negative lifetime',
    { json: { access_token: 'tok_12345678', token_type: 'Bearer', expires_in: -1 } },
  ],
  [
    'with a line break in the token',
    { json: { access_token: 'tok\r\nx: y', token_type: 'Bearer' } },
  ],
  [
    'with a refresh token inside',
    {
      json: {
        access_token: 'tok_12345678',
        token_type: 'Bearer',
        issued_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
      },
    },
  ],
  [
    'for another connection',
    { json: { access_token: 'tok_12345678', token_type: 'Bearer', connection: 'slack' } },
  ],
  [
    'with a wildcard API origin',
    {
      json: {
        access_token: 'tok_12345678',
        token_type: 'Bearer',
        api_origins: ['https://*.example.com'],
      },
    },
  ],
  ['a redirect', { status: 307, headers: { location: 'https://evil.example/' } }],
] satisfies [string, ModelAnswer][])(
  'an answer %s is a protocol error without the token',
  async ([, answer]) => {
    await using vault = await startModelVault(() => answer)
    const tool = aClient(vault.issuer).withTokenForConnection(github, () => 1)

    const error = await tool().catch((caught: unknown) => caught)

    expect(error).toMatchObject({ code: 'protocol_error' })
    const { inspect } = await import('node:util')
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('tok_12345678')
    expect(vault.requests).toHaveLength(1)
  },
)

describe('an abort', () => {
  test('ends the wait of its caller with its own reason', async () => {
    const controller = new AbortController()
    await using vault = await startModelVault(() => {
      controller.abort(new Error('the user went away'))
      return new Promise<never>(() => undefined)
    })
    const tool = aClient(vault.issuer).withTokenForConnection(github, () => 1)

    await expect(tool(undefined, { signal: controller.signal })).rejects.toThrow(
      'the user went away',
    )
  })

  test('of one caller does not end the request that another waits for', async () => {
    const controller = new AbortController()
    let release = (): void => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    await using vault = await startModelVault(async (request) => {
      await released
      return tokenAnswer(request)
    })
    const tool = aClient(vault.issuer).withTokenForConnection(github, () => 'done')

    const first = tool(undefined, { signal: controller.signal })
    const second = tool()
    const third = tool(undefined, { signal: new AbortController().signal })
    controller.abort(new Error('gone'))
    await expect(first).rejects.toThrow('gone')
    release()

    expect(await Promise.all([second, third])).toEqual(['done', 'done'])
    expect(vault.requests).toHaveLength(1)
  })

  test('of all callers ends the request, and the next call starts afresh', async () => {
    const controller = new AbortController()
    let isHanging = true
    let noteAbort = (): void => undefined
    const aborted = new Promise<void>((resolve) => (noteAbort = resolve))
    await using vault = await startModelVault((request) =>
      isHanging ? new Promise<never>(() => undefined) : tokenAnswer(request),
    )
    const runtime = {
      ...testRuntime(),
      fetch: async (input: RequestInfo | URL, init?: RequestInit) => {
        init?.signal?.addEventListener('abort', () => noteAbort())
        return await systemRuntime.fetch(input, init)
      },
    }
    const tool = aClient(vault.issuer, {}, runtime).withTokenForConnection(github, () => 'done')

    const calls = [1, 2].map(() => tool(undefined, { signal: controller.signal }))
    await expect.poll(() => vault.requests.length).toBe(1)
    controller.abort(new Error('gone'))
    await expect(calls[0]).rejects.toThrow('gone')
    await expect(calls[1]).rejects.toThrow('gone')
    await aborted
    isHanging = false

    expect(await tool()).toBe('done')
  })

  test('before the call sends nothing', async () => {
    await using vault = await startModelVault()
    const tool = aClient(vault.issuer).withTokenForConnection(github, () => 1)

    const call = tool(undefined, { signal: AbortSignal.abort(new Error('too late')) })

    await expect(call).rejects.toThrow('too late')
    expect(vault.requests).toHaveLength(0)
  })

  test('before the call runs no tool, though its token is in the cache', async () => {
    await using vault = await startModelVault()
    let runs = 0
    const tool = aClient(vault.issuer).withTokenForConnection(github, () => (runs += 1))
    await tool()

    const call = tool(undefined, { signal: AbortSignal.abort(new Error('too late')) })

    await expect(call).rejects.toThrow('too late')
    expect(runs).toBe(1)
  })
})

test('Retry-After is read in both of its forms, and bounded', () => {
  const read = (value: string): number | undefined =>
    retryAfterSeconds(new Headers({ 'retry-after': value }), 1_800_000_000)

  expect(read('12')).toBe(12)
  expect(read('999999999')).toBe(86_400)
  expect(read(new Date(1_800_000_030_000).toUTCString())).toBe(30)
  expect(read(new Date(1_700_000_000_000).toUTCString())).toBe(0)
  expect(read('soon')).toBeUndefined()
  expect(read('-5')).toBeUndefined()
})
