import { Command, MemorySaver } from '@langchain/langgraph'
import { tool } from '@langchain/core/tools'
import { startTestVault, type TestUser, type TestVault } from '@valetkey-internal/testing'
import { createValetKey, getInterrupts, isDeclinedError } from '@valetkey/langchain'
import { valetKeyMiddleware } from '@valetkey/langchain/middleware'
import { type AgentMiddleware, createAgent, ToolMessage } from 'langchain'
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

const declined = { type: 'valetkey.resume', version: 1, outcome: 'declined' }

interface Stage {
  readonly user: TestUser
  readonly ran: () => number
  readonly start: () => Promise<State>
  readonly answer: (value: unknown, state?: State) => Promise<State>
}

type State = { readonly messages: readonly unknown[] }

async function stage(
  middleware: AgentMiddleware[] = [valetKeyMiddleware()],
  connections: readonly string[] = ['google-oauth2'],
): Promise<Stage> {
  const user = vault.newUser()
  const valetKey = createValetKey(await settingsFor(vault, user))
  let runs = 0
  const bare = tool(async () => `run ${(runs += 1)}`, {
    name: 'ask',
    description: 'Asks',
    schema: z.object({ text: z.string() }),
  })
  const ask = connections.reduce(
    (inner, connection) => valetKey.withTokenForConnection({ connection }, inner),
    bare,
  )
  const agent = createAgent({
    model: scriptedModel([{ id: 'call-1', tool: 'ask', input: { text: 'go' } }]),
    tools: [ask],
    middleware,
    checkpointer: new MemorySaver(),
  })
  const config = { configurable: { thread_id: 'thread-1' } }
  return {
    user,
    ran: () => runs,
    start: async () => await agent.invoke({ messages: [{ role: 'user', content: 'Go' }] }, config),
    answer: async (value, state) => {
      const [pending] = state === undefined ? [] : getInterrupts(state)
      const resume = pending === undefined ? value : { [pending.id]: value }
      return await agent.invoke(new Command({ resume }), config)
    },
  }
}

function answerOfTool({ messages }: State): ToolMessage | undefined {
  return messages.find((message) => message instanceof ToolMessage)
}

test('D13: who declines is not asked again: the call fails, and the model is told to go on without', async () => {
  const { start, answer, ran } = await stage()
  const paused = await start()
  expect(getInterrupts(paused)).toHaveLength(1)

  const ended = await answer(declined, paused)

  expect(getInterrupts(ended)).toEqual([])
  expect(answerOfTool(ended)).toMatchObject({
    status: 'error',
    text: 'The user was asked to connect "google-oauth2", and declined. Go on without this tool.',
  })
  expect(ended.messages.at(-1)).not.toBeInstanceOf(ToolMessage)
  expect(ran()).toBe(0)
})

test('an answer that names no interrupt declines, too', async () => {
  const { start, answer } = await stage()
  await start()

  const ended = await answer(declined)

  expect(answerOfTool(ended)).toMatchObject({ status: 'error' })
})

test('without the middleware, LangChain tells the model in its own words', async () => {
  const { start, answer } = await stage([])

  const ended = await answer(declined, await start())

  expect(answerOfTool(ended)?.text).toContain('declined. Go on without this tool.')
})

test('who declines is taken at their word, also where an account is there by now', async () => {
  const { user, start, answer, ran } = await stage()
  const paused = await start()
  await user.connect({ connection: 'google-oauth2' })

  const ended = await answer(declined, paused)

  expect(answerOfTool(ended)).toMatchObject({ status: 'error' })
  expect(ran()).toBe(0)
})

test('with wrappers around wrappers, one "no" is enough', async () => {
  const { start, answer, ran } = await stage([valetKeyMiddleware()], ['github', 'google-oauth2'])

  const ended = await answer(declined, await start())

  expect(getInterrupts(ended)).toEqual([])
  expect(answerOfTool(ended)?.text).toContain('declined')
  expect(ran()).toBe(0)
})

test.each([true, 'declined', { ...declined, outcome: 'done' }, { ...declined, more: 1 }, null])(
  'takes %j for "look again"',
  async (value) => {
    const { start, answer, ran } = await stage()

    const again = await answer(value, await start())

    expect(getInterrupts(again)).toHaveLength(1)
    expect(ran()).toBe(0)
  },
)

test('who declined once is asked the next time', async () => {
  const { start, answer } = await stage()
  const paused = await start()
  const again = await answer({ ...declined, outcome: 'done' }, paused)

  const ended = await answer(declined, again)

  expect(answerOfTool(ended)).toMatchObject({ status: 'error' })
})

test('outside of a graph nobody declines: the error is thrown as it is', async () => {
  const user = vault.newUser()
  const valetKey = createValetKey(await settingsFor(vault, user))
  const ask = valetKey.withTokenForConnection(
    { connection: 'google-oauth2' },
    tool(async () => 'ran', { name: 'ask', description: 'Asks', schema: z.object({}) }),
  )

  const error: unknown = await ask.invoke({}).catch((caught: unknown) => caught)

  expect(isDeclinedError(error)).toBe(false)
  expect(error).toMatchObject({ code: 'not_connected' })
})
