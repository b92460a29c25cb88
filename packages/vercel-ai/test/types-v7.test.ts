import { createValetKey, interruptText, stopOnInterrupt, type ToolCall } from '@valetkey/vercel-ai'
import {
  dynamicTool,
  generateText,
  type ModelMessage,
  streamText,
  tool,
  type ToolApprovalConfiguration,
  ToolLoopAgent,
  toUIMessageStream,
} from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { expect, expectTypeOf, test } from 'vitest'
import * as z from 'zod'

// What the types of AI SDK 7 have of their own.

const valetKey = createValetKey({ accessToken: 'login-token' })
const withCalendar = valetKey.withTokenForConnection({ connection: 'google-oauth2' })

const events = tool({
  description: 'Lists events',
  inputSchema: z.object({ date: z.string() }),
  outputSchema: z.object({ titles: z.array(z.string()) }),
  contextSchema: z.object({ user: z.string() }),
  execute: async ({ date }, { context }) => ({ titles: [date, context.user] }),
})
const stream = tool({
  inputSchema: z.object({ count: z.number() }),
  execute: async function* ({ count }) {
    for (let i = 0; i < count; i += 1) yield { progress: i }
  },
})
const clientSide = tool({
  inputSchema: z.object({ color: z.string() }),
  outputSchema: z.object({}),
})
const dynamic = dynamicTool({ inputSchema: z.unknown(), execute: async () => 'anything' })

test('keeps the type of a tool with a context exactly', () => {
  expectTypeOf(withCalendar(events)).toEqualTypeOf(events)
  expectTypeOf(
    valetKey.withTokenForConnection({ connection: 'google-oauth2' }, events),
  ).toEqualTypeOf(events)
})

test('types the call that a source sees by the tool, when the tool is at hand', () => {
  valetKey.withTokenForConnection(
    {
      connection: 'google-oauth2',
      accessToken: (call) => {
        expectTypeOf(call).toEqualTypeOf<ToolCall<{ date: string }, { user: string }>>()
        return call.context.user
      },
    },
    events,
  )
})

test('types the call that a source sees by the app, when the tool comes later', () => {
  createValetKey<{ user: string }>({
    accessToken: ({ context, input, signal }) => {
      expectTypeOf(context).toEqualTypeOf<{ user: string } | undefined>()
      expectTypeOf(input).toEqualTypeOf<unknown>()
      expectTypeOf(signal).toEqualTypeOf<AbortSignal | undefined>()
      return context?.user
    },
  })
})

test('gives the AI SDK what its options ask for', () => {
  const tools = { events: withCalendar(events), stream: withCalendar(stream) }
  const options = {
    model: new MockLanguageModelV4(),
    tools,
    toolsContext: { events: { user: 'alice' } },
    stopWhen: stopOnInterrupt(),
    prompt: 'What is new?',
  }
  const policy = {
    stream: ({ count }: { count: number }) => (count > 9 ? 'denied' : undefined),
  } as const

  const uses = (): void => {
    void generateText({ ...options, toolApproval: valetKey.toolApproval(tools) })
    void generateText({ ...options, toolApproval: valetKey.toolApproval(tools, { policy }) })
    void streamText({
      ...options,
      runtimeContext: { role: 'admin' },
      toolApproval: valetKey.toolApproval(tools, {
        policy: ({ toolCall, runtimeContext }) =>
          toolCall.toolName === 'events' && runtimeContext['role'] !== 'admin'
            ? 'denied'
            : undefined,
      }),
    })
    void new ToolLoopAgent({ ...options, toolApproval: valetKey.toolApproval(tools) })
    const { stream: chunks } = streamText(options)
    void toUIMessageStream({ stream: chunks, onError: interruptText })
  }
  expectTypeOf(uses).returns.toEqualTypeOf<void>()
  expect(valetKey.toolApproval(tools)).toHaveProperty('events')
})

test('types the rules of a policy by the tools, and takes those in the types of the AI SDK', () => {
  const tools = { events: withCalendar(events), stream: withCalendar(stream), clientSide, dynamic }
  valetKey.toolApproval<typeof tools, { role: string }>(tools, {
    policy: {
      events: (input, { messages, runtimeContext, toolCallId, toolContext }) => {
        expectTypeOf(input).toEqualTypeOf<{ date: string }>()
        expectTypeOf(messages).toEqualTypeOf<ModelMessage[]>()
        expectTypeOf(runtimeContext).toEqualTypeOf<{ role: string }>()
        expectTypeOf(toolCallId).toEqualTypeOf<string>()
        expectTypeOf(toolContext).toEqualTypeOf<{ user: string }>()
        return { type: 'denied', reason: 'Not on Sundays' }
      },
      clientSide: (input) => {
        expectTypeOf(input).toEqualTypeOf<{ color: string }>()
        return 'approved'
      },
    },
  })
  valetKey.toolApproval(tools, {
    policy: ({ toolCall, tools: given, messages }) => {
      expectTypeOf(given).toEqualTypeOf<typeof tools | undefined>()
      expectTypeOf(messages).toEqualTypeOf<ModelMessage[]>()
      if (!toolCall.dynamic && toolCall.toolName === 'stream') {
        expectTypeOf(toolCall.input).toEqualTypeOf<{ count: number }>()
      }
      return undefined
    },
  })
  const policy: ToolApprovalConfiguration<typeof tools, { role: string }> = ({ toolCall }) =>
    toolCall.toolName === 'events' ? 'user-approval' : undefined
  const rules: ToolApprovalConfiguration<typeof tools, { role: string }> = {
    events: ({ date }, { messages, toolContext }) =>
      date === toolContext.user && messages.length > 0 ? 'denied' : 'approved',
  }
  expect(valetKey.toolApproval(tools, { policy })).toBeTypeOf('function')
  expect(valetKey.toolApproval(tools, { policy: rules })).toHaveProperty('events')

  const wrong = (): unknown => [
    // @ts-expect-error no tool has that name
    valetKey.toolApproval(tools, { policy: { calendar: 'denied' } }),
    // @ts-expect-error no status
    valetKey.toolApproval(tools, { policy: { events: 'maybe' } }),
    // @ts-expect-error no status
    valetKey.toolApproval(tools, { policy: () => 'maybe' }),
    generateText({
      model: new MockLanguageModelV4(),
      tools,
      toolsContext: { events: { user: 'alice' } },
      // @ts-expect-error the policy needs another context than the run has
      runtimeContext: { tenant: 'acme' },
      toolApproval: valetKey.toolApproval(tools, { policy }),
      prompt: 'What is new?',
    }),
  ]
  expect(wrong).toBeTypeOf('function')
})

test('types the context of a call by the tool', () => {
  expectTypeOf(valetKey.withTokenForConnection).toBeCallableWith(
    // @ts-expect-error the context of this tool has no "tenant"
    { connection: 'google-oauth2', accessToken: (call) => call.context.tenant },
    events,
  )
})
