import {
  createValetKey,
  getInterrupts,
  interruptText,
  stopOnInterrupt,
  type ToolCall,
} from '@valetkey/vercel-ai'
import { useChat } from 'ai-react-v5'
import {
  dynamicTool,
  Experimental_Agent,
  generateText,
  type InferUITools,
  streamText,
  tool,
  type UIMessage,
} from 'ai-v5'
import { MockLanguageModelV2 } from 'ai-v5/test'
import { expect, expectTypeOf, test } from 'vitest'
import * as z from 'zod'

// The compiler is what judges most of this file: `tsc -p .`, which is part of the gate.

const valetKey = createValetKey<{ user: string }>({ accessToken: 'login-token' })
const withCalendar = valetKey.withTokenForConnection({ connection: 'google-oauth2' })

const events = tool({
  description: 'Lists events',
  inputSchema: z.object({ date: z.string() }),
  outputSchema: z.object({ titles: z.array(z.string()) }),
  execute: async ({ date }) => ({ titles: [date] }),
})
const stream = tool({
  inputSchema: z.object({ count: z.number() }),
  execute: async function* ({ count }) {
    for (let i = 0; i < count; i += 1) yield { progress: i }
  },
})
const dynamic = dynamicTool({ inputSchema: z.unknown(), execute: async () => 'anything' })

test('keeps the type of a tool exactly, in both ways of wrapping', () => {
  const first = withCalendar(events)
  const second = valetKey.withTokenForConnection({ connection: 'google-oauth2' }, events)
  expectTypeOf(first).toEqualTypeOf(events)
  expectTypeOf(second).toEqualTypeOf(events)
  expectTypeOf(withCalendar(stream)).toEqualTypeOf(stream)
  expectTypeOf(withCalendar(dynamic)).toEqualTypeOf(dynamic)
  expectTypeOf(withCalendar(withCalendar(events))).toEqualTypeOf(events)

  const wrapped = { events: first, stream: withCalendar(stream) }
  type Message = UIMessage<unknown, never, InferUITools<typeof wrapped>>
  type Part = Extract<Message['parts'][number], { type: 'tool-events'; state: 'output-available' }>
  expectTypeOf<Part['output']>().toEqualTypeOf<{ titles: string[] }>()
})

test('types the call that a source sees by the tool, and its context by the app', () => {
  valetKey.withTokenForConnection(
    {
      connection: 'google-oauth2',
      accessToken: (call) => {
        expectTypeOf(call).toEqualTypeOf<ToolCall<{ date: string }, { user: string } | undefined>>()
        return call.context?.user
      },
    },
    events,
  )
})

test('gives the AI SDK what its options ask for', () => {
  const options = {
    model: new MockLanguageModelV2(),
    tools: { events: withCalendar(events), stream: withCalendar(stream) },
    experimental_context: { user: 'alice' },
    stopWhen: stopOnInterrupt(),
    prompt: 'What is new?',
  }

  const uses = (): unknown => [
    generateText(options),
    streamText(options).toUIMessageStreamResponse({ onError: interruptText }),
    new Experimental_Agent(options),
    generateText(options).then(({ content }) => getInterrupts(content)),
    getInterrupts(useChat().messages.at(-1)?.parts ?? []),
  ]
  expect(uses).toBeTypeOf('function')
})

test('refuses what is no tool or no option', () => {
  // @ts-expect-error a wrapper needs a connection
  expect(() => valetKey.withTokenForConnection({})).toThrow(TypeError)

  expect(() =>
    // @ts-expect-error scopes are fixed when the tool is wrapped: no call can choose them
    valetKey.withTokenForConnection({ connection: 'google-oauth2', scopes: () => ['calendar'] }),
  ).toThrow(TypeError)

  // @ts-expect-error a tool is an object
  expect(() => withCalendar('events')).toThrow(TypeError)

  const clientSide = tool({ inputSchema: z.object({}), outputSchema: z.object({}) })
  expect(() => withCalendar(clientSide)).toThrow(/needs a tool with "execute"/)

  expectTypeOf(valetKey.withTokenForConnection).toBeCallableWith(
    // @ts-expect-error the context of this app has no "tenant"
    { connection: 'google-oauth2', accessToken: (call) => call.context?.tenant },
    events,
  )

  const tools = { events: withCalendar(events) }
  const unasked = (): unknown =>
    generateText({
      model: new MockLanguageModelV2(),
      tools,
      prompt: 'Go',
      // @ts-expect-error AI SDK 5 asks no policy
      toolApproval: valetKey.toolApproval(tools),
    })
  expect(unasked).toBeTypeOf('function')
})
