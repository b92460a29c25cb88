import {
  AbstractChat,
  isToolUIPart,
  lastAssistantMessageIsCompleteWithApprovalResponses,
  type UIMessage,
  type UIMessageChunk,
} from 'ai'

/** A browser's side of a chat: what `useChat` builds on, without React. */
export interface ChatClient {
  messages(): readonly UIMessage[]
  /** Sends a message, and resolves when the answer has been read. */
  say(text: string): Promise<void>
  /** Says yes to every approval that waits; the chat then sends by itself. Resolves when the answer has been read. */
  approveAll(): Promise<void>
  regenerate(): Promise<void>
}

/** What the app's route answers: the chunks of one response. */
export type ChatRoute = (messages: UIMessage[]) => Promise<ReadableStream<UIMessageChunk>>

/** A chat whose requests go straight to `route`. */
export function createChatClient(route: ChatRoute): ChatClient {
  let finish = (): void => undefined
  let messages: UIMessage[] = []
  // The AI SDK offers this state machine as an abstract class only.
  const chat = new (class extends AbstractChat<UIMessage> {})({
    state: {
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
    },
    transport: {
      sendMessages: async (request) => await route(request.messages),
      reconnectToStream: async () => null,
    },
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
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
        .flatMap((part) =>
          isToolUIPart(part) && part.state === 'approval-requested' ? [part.approval.id] : [],
        )
      for (const id of waiting) await chat.addToolApprovalResponse({ id, approved: true })
      await answered
    },
    regenerate: async () => await chat.regenerate(),
  }
}
