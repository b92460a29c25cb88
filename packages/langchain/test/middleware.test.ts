import { Command, MemorySaver } from '@langchain/langgraph'
import type { StructuredTool } from '@langchain/core/tools'
import { startTestVault, type TestVault } from '@valetkey-internal/testing'
import {
  createValetKey,
  findValetKeyError,
  getAccessTokenForConnection,
  getInterrupts,
} from '@valetkey/langchain'
import { valetKeyMiddleware } from '@valetkey/langchain/middleware'
import {
  type AgentMiddleware,
  createAgent,
  humanInTheLoopMiddleware,
  tool,
  ToolMessage,
} from 'langchain'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { scriptedModel } from './scripted-model.ts'
import { settingsFor } from './settings-for.ts'

let vault: TestVault
beforeAll(async () => {
  vault = await startTestVault()
})
afterAll(async () => {
  await vault.close()
})

const config = { configurable: { thread_id: 'thread-1' } }
const fields = { description: 'A tool', schema: z.object({ text: z.string() }) }
const start = { messages: [{ role: 'user', content: 'Go' }] }

function agentOf(one: StructuredTool, middleware: AgentMiddleware[], input = { text: 'go' }) {
  return createAgent({
    model: scriptedModel([{ id: 'call-1', tool: one.name, input }]),
    tools: [one],
    middleware,
    checkpointer: new MemorySaver(),
  })
}

function answerIn({ messages }: { messages: unknown[] }): ToolMessage | undefined {
  return messages.find((message) => message instanceof ToolMessage)
}

function withoutStack(message: ToolMessage | undefined): string | undefined {
  return message?.text.replaceAll(/\n\s+at .*/g, '')
}

/** Nobody listens at this vault. */
function unreachable(): StructuredTool {
  const valetKey = createValetKey({
    issuer: 'http://127.0.0.1:9/',
    clientId: 'client',
    clientSecret: 'secret',
    accessToken: 'login-token',
    timeoutSeconds: 1,
  })
  return valetKey.withTokenForConnection(
    { connection: 'google-oauth2' },
    tool(async () => 'ran', { ...fields, name: 'ask' }),
  )
}

test('lets what no model could mend reach whoever runs the agent, with its code', async () => {
  const error: unknown = await agentOf(unreachable(), [valetKeyMiddleware()])
    .invoke(start, config)
    .catch((caught: unknown) => caught)

  expect(findValetKeyError(error)?.code).toBe('vault_unavailable')
})

test('without it, LangChain tells the model that this was its mistake', async () => {
  const state = await agentOf(unreachable(), []).invoke(start, config)

  expect(answerIn(state)?.text).toMatch(/fix your mistakes/)
})

test.each([
  {
    what: 'an error of the tool itself',
    one: tool(
      async () => {
        throw new RangeError('There is no such day')
      },
      { ...fields, name: 'ask' },
    ),
    input: { text: 'go' },
  },
  {
    what: 'input that the schema refuses',
    one: tool(async () => 'ran', {
      ...fields,
      name: 'ask',
      schema: z.object({ text: z.literal('stop') }),
    }),
    input: { text: 'go' },
  },
])('tells the model about $what, as it would be told without us', async ({ one, input }) => {
  const [ours, theirs] = await Promise.all(
    [[valetKeyMiddleware()], []].map(async (middleware) =>
      answerIn(await agentOf(one, middleware, input).invoke(start, config)),
    ),
  )

  expect(ours).toMatchObject({ status: 'error', name: 'ask', tool_call_id: 'call-1' })
  expect(withoutStack(ours)).toBe(withoutStack(theirs))
  expect(ours?.text).toMatch(/no such day|did not match/)
})

test('pauses without it too, since the tool does it', async () => {
  const { user, ask } = await askGoogle()
  const agent = agentOf(ask, [])

  const paused = await agent.invoke(start, config)
  expect(getInterrupts(paused)).toHaveLength(1)
  await user.connect({ connection: 'google-oauth2' })
  const done = await agent.invoke(new Command({ resume: true }), config)

  expect(answerIn(done)?.text).toBe('ran')
})

test('stands beside LangChain’s own approvals: a decision there, an account here', async () => {
  const { user, ask } = await askGoogle()
  // LangChain infers "never" for these options under exactOptionalPropertyTypes.
  const approvals = humanInTheLoopMiddleware({ interruptOn: { ask: true } } as never)
  const agent = agentOf(ask, [valetKeyMiddleware(), approvals])

  const asked = await agent.invoke(start, config)
  expect(asked).toHaveProperty('__interrupt__')
  expect(getInterrupts(asked)).toEqual([])
  const approve = { decisions: [{ type: 'approve' }] }
  const paused = await agent.invoke(new Command({ resume: approve }), config)
  expect(getInterrupts(paused)).toMatchObject([{ interrupt: { reason: 'not_connected' } }])
  await user.connect({ connection: 'google-oauth2' })
  const done = await agent.invoke(new Command({ resume: true }), config)

  expect(answerIn(done)?.text).toBe('ran')
})

async function askGoogle() {
  const user = vault.newUser()
  const valetKey = createValetKey(await settingsFor(vault, user))
  const ask: StructuredTool = valetKey.withTokenForConnection(
    { connection: 'google-oauth2' },
    tool(async () => (getAccessTokenForConnection() === '' ? 'no token' : 'ran'), {
      ...fields,
      name: 'ask',
    }),
  )
  return { user, ask }
}
