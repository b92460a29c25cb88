import { createValetKey, type ToolCall } from '@valetkey/vercel-ai'
import { generateText, type LanguageModel, tool } from 'ai-v6'
import { expect, expectTypeOf, test } from 'vitest'
import * as z from 'zod'

// What the types of 5 and 6 have of their own; compiled once with each.

const valetKey = createValetKey<{ user: string }>({ accessToken: 'login-token' })
const events = tool({
  inputSchema: z.object({ date: z.string() }),
  execute: async ({ date }) => ({ titles: [date] }),
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
  expectTypeOf(valetKey.withTokenForConnection).toBeCallableWith(
    // @ts-expect-error the context of this app has no "tenant"
    { connection: 'google-oauth2', accessToken: (call) => call.context?.tenant },
    events,
  )
})

test('refuses a policy, which nobody would ask', () => {
  const tools = { events: valetKey.withTokenForConnection({ connection: 'google-oauth2' })(events) }
  const uses = (model: LanguageModel): unknown => [
    generateText({ model, tools, experimental_context: { user: 'alice' }, prompt: 'Go' }),
    generateText({
      model,
      tools,
      prompt: 'Go',
      // @ts-expect-error there is no such option
      toolApproval: valetKey.toolApproval(tools),
    }),
  ]
  expect(uses).toBeTypeOf('function')
})
