import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { aClient } from '../test/builders.ts'
import {
  type ModelVault,
  type SeenRequest,
  startModelVault,
  tokenAnswer,
} from '../test/model-vault.ts'
import type { ValetKeyEvent } from './events.ts'
import { FederatedConnectionError } from './federated-connection-error.ts'
import { interruptText, isInterruptError } from './interrupt-error.ts'
import { parseInterrupt } from './parse-interrupt.ts'
import { getAccessTokenForConnection, getCredentialsForConnection } from './token-context.ts'

const google = { connection: 'google-oauth2', scopes: ['calendar.events'] }
const slack = { connection: 'slack', scopes: ['chat:write'] }
const details = { toolCallId: 'call-1', toolName: 'events' }

/** The connection inside a token of the model vault. */
function connectionOf(token: string): unknown {
  const parts: unknown = JSON.parse(Buffer.from(token.slice(4), 'base64url').toString())
  return Array.isArray(parts) ? parts[3] : undefined
}

/** Answers with an account whose generation grows with each forced refresh. */
function rotatingVault(): Promise<ModelVault> {
  let generation = 7
  return startModelVault((request) => {
    if (request.form['force_refresh'] === `cac_a:${generation}`) generation += 1
    return tokenAnswer(request, {
      access_token: `provider-token-${generation}`,
      account: 'cac_a',
      generation,
    })
  })
}

describe('the token context', () => {
  test('needs a wrapper', () => {
    expect(() => getAccessTokenForConnection()).toThrow(/withTokenForConnection/)
  })

  test('holds several connections, by name', async () => {
    await using vault = await startModelVault()
    const tool = aClient(vault.issuer).withTokenForConnection(
      { connections: [google, slack] },
      () => {
        expect(() => getAccessTokenForConnection()).toThrow(/google-oauth2, slack/)
        expect(() => getAccessTokenForConnection('github')).toThrow(/github/)
        return ['google-oauth2', 'slack'].map((name) =>
          connectionOf(getAccessTokenForConnection(name)),
        )
      },
    )

    expect(await tool()).toEqual(['google-oauth2', 'slack'])
  })

  test('nests: the inner tool sees its own first, and those around it by name', async () => {
    await using vault = await startModelVault()
    const { withTokenForConnection } = aClient(vault.issuer)
    const inner = withTokenForConnection(slack, () => [
      connectionOf(getAccessTokenForConnection()),
      connectionOf(getAccessTokenForConnection('google-oauth2')),
    ])
    const outer = withTokenForConnection(google, async () => [
      ...(await inner()),
      connectionOf(getAccessTokenForConnection()),
    ])

    expect(await outer()).toEqual(['slack', 'google-oauth2', 'google-oauth2'])
  })

  test('stays with an async generator after every yield, and with its finally', async () => {
    await using vault = await startModelVault()
    const seen: unknown[] = []
    const tool = aClient(vault.issuer).withTokenForConnection(google, async function* () {
      try {
        for (const item of [1, 2, 3]) {
          await Promise.resolve()
          seen.push(connectionOf(getAccessTokenForConnection()))
          yield item
        }
      } finally {
        await Promise.resolve()
        seen.push(connectionOf(getAccessTokenForConnection()))
      }
    })

    const items: number[] = []
    for await (const item of tool()) {
      items.push(item)
      if (item === 2) break
    }

    expect(items).toEqual([1, 2])
    expect(seen).toEqual(['google-oauth2', 'google-oauth2', 'google-oauth2'])
  })

  test('passes next, throw and return through a generator', async () => {
    await using vault = await startModelVault()
    const tool = aClient(vault.issuer).withTokenForConnection(
      google,
      async function* (): AsyncGenerator<string, string, string> {
        try {
          const sent = yield 'first'
          yield `got ${sent}`
        } catch (error) {
          yield `caught ${String(error)}`
        }
        return 'end'
      },
    )

    const generator = tool()

    expect(await generator.next('ignored')).toEqual({ value: 'first', done: false })
    expect(await generator.next('hello')).toEqual({ value: 'got hello', done: false })
    expect(await generator.throw('stop')).toEqual({ value: 'caught stop', done: false })
    expect(await generator.next('')).toEqual({ value: 'end', done: true })
  })

  test('is not there after the call', async () => {
    await using vault = await startModelVault()
    await aClient(vault.issuer).withTokenForConnection(google, () => 1)()

    expect(() => getCredentialsForConnection()).toThrow(TypeError)
  })
})

describe('an interrupt', () => {
  test('names the tool, the route to connect and the parameters of the wrapper', async () => {
    await using vault = await startModelVault(() => ({
      status: 400,
      json: { error: 'interaction_required', vault_error: 'not_connected' },
    }))
    const client = aClient(vault.issuer, { connectUrl: '/connect?from=chat#top' })
    const tool = client.withTokenForConnection(
      { ...google, authorizationParams: { prompt: 'consent' } },
      () => 1,
    )

    await expect(tool(undefined, details)).rejects.toMatchObject({
      code: 'not_connected',
      interrupt: {
        tool: { callId: 'call-1', name: 'events' },
        authorizationParams: { prompt: 'consent' },
        connectUrl:
          '/connect?from=chat&connection=google-oauth2&scopes=calendar.events&prompt=consent#top',
      },
    })
  })

  test("is each call's own, though the calls share one request", async () => {
    await using vault = await startModelVault(() => ({
      status: 400,
      json: { error: 'interaction_required', vault_error: 'not_connected' },
    }))
    const tool = aClient(vault.issuer).withTokenForConnection(google, () => 1)

    const errors = await Promise.all(
      ['a', 'b'].map((toolCallId) =>
        tool(undefined, { toolCallId, toolName: 'events' }).catch((error: unknown) => error),
      ),
    )

    expect(errors.map((error) => isInterruptError(error) && error.interrupt.tool?.callId)).toEqual([
      'a',
      'b',
    ])
    expect(vault.requests).toHaveLength(1)
  })

  test('comes from check() too, which runs nothing, and whose exchange the run then uses', async () => {
    let isConnected = false
    await using vault = await startModelVault((request) =>
      isConnected
        ? tokenAnswer(request)
        : { status: 400, json: { error: 'interaction_required', vault_error: 'not_connected' } },
    )
    const protection = aClient(vault.issuer).protect(google)
    const call = { input: 1, toolCallId: 'c', toolName: 't', signal: undefined, context: undefined }

    const before = await protection.check(call)
    isConnected = true
    const after = await protection.check(call)
    const result = await protection.run(call, () => 'ran')

    expect(before).toMatchObject({ reason: 'not_connected', tool: { callId: 'c', name: 't' } })
    expect([after, result, vault.requests.length]).toEqual([undefined, 'ran', 2])
  })

  test('does not come from check() for an outage', async () => {
    await using vault = await startModelVault(() => ({ status: 500 }))
    const protection = aClient(vault.issuer).protect(google)
    const call = { input: 1, toolCallId: 'c', toolName: 't', signal: undefined, context: undefined }

    await expect(protection.check(call)).rejects.toMatchObject({ code: 'vault_unavailable' })
  })
})

test('an interrupt that passes two wrappers is raised once, and keeps the inner tool', async () => {
  const events: ValetKeyEvent[] = []
  await using vault = await startModelVault((request) =>
    request.form['audience'] === 'slack'
      ? { status: 400, json: { error: 'x', vault_error: 'not_connected' } }
      : tokenAnswer(request),
  )
  const { withTokenForConnection } = aClient(vault.issuer, {
    onEvent: (event) => events.push(event),
  })
  const inner = withTokenForConnection(slack, () => 1)
  const outer = withTokenForConnection(google, async (isNamed: boolean) => {
    return await inner(undefined, isNamed ? { toolCallId: 'inner', toolName: 'send' } : {})
  })

  await expect(outer(true, details)).rejects.toMatchObject({
    interrupt: { connection: 'slack', tool: { callId: 'inner' } },
  })
  await expect(outer(false, details)).rejects.toMatchObject({
    interrupt: { connection: 'slack', tool: { callId: 'call-1' } },
  })
  expect(events.filter(({ name }) => name === 'interrupt_raised')).toHaveLength(2)
})

test('an interrupt with as many scopes as allowed is still one', async () => {
  await using vault = await startModelVault(() => ({
    status: 400,
    json: { error: 'x', vault_error: 'not_connected' },
  }))
  const scopes = Array.from({ length: 100 }, (_, index) => `${'s'.repeat(250)}${index}`)
  const tool = aClient(vault.issuer, { connectUrl: '/connect' }).withTokenForConnection(
    { connection: 'slack', scopes },
    () => 1,
  )

  const error = await tool().catch((caught: unknown) => caught)

  expect(parseInterrupt(interruptText(error))).toMatchObject({ reason: 'not_connected' })
})

describe('FederatedConnectionError', () => {
  test('makes the wrapper ask for a newer token, and says "try again"', async () => {
    await using vault = await rotatingVault()
    let runs = 0
    const tool = aClient(vault.issuer).withTokenForConnection(google, () => {
      runs += 1
      if (runs === 1) throw new FederatedConnectionError('401')
      return 'done'
    })

    await expect(tool()).rejects.toMatchObject({
      code: 'provider_unavailable',
      retryAfterSeconds: 0,
    })
    expect(await tool()).toBe('done')
    expect(vault.requests.map(({ form }) => form['force_refresh'])).toEqual([undefined, 'cac_a:7'])
  })

  test('with retry once runs the tool again with the newer token', async () => {
    await using vault = await rotatingVault()
    const lengths: boolean[] = []
    const tool = aClient(vault.issuer).withTokenForConnection({ ...google, retry: 'once' }, () => {
      lengths.push(getAccessTokenForConnection() === 'provider-token-8')
      if (lengths.length === 1) throw new FederatedConnectionError('401')
      return 'done'
    })

    expect(await tool()).toBe('done')
    expect(lengths).toEqual([false, true])
  })

  test('for a token that is new already asks the user to reconnect', async () => {
    await using vault = await rotatingVault()
    let runs = 0
    const tool = aClient(vault.issuer).withTokenForConnection({ ...google, retry: 'once' }, () => {
      runs += 1
      throw new FederatedConnectionError('401')
    })

    await expect(tool(undefined, details)).rejects.toMatchObject({
      name: 'FederatedConnectionInterrupt',
      interrupt: { reason: 'reconnect_required', requiredScopes: ['calendar.events'] },
      cause: { name: 'FederatedConnectionError' },
    })
    expect(runs).toBe(2)
  })

  test('where the vault has no other token asks the user to reconnect', async () => {
    await using vault = await startModelVault((request) => tokenAnswer(request))
    const tool = aClient(vault.issuer).withTokenForConnection({ ...google, retry: 'once' }, () => {
      throw new FederatedConnectionError('401')
    })

    await expect(tool()).rejects.toMatchObject({ code: 'reconnect_required' })
    expect(vault.requests).toHaveLength(2)
  })

  test('while the vault is away stays an outage', async () => {
    await using vault = await startModelVault((request) =>
      request.form['force_refresh'] === undefined
        ? tokenAnswer(request, { account: 'cac_a', generation: 1 })
        : { status: 503 },
    )
    const tool = aClient(vault.issuer).withTokenForConnection(google, () => {
      throw new FederatedConnectionError('401')
    })

    await expect(tool()).rejects.toMatchObject({ code: 'vault_unavailable' })
  })

  test('of ten calls at once makes one forced refresh', async () => {
    await using vault = await rotatingVault()
    const failed = new Set<number>()
    const tool = aClient(vault.issuer).withTokenForConnection(
      { ...google, retry: 'once' },
      async (id: number) => {
        const token = getAccessTokenForConnection()
        await Promise.resolve()
        if (token === 'provider-token-7') {
          failed.add(id)
          throw new FederatedConnectionError('401')
        }
        return id
      },
    )

    const results = await Promise.all(Array.from({ length: 10 }, (_, id) => tool(id)))

    expect(results).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(failed.size).toBe(10)
    expect(vault.requests).toHaveLength(2)
  })

  test('never repeats a generator that has yielded', async () => {
    await using vault = await rotatingVault()
    let starts = 0
    const tool = aClient(vault.issuer).withTokenForConnection(
      { ...google, retry: 'once' },
      async function* (shouldYield: boolean) {
        starts += 1
        await Promise.resolve()
        if (shouldYield) yield 'partial'
        if (getAccessTokenForConnection() === 'provider-token-7') {
          throw new FederatedConnectionError('401')
        }
        yield 'whole'
      },
    )

    const items: string[] = []
    await expect(
      (async () => {
        for await (const item of tool(true)) items.push(item)
      })(),
    ).rejects.toMatchObject({ code: 'provider_unavailable' })

    expect([items, starts]).toEqual([['partial'], 1])
  })

  test('repeats a generator that has not yielded', async () => {
    await using vault = await rotatingVault()
    const tool = aClient(vault.issuer).withTokenForConnection(
      { ...google, retry: 'once' },
      async function* () {
        await Promise.resolve()
        if (getAccessTokenForConnection() === 'provider-token-7') {
          throw new FederatedConnectionError('401')
        }
        yield 'whole'
      },
    )

    const items: string[] = []
    for await (const item of tool()) items.push(item)

    expect(items).toEqual(['whole'])
  })

  test('is about the connection it names, or the one used last', async () => {
    const forced: SeenRequest[] = []
    await using vault = await startModelVault((request) => {
      if (request.form['force_refresh'] !== undefined) forced.push(request)
      return tokenAnswer(request, {
        account: `cac_${request.form['audience']?.length}`,
        generation: 1,
      })
    })
    const { withTokenForConnection } = aClient(vault.issuer)
    const connections = [google, slack]
    const byName = withTokenForConnection({ connections }, () => {
      throw new FederatedConnectionError('401', { connection: 'google-oauth2' })
    })
    const byUse = withTokenForConnection({ connections }, () => {
      getAccessTokenForConnection('slack')
      throw new FederatedConnectionError('401')
    })
    const unclear = withTokenForConnection({ connections }, () => {
      throw new FederatedConnectionError('401')
    })
    const foreign = withTokenForConnection(slack, () => {
      throw new FederatedConnectionError('401', { connection: 'github' })
    })

    await expect(byName()).rejects.toMatchObject({ interrupt: { connection: 'google-oauth2' } })
    await expect(byUse()).rejects.toMatchObject({ interrupt: { connection: 'slack' } })
    await expect(unclear()).rejects.toMatchObject({ code: 'client_misconfigured' })
    await expect(foreign()).rejects.toMatchObject({ code: 'client_misconfigured' })
    expect(forced.map(({ form }) => form['audience'])).toEqual(['google-oauth2', 'slack'])
  })

  test('for an outer connection passes the inner wrapper', async () => {
    await using vault = await rotatingVault()
    const { withTokenForConnection } = aClient(vault.issuer)
    const inner = withTokenForConnection(slack, () => {
      throw new FederatedConnectionError('401', { connection: 'google-oauth2' })
    })
    const outer = withTokenForConnection(google, async () => await inner())

    await expect(outer()).rejects.toMatchObject({ code: 'provider_unavailable' })
    expect(vault.requests.map(({ form }) => form['audience'])).toEqual([
      'google-oauth2',
      'slack',
      'google-oauth2',
    ])
  })

  test('inside an error that a library wrapped it in is found', async () => {
    await using vault = await startModelVault()
    const tool = aClient(vault.issuer).withTokenForConnection(google, () => {
      throw new Error('tool failed', { cause: new FederatedConnectionError('401') })
    })

    await expect(tool()).rejects.toMatchObject({ code: 'reconnect_required' })
  })

  test('that an inner wrapper has answered is not answered again by the outer one', async () => {
    await using vault = await startModelVault()
    const { withTokenForConnection } = aClient(vault.issuer)
    const inner = withTokenForConnection(slack, () => {
      throw new FederatedConnectionError('401')
    })
    const outer = withTokenForConnection(google, async () => await inner())

    await expect(outer()).rejects.toMatchObject({ interrupt: { connection: 'slack' } })
    expect(vault.requests).toHaveLength(3)
  })
})

describe('what leaves the wrapper', () => {
  test('holds no live token: results, items, errors', async () => {
    const events: ValetKeyEvent[] = []
    await using vault = await startModelVault((request) =>
      tokenAnswer(request, { access_token: 'ya29.canary/token+value' }),
    )
    const { withTokenForConnection } = aClient(vault.issuer, {
      onEvent: (event) => events.push(event),
    })
    const token = 'ya29.canary/token+value'
    const result = withTokenForConnection(google, () => ({
      text: `Bearer ${token}`,
      nested: [{ url: `https://x.example/?t=${encodeURIComponent(token)}` }],
      basic: btoa(`user:${token}`),
      kept: 'as it is',
    }))
    const items = withTokenForConnection(google, async function* () {
      await Promise.resolve()
      yield token
      return token
    })
    const failing = withTokenForConnection(google, () => {
      throw Object.assign(new Error(`GET with ${token} failed`, { cause: new Error(token) }), {
        config: { headers: new Headers({ authorization: token }), url: `?access_token=${token}` },
      })
    })

    const out = await result()
    const generator = items()
    const yielded = [await generator.next(), await generator.next()]
    const error = await failing().catch((caught: unknown) => caught)

    const everything = inspect([out, yielded, error, events], { depth: 20, showHidden: true })
    expect(everything).not.toContain('ya29')
    expect(everything).not.toContain('canary')
    expect(everything).not.toContain(btoa(`user:${token}`))
    expect(out).toMatchObject({ text: 'Bearer [redacted]', kept: 'as it is' })
    expect(error).toMatchObject({ message: 'GET with [redacted] failed' })
    expect(events.filter(({ name }) => name === 'token_redacted')).toHaveLength(4)
  })

  test('is the same object when nothing is found in it', async () => {
    await using vault = await startModelVault()
    const value = { list: [1, { two: 'three' }], when: new Date(0) }
    const failure = new RangeError('too far')
    const { withTokenForConnection } = aClient(vault.issuer)

    expect(await withTokenForConnection(google, () => value)()).toBe(value)
    await expect(
      withTokenForConnection(google, () => {
        throw failure
      })(),
    ).rejects.toBe(failure)
  })

  test('keeps the class of an error it cleans', async () => {
    await using vault = await startModelVault()
    const tool = aClient(vault.issuer).withTokenForConnection(google, () => {
      throw new RangeError(getAccessTokenForConnection())
    })

    await expect(tool()).rejects.toBeInstanceOf(RangeError)
  })
})

test('a method keeps its this', async () => {
  await using vault = await startModelVault()
  const call = { input: 1, toolCallId: 'c', toolName: 't', signal: undefined, context: undefined }
  const tool = {
    greeting: 'hello',
    run(this: { greeting: string }, name: string): string {
      return `${this.greeting} ${name}`
    },
  }
  const run = aClient(vault.issuer)
    .protect(google)
    .wrap(tool['run'], () => call)

  expect(await run.call({ greeting: 'hey' }, 'you')).toBe('hey you')
})
