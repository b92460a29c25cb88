import { RunnableLambda } from '@langchain/core/runnables'
import { DynamicStructuredTool, DynamicTool, StructuredTool, tool } from '@langchain/core/tools'
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import { withFakeToken } from '@valetkey/core/testing'
import { createValetKey, getAccessTokenForConnection, isInterruptError } from '@valetkey/langchain'
import { expect, test } from 'vitest'
import * as z from 'zod'

const withGoogle = createValetKey({ accessToken: 'login-token' }).withTokenForConnection({
  connection: 'google-oauth2',
})
const fake = { 'google-oauth2': 'fake-token' }
const text = z.object({ text: z.string() })

function isHere(): boolean {
  return getAccessTokenForConnection() === 'fake-token'
}

test('leaves the tool it was given as it was, and makes one of its class', () => {
  const original = tool(async () => 'ran', {
    name: 'original',
    description: 'Original',
    schema: text,
  })
  const before = Object.entries(original)

  const wrapped = withGoogle(original)

  expect(wrapped).not.toBe(original)
  expect(wrapped).toBeInstanceOf(DynamicStructuredTool)
  expect(Object.entries(original)).toEqual(before)
  expect(Object.entries(wrapped)).toEqual(before)
  expect(Object.hasOwn(original, '_call')).toBe(false)
})

test('wraps a class of its own, with private members, once for each connection', async () => {
  class Counter extends StructuredTool {
    name = 'counter'
    description = 'Counts'
    schema = text
    #count = 0

    protected override async _call(): Promise<string> {
      this.#count += 1
      return `${this.#count} ${isHere()}`
    }
  }
  const counter = new Counter()
  const wrapped = withGoogle(counter)

  const results = await withFakeToken(fake, async () => [
    await wrapped.invoke({ text: 'a' }),
    await wrapped.invoke({ text: 'a' }),
  ])

  expect(wrapped).toBeInstanceOf(Counter)
  expect(results).toEqual(['1 true', '2 true'])
  await expect(counter.invoke({ text: 'a' })).rejects.toThrow(/wrap the tool/)
})

test('wraps a tool whose input is a text', async () => {
  const func = async (input: string): Promise<string> => `${input} ${isHere()}`
  const wrapped = withGoogle(new DynamicTool({ name: 'plain', description: 'Plain', func }))

  expect(await withFakeToken(fake, async () => await wrapped.invoke('a text'))).toBe('a text true')
})

test('keeps content and artifact apart, and the token out of both', async () => {
  const wrapped = withGoogle(
    tool(
      async () => [`is ${getAccessTokenForConnection()}`, { token: getAccessTokenForConnection() }],
      {
        name: 'pair',
        description: 'Pair',
        schema: text,
        responseFormat: 'content_and_artifact',
      },
    ),
  )

  const call = { id: 'call-1', name: 'pair', args: { text: 'a' }, type: 'tool_call' } as const
  const message = await withFakeToken(fake, async () => await wrapped.invoke(call))

  expect(message).toMatchObject({
    tool_call_id: 'call-1',
    content: 'is [redacted]',
    artifact: { token: '[redacted]' },
  })
})

test('passes on what a streaming tool yields, and gives back what it returns', async () => {
  const wrapped = withGoogle(
    withGoogle(
      tool(
        async function* () {
          yield { first: isHere() }
          yield { token: getAccessTokenForConnection() }
          return `end ${isHere()}`
        },
        { name: 'stream', description: 'Streams', schema: text },
      ),
    ),
  )
  const events: unknown[] = []
  const callbacks = [{ handleToolEvent: (event: unknown) => void events.push(event) }]

  const result = await withFakeToken(
    fake,
    async () => await wrapped.invoke({ text: 'a' }, { callbacks }),
  )

  expect(result).toBe('end true')
  expect(events).toEqual([{ first: true }, { token: '[redacted]' }])
})

test('starts a function that gives a stream once', async () => {
  let starts = 0
  const wrapped = withGoogle(
    tool(
      () => {
        starts += 1
        return (async function* () {
          yield 1
          return isHere()
        })()
      },
      { name: 'stream', description: 'Streams', schema: text },
    ),
  )

  const result = await withFakeToken(fake, async () => await wrapped.invoke({ text: 'a' }))

  expect([result, starts]).toEqual([true, 1])
})

test('tells the sources about the call', async () => {
  const calls: unknown[] = []
  const valetKey = createValetKey<{ user: string }, { tenant: string }>({
    issuer: 'http://127.0.0.1:9/',
    clientId: 'client',
    clientSecret: 'secret',
    accessToken: ({ input, toolCallId, toolName, signal, context }) => {
      const about = { user: context?.context?.user, tenant: context?.configurable?.tenant }
      calls.push({ input, toolCallId, toolName, isAborted: signal?.aborted, ...about })
      return undefined
    },
  })
  const wrapped = valetKey.withTokenForConnection(
    { connection: 'google-oauth2' },
    tool(async () => 'ran', { name: 'ask', description: 'Asks', schema: text }),
  )

  const call = { id: 'call-1', name: 'ask', args: { text: 'a' }, type: 'tool_call' } as const
  const error = await wrapped
    .invoke(call, {
      context: { user: 'alice' },
      configurable: { tenant: 'acme' },
      signal: new AbortController().signal,
    })
    .catch((caught: unknown) => caught)

  const about = { user: 'alice', tenant: 'acme', isAborted: false }
  expect(calls).toEqual([{ input: { text: 'a' }, toolCallId: 'call-1', toolName: 'ask', ...about }])
  expect(error).toMatchObject({ interrupt: { tool: { callId: 'call-1', name: 'ask' } } })
})

test.each([
  { where: 'outside a graph', invoke: async () => await loggedOut().invoke({ text: 'a' }) },
  {
    where: 'in a runnable that is no graph',
    invoke: async () =>
      await RunnableLambda.from(async () => await loggedOut().invoke({ text: 'a' })).invoke(1),
  },
  {
    where: 'in a graph without a checkpointer',
    invoke: async () =>
      await new StateGraph(MessagesAnnotation)
        .addNode('tool', async () => {
          await loggedOut().invoke({ text: 'a' })
          return {}
        })
        .addEdge(START, 'tool')
        .compile()
        .invoke({ messages: [] }),
  },
])('throws the interrupt as an error $where, where nothing could go on', async ({ invoke }) => {
  const error = await invoke().catch((caught: unknown) => caught)

  expect(isInterruptError(error) && error.interrupt).toMatchObject({ reason: 'login_required' })
})

function loggedOut() {
  return createValetKey({ accessToken: undefined }).withTokenForConnection(
    { connection: 'google-oauth2' },
    tool(async () => 'ran', { name: 'ask', description: 'Asks', schema: text }),
  )
}

test.each([
  { what: 'a runnable', given: RunnableLambda.from(() => 1).asTool({ name: 'r', schema: text }) },
  { what: "a provider's tool", given: { name: 'web', lc_namespace: [], schema: {} } },
])('refuses $what, which has no function to run here', ({ given }) => {
  expect(() => withGoogle(given)).toThrow(TypeError)
})
