import type { AiSdk, ChatInit, ChatMessage, UiChunk } from './ai-sdk.ts'

/** A browser's side of a chat. */
export interface ChatClient<Message extends ChatMessage> {
  messages(): readonly Message[]
  /** Sends a message, and resolves when the answer has been read. */
  say(text: string): Promise<void>
  /** Says yes to every approval that waits; the chat then sends by itself. Resolves when the answer has been read. */
  approveAll(): Promise<void>
  regenerate(): Promise<void>
}

/** A chat whose requests go straight to `route`: what the app's route answers to its messages. */
export function createChatClient<Message extends ChatMessage, Chunk extends UiChunk, Streamed>(
  { createChat }: AiSdk<Message, Chunk, Streamed>,
  route: (messages: Message[]) => Promise<ReadableStream<Chunk>>,
): ChatClient<Message> {
  let finish = (): void => undefined
  let messages: Message[] = []
  const state: ChatInit<Message, Chunk>['state'] = {
    status: 'ready',
    error: undefined,
    get messages() {
      return messages
    },
    set messages(next) {
      messages = next
    },
    pushMessage: (message) => {
      messages = [...messages, message]
    },
    popMessage: () => {
      messages = messages.slice(0, -1)
    },
    replaceMessage: (index, message) => {
      messages = messages.with(index, message)
    },
    snapshot: (thing) => structuredClone(thing),
  }
  const chat = createChat({
    state,
    transport: {
      sendMessages: async (request) => await route(request.messages),
      reconnectToStream: async () => null,
    },
    onFinish: () => finish(),
  })

  return {
    messages: () => messages,
    say: async (text) => await chat.sendMessage({ text }),
    approveAll: async () => {
      const answered = new Promise<void>((resolve) => {
        finish = resolve
      })
      const waiting = messages
        .flatMap(({ parts }) => parts)
        .flatMap(({ state: now, approval }) =>
          now === 'approval-requested' && approval !== undefined ? [approval.id] : [],
        )
      for (const id of waiting) await chat.addToolApprovalResponse?.({ id, approved: true })
      await answered
    },
    regenerate: async () => await chat.regenerate(),
  }
}
