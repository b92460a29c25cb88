// AI SDK 6, and 7 without a policy, ask before a call when the tool says so, without a reason: a
// question about the action, which connecting an account does not answer.
import { startTestVault, type TestUser, type TestVault } from '@valetkey-internal/testing'
import {
  getInterrupts,
  interruptText,
  type PendingInterrupt,
  stopOnInterrupt,
} from '@valetkey/vercel-ai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import type { AiSdk, ChatMessage, UiChunk } from './ai-sdk.ts'
import { aiV6 } from './ai-v6.ts'
import { aiV7 } from './ai-v7.ts'
import { type ChatClient, createChatClient } from './chat-client.ts'
import { countingValetKey } from './counting-valet-key.ts'

let vault: TestVault
beforeAll(async () => {
  vault = await startTestVault()
})
afterAll(async () => {
  await vault.close()
})

interface Stage {
  readonly user: TestUser
  readonly chat: ChatClient<ChatMessage>
  /** What the tool was told in each of its runs. */
  readonly runs: readonly { readonly messages: number; readonly isAbortable: boolean }[]
  /** How many requests reached the vault. */
  readonly requests: () => number
}

interface Called {
  readonly messages: readonly unknown[]
  readonly abortSignal?: AbortSignal | undefined
}

/** A chat whose one tool asks before it acts. */
async function stage<Message extends ChatMessage, Chunk extends UiChunk, Streamed>(
  sdk: AiSdk<Message, Chunk, Streamed>,
): Promise<Stage> {
  const { ai } = sdk
  const user = vault.newUser()
  const runs: Stage['runs'][number][] = []
  const { valetKey, requests } = await countingValetKey(vault, user)
  const invite = valetKey.withTokenForConnection(
    { connection: 'google-oauth2' },
    ai.tool({
      inputSchema: z.object({ text: z.string() }),
      needsApproval: true,
      execute: async (_: unknown, { messages, abortSignal }: Called) => {
        runs.push({ messages: messages.length, isAbortable: abortSignal !== undefined })
        return 'invited'
      },
    }),
  )
  const tools = { invite }
  const model = sdk.scriptedModel([{ id: 'call-1', tool: 'invite', input: { text: 'go' } }])
  const chat = createChatClient(sdk, async (messages) =>
    sdk.toUiStream(
      ai.streamText({
        model,
        tools,
        messages: await ai.convertToModelMessages(messages, { tools }),
        stopWhen: [ai.stepCountIs(5), stopOnInterrupt()],
        abortSignal: new AbortController().signal,
      }),
      { originalMessages: messages, onError: interruptText },
    ),
  )
  return { user, chat, runs, requests }
}

const majors: readonly (readonly [string, () => Promise<Stage>])[] = [
  [aiV6.name, () => stage(aiV6)],
  [aiV7.name, () => stage(aiV7)],
]

function waitingIn(chat: ChatClient<ChatMessage>): readonly PendingInterrupt[] {
  return getInterrupts(chat.messages().at(-1)?.parts ?? [])
}

function statesIn(chat: ChatClient<ChatMessage>): readonly unknown[] {
  const parts = chat.messages().at(-1)?.parts ?? []
  return parts.flatMap(({ toolCallId, state }) => (toolCallId === undefined ? [] : [state]))
}

test.each(majors)(
  '%s: asks the human first, sends nothing, and shows no interrupt that connecting would answer',
  async (_, open) => {
    const { chat, requests, runs } = await open()

    await chat.say('Invite Bob')

    expect(statesIn(chat)).toEqual(['approval-requested'])
    expect(waitingIn(chat)).toEqual([])
    expect(requests()).toBe(0)
    expect(runs).toEqual([])
  },
)

test.each(majors)(
  '%s: shows the interrupt after the yes, and after connecting asks for a new yes',
  async (_, open) => {
    const { user, chat, runs } = await open()
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
  },
)

test.each(majors)(
  'S5: %s: an approved call gets the messages and the abort signal of its run',
  async (_, open) => {
    const { user, chat, runs } = await open()
    await user.connect({ connection: 'google-oauth2' })
    await chat.say('Invite Bob')

    await chat.approveAll()

    expect(runs).toEqual([{ messages: expect.any(Number), isAbortable: true }])
    expect(runs[0]?.messages).toBeGreaterThan(0)
  },
)
