import {
  DynamicStructuredTool,
  DynamicTool,
  StructuredTool,
  tool,
  type ToolRuntime,
} from '@langchain/core/tools'
import { createValetKey, getInterrupts, type ToolCall, type ToolConfig } from '@valetkey/langchain'
import { valetKeyMiddleware } from '@valetkey/langchain/middleware'
import { createAgent, FakeToolCallingModel } from 'langchain'
import { expect, expectTypeOf, test } from 'vitest'
import * as z from 'zod'

// The compiler is what judges most of this file: `tsc -p .`, which is part of the gate.

const valetKey = createValetKey({ accessToken: 'login-token' })
const withCalendar = valetKey.withTokenForConnection({ connection: 'google-oauth2' })

const events = tool(async ({ date }) => ({ titles: [date] }), {
  name: 'events',
  description: 'Lists events',
  schema: z.object({ date: z.string() }),
})
const stream = tool(
  async function* ({ count }) {
    for (let i = 0; i < count; i += 1) yield { progress: i }
    return 'done'
  },
  { name: 'stream', description: 'Streams', schema: z.object({ count: z.number() }) },
)
const byJsonSchema = tool(async () => 1, {
  name: 'json',
  description: 'JSON schema',
  schema: { type: 'object', properties: { a: { type: 'string' } } } as const,
})
const withRuntime = tool(
  async (_input, runtime: ToolRuntime<{ count: number }, { user: string }>) => runtime.context.user,
  { name: 'runtime', description: 'Runtime', schema: z.object({}) },
)
const plain = new DynamicTool({ name: 'plain', description: 'Plain', func: async () => 'ran' })
class Own extends StructuredTool {
  name = 'own'
  description = 'Own'
  schema = z.object({ a: z.string() })
  readonly extra = 7

  protected override async _call({ a }: { a: string }): Promise<number> {
    return a.length + this.extra
  }
}
const own = new Own()

test('keeps the type of a tool exactly, in both ways of wrapping', () => {
  const options = { connection: 'google-oauth2' }
  expectTypeOf(withCalendar(events)).toEqualTypeOf(events)
  expectTypeOf(valetKey.withTokenForConnection(options, events)).toEqualTypeOf(events)
  expectTypeOf(withCalendar(stream)).toEqualTypeOf(stream)
  expectTypeOf(withCalendar(byJsonSchema)).toEqualTypeOf(byJsonSchema)
  expectTypeOf(withCalendar(withRuntime)).toEqualTypeOf(withRuntime)
  expectTypeOf(withCalendar(plain)).toEqualTypeOf(plain)
  expectTypeOf(withCalendar(own)).toEqualTypeOf(own)
  expectTypeOf(valetKey.withTokenForConnection(options, own)).toEqualTypeOf(own)
  expectTypeOf(withCalendar(withCalendar(events))).toEqualTypeOf(events)

  const wrapped = withCalendar(events)
  expectTypeOf(wrapped.name).toEqualTypeOf<'events'>()
  expect(wrapped).toBeInstanceOf(DynamicStructuredTool)
})

test('types the call that a source sees by the app, and its input by the tool at hand', () => {
  const typed = createValetKey<{ user: string }, { tenant: string }>({
    accessToken: ({ context, input, signal }) => {
      expectTypeOf(context).toEqualTypeOf<
        ToolConfig<{ user: string }, { tenant: string }> | undefined
      >()
      expectTypeOf(context?.context).toEqualTypeOf<{ user: string } | undefined>()
      expectTypeOf(context?.configurable).toEqualTypeOf<{ tenant: string } | undefined>()
      expectTypeOf(input).toEqualTypeOf<unknown>()
      expectTypeOf(signal).toEqualTypeOf<AbortSignal | undefined>()
      return context?.context?.user
    },
  })
  typed.withTokenForConnection(
    {
      connection: 'google-oauth2',
      accessToken: (call) => {
        expectTypeOf(call).toEqualTypeOf<
          ToolCall<{ date: string }, ToolConfig<{ user: string }, { tenant: string }> | undefined>
        >()
        return call.context?.configurable?.tenant
      },
    },
    events,
  )
})

test('gives createAgent what its options ask for', () => {
  const agent = createAgent({
    model: new FakeToolCallingModel(),
    tools: [withCalendar(events), withCalendar(stream), withCalendar(plain), withCalendar(own)],
    middleware: [valetKeyMiddleware()],
    contextSchema: z.object({ user: z.string() }),
  })
  const uses = async (): Promise<void> => {
    const state = await agent.invoke({ messages: [] }, { context: { user: 'alice' } })
    expectTypeOf(state.messages).not.toBeAny()
    getInterrupts(state)
    // @ts-expect-error our middleware leaves the type of the context as it is
    await agent.invoke({ messages: [] }, { context: { user: 7 } })
  }
  expectTypeOf(uses).returns.toEqualTypeOf<Promise<void>>()
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

  // @ts-expect-error what a graph stores is no proof of who is asking
  createValetKey({ accessToken: ({ context }) => context?.state.user })
})
