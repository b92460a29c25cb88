import { AIMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import {
  Command,
  END,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from '@langchain/langgraph'
import { ToolNode } from '@langchain/langgraph/prebuilt'
import { startTestVault, type TestVault } from '@valetkey-internal/testing'
import { createValetKey, getInterrupts } from '@valetkey/langchain'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { settingsFor } from './settings-for.ts'

let vault: TestVault
beforeAll(async () => {
  vault = await startTestVault()
})
afterAll(async () => {
  await vault.close()
})

test('the limit of a ToolNode that gets several calls at once: one pause shows, and what ran runs again', async () => {
  const user = vault.newUser()
  const runs = { free: 0, google: 0, github: 0 }
  const valetKey = createValetKey(await settingsFor(vault, user))
  const count = (name: keyof typeof runs) =>
    tool(async () => `${name} ran ${(runs[name] += 1)}`, {
      name,
      description: name,
      schema: z.object({}),
    })
  const tools = [
    count('free'),
    valetKey.withTokenForConnection({ connection: 'google-oauth2' }, count('google')),
    valetKey.withTokenForConnection({ connection: 'github' }, count('github')),
  ]
  const calls = tools.map(({ name }) => ({ id: `call-${name}`, name, args: {} }))
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('model', () => ({ messages: [new AIMessage({ content: '', tool_calls: calls })] }))
    .addNode('tools', new ToolNode(tools))
    .addEdge(START, 'model')
    .addEdge('model', 'tools')
    .addEdge('tools', END)
    .compile({ checkpointer: new MemorySaver() })
  const config = { configurable: { thread_id: 'thread-1' } }

  const paused = await graph.invoke({ messages: [] }, config)
  expect(getInterrupts(paused)).toHaveLength(1)
  for (const connection of ['google-oauth2', 'github'] as const) await user.connect({ connection })
  const done = await graph.invoke(new Command({ resume: true }), config)

  expect(getInterrupts(done)).toEqual([])
  expect(done.messages.slice(1).map(({ text }) => text)).toEqual([
    'free ran 2',
    'google ran 1',
    'github ran 1',
  ])
})
