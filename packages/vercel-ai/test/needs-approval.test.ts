// AI SDK 6 asks before a call when the tool says so, without a reason: the human's question, not ours.
import { startTestVault, type TestUser, type TestVault } from '@valetkey-internal/testing'
import {
  getInterrupts,
  interruptText,
  type PendingInterrupt,
  stopOnInterrupt,
} from '@valetkey/vercel-ai'
import { convertToModelMessages, stepCountIs, streamText, tool, type UIMessage } from 'ai-v6'
import { MockLanguageModelV3 } from 'ai-v6/test'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { aiV6 } from './ai-v6.ts'
import { type ChatClient, createChatClient } from './chat-client.ts'
import { countingValetKey } from './counting-valet-key.ts'
import { endings, script } from './scripted-model.ts'

let vault: TestVault
beforeAll(async () => {
  vault = await startTestVault()
})
afterAll(async () => {
  await vault.close()
})

interface Stage {
  readonly user: TestUser
  readonly chat: ChatClient<UIMessage>
  /** What the tool was told in each of its runs. */
  readonly runs: readonly { readonly messages: number; readonly isAbortable: boolean }[]
  /** How many requests reached the vault. */
  readonly requests: () => number
}

/** A chat whose one tool asks before it acts. */
async function stage(): Promise<Stage> {
  const user = vault.newUser()
  const runs: Stage['runs'][number][] = []
  const { valetKey, requests } = await countingValetKey(vault, user)
  const invite = valetKey.withTokenForConnection(
    { connection: 'google-oauth2' },
    tool({
      inputSchema: z.object({ text: z.string() }),
      needsApproval: true,
      execute: async (_, { messages, abortSignal }) => {
        runs.push({ messages: messages.length, isAbortable: abortSignal !== undefined })
        return 'invited'
      },
    }),
  )
  const tools = { invite }
  const calls = [{ id: 'call-1', tool: 'invite', input: { text: 'go' } }]
  const model = new MockLanguageModelV3(script(calls, endings))
  const chat = createChatClient(aiV6, async (messages) =>
    aiV6.toUiStream(
      streamText({
        model,
        tools,
        messages: await convertToModelMessages(messages, { tools }),
        stopWhen: [stepCountIs(5), stopOnInterrupt()],
        abortSignal: new AbortController().signal,
      }),
      { originalMessages: messages, onError: interruptText },
    ),
  )
  return { user, chat, runs, requests }
}

function waitingIn(chat: ChatClient<UIMessage>): readonly PendingInterrupt[] {
  return getInterrupts(chat.messages().at(-1)?.parts ?? [])
}

function statesIn(chat: ChatClient<UIMessage>): readonly unknown[] {
  const parts = chat.messages().at(-1)?.parts ?? []
  return parts.flatMap((part) => ('state' in part && 'toolCallId' in part ? [part.state] : []))
}

test('asks the human first, sends nothing, and shows no interrupt that connecting would answer', async () => {
  const { chat, requests, runs } = await stage()

  await chat.say('Invite Bob')

  expect(statesIn(chat)).toEqual(['approval-requested'])
  expect(waitingIn(chat)).toEqual([])
  expect(requests()).toBe(0)
  expect(runs).toEqual([])
})

test('shows the interrupt after the yes, and after connecting asks for a new yes', async () => {
  const { user, chat, runs } = await stage()
  await chat.say('Invite Bob')

  await chat.approveAll()
  expect(statesIn(chat)).toEqual(['output-error'])
  expect(waitingIn(chat)).toMatchObject([
    { toolCallId: 'call-1', approvalId: undefined, interrupt: { reason: 'not_connected' } },
  ])

  await user.connect({ connection: 'google-oauth2' })
  await chat.regenerate()
  // The yes was for a call that is over.
  expect(statesIn(chat)).toEqual(['approval-requested'])
  expect(runs).toEqual([])

  await chat.approveAll()
  expect(statesIn(chat)).toEqual(['output-available'])
  expect(waitingIn(chat)).toEqual([])
  expect(runs).toHaveLength(1)
})

test('S5: an approved call gets the messages and the abort signal of its run', async () => {
  const { user, chat, runs } = await stage()
  await user.connect({ connection: 'google-oauth2' })
  await chat.say('Invite Bob')

  await chat.approveAll()

  expect(runs).toEqual([{ messages: expect.any(Number), isAbortable: true }])
  expect(runs[0]?.messages).toBeGreaterThan(0)
})
