import { createValetKey, getInterrupts, interruptText, stopOnInterrupt } from '@valetkey/vercel-ai'
import { useChat } from '@ai-sdk/react'
import {
  dynamicTool,
  Experimental_Agent,
  generateText,
  type InferUITools,
  type LanguageModel,
  streamText,
  tool,
  type UIMessage,
} from 'ai'
import { expect, expectTypeOf, test } from 'vitest'
import * as z from 'zod'

// The compiler is what judges most of this file, once with each major of the AI SDK: `pnpm typecheck`.

const valetKey = createValetKey({ accessToken: 'login-token' })
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

test('gives the AI SDK what its options ask for', () => {
  const uses = (model: LanguageModel): unknown => {
    const options = {
      model,
      tools: { events: withCalendar(events), stream: withCalendar(stream) },
      stopWhen: stopOnInterrupt(),
      prompt: 'What is new?',
    }
    return [
      generateText(options),
      streamText(options).toUIMessageStreamResponse({ onError: interruptText }),
      new Experimental_Agent(options),
      generateText(options).then(({ content }) => getInterrupts(content)),
      getInterrupts(useChat().messages.at(-1)?.parts ?? []),
    ]
  }
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
})
