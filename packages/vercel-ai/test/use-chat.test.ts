import { Chat as ChatV7, useChat as useChatV7 } from '@ai-sdk/react'
import { startTestVault, type TestUser, type TestVault } from '@valetkey-internal/testing'
import {
  getAccessTokenForConnection,
  getInterrupts,
  interruptText,
  type PendingInterrupt,
  stopOnInterrupt,
} from '@valetkey/vercel-ai'
import { Chat as ChatV5, useChat as useChatV5 } from 'ai-react-v5'
import { Chat as ChatV6, useChat as useChatV6 } from 'ai-react-v6'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import type { AiSdk, ChatInit, ChatMessage, UiChunk } from './ai-sdk.ts'
import { aiV5 } from './ai-v5.ts'
import { aiV6 } from './ai-v6.ts'
import { aiV7 } from './ai-v7.ts'
import { countingValetKey } from './counting-valet-key.ts'

let vault: TestVault
beforeAll(async () => {
  vault = await startTestVault()
})
afterAll(async () => {
  await vault.close()
})

/** A page with the hook of one major: what its user does, and what it shows. */
interface Page {
  readonly chat: {
    sendMessage(message: { readonly text: string }): Promise<void>
    regenerate(): Promise<void>
  }
  /** The messages, as a component gets them from the hook. */
  readonly useMessages: () => readonly ChatMessage[]
}

const majors: readonly (readonly [string, (user: TestUser) => Promise<Page>])[] = [
  [
    'AI SDK 5',
    async (user) => {
      const chat = new ChatV5({ transport: await transportTo(aiV5, user) })
      return { chat, useMessages: () => useChatV5({ chat }).messages }
    },
  ],
  [
    'AI SDK 6',
    async (user) => {
      const chat = new ChatV6({ transport: await transportTo(aiV6, user) })
      return { chat, useMessages: () => useChatV6({ chat }).messages }
    },
  ],
  [
    'AI SDK 7',
    async (user) => {
      const chat = new ChatV7({ transport: await transportTo(aiV7, user) })
      return { chat, useMessages: () => useChatV7({ chat }).messages }
    },
  ],
]

test.each(majors)(
  'S5: useChat of %s shows all that a step waits for, and the regenerated answer has it all',
  async (_, open) => {
    const user = vault.newUser()
    const { chat, useMessages } = await open(user)
    const render = (): { waiting: readonly PendingInterrupt[]; outputs: readonly unknown[] } => {
      let parts: ChatMessage['parts'] = []
      const Messages = (): null => {
        parts = useMessages().at(-1)?.parts ?? []
        return null
      }
      renderToStaticMarkup(createElement(Messages))
      const outputs = parts.flatMap(({ output }) => (output === undefined ? [] : [output]))
      return { waiting: getInterrupts(parts), outputs }
    }

    await chat.sendMessage({ text: 'What is new?' })
    expect(render()).toMatchObject({
      waiting: [
        { toolCallId: 'call-1', approvalId: undefined, interrupt: { connection: 'google-oauth2' } },
        { toolCallId: 'call-2', approvalId: undefined, interrupt: { connection: 'github' } },
      ],
      outputs: [],
    })

    await user.connect({ connection: 'google-oauth2' })
    await chat.regenerate()
    expect(render()).toMatchObject({
      waiting: [{ toolCallId: 'call-2', interrupt: { connection: 'github' } }],
      outputs: ['google-oauth2 ran'],
    })

    await user.connect({ connection: 'github' })
    await chat.regenerate()
    expect(render()).toEqual({ waiting: [], outputs: ['google-oauth2 ran', 'github ran'] })
  },
)

/** The route of an app with two tools, as the transport of a chat. */
async function transportTo<Message extends ChatMessage, Chunk extends UiChunk, Streamed>(
  { ai, scriptedModel, toUiStream }: AiSdk<Message, Chunk, Streamed>,
  user: TestUser,
): Promise<ChatInit<Message, Chunk>['transport']> {
  const { valetKey } = await countingValetKey(vault, user)
  const toolFor = (connection: string): ReturnType<typeof ai.tool> =>
    valetKey.withTokenForConnection({ connection })(
      ai.tool({
        inputSchema: z.object({ text: z.string() }),
        execute: async () =>
          getAccessTokenForConnection() === '' ? 'no token' : `${connection} ran`,
      }),
    )
  const tools = { calendar: toolFor('google-oauth2'), repositories: toolFor('github') }
  const model = scriptedModel([
    { id: 'call-1', tool: 'calendar', input: { text: 'go' } },
    { id: 'call-2', tool: 'repositories', input: { text: 'go' } },
  ])
  return {
    sendMessages: async ({ messages }) => {
      const streamed = ai.streamText({
        model,
        tools,
        messages: await ai.convertToModelMessages(messages, { tools }),
        stopWhen: [ai.stepCountIs(5), stopOnInterrupt()],
      })
      return toUiStream(streamed, { originalMessages: messages, onError: interruptText })
    },
    reconnectToStream: async () => null,
  }
}
