'use client'
import { useChat } from '@ai-sdk/react'
import { useInterrupts } from '@valetkey/react'
import { lastAssistantMessageIsCompleteWithApprovalResponses } from 'ai'
import { type ReactNode, useEffect, useRef } from 'react'
import type { ChatMessage } from '../lib/tools.ts'
import { chatTransport, saveAnswer, startAnew } from './chat-server.ts'
import { ChatTrouble } from './chat-trouble.tsx'
import { Composer } from './composer.tsx'
import { Message } from './message.tsx'
import { Suggestions } from './suggestions.tsx'
import { useDraft } from './use-draft.ts'

export interface ChatProps {
  readonly savedMessages: ChatMessage[]
  readonly modelName: string
}

/** The conversation, with a button where the assistant waits for its user. */
export function Chat({ savedMessages, modelName }: ChatProps): ReactNode {
  const [draft, setDraft] = useDraft()
  const chat = useChat<ChatMessage>({
    messages: savedMessages,
    transport: chatTransport,
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
  })
  const { messages, status, error } = chat
  const interrupts = useInterrupts({
    ...chat,
    addToolApprovalResponse: async (answer) => {
      await saveAnswer(answer)
      await chat.addToolApprovalResponse(answer)
    },
  })
  const isBusy = status === 'submitted' || status === 'streaming'

  const end = useRef<HTMLDivElement>(null)
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'end' })
  }, [messages, error])

  const ask = (text: string): void => {
    setDraft('')
    void chat.sendMessage({ text })
  }

  return (
    <main className="chat">
      <h1 className="visually-hidden">Chat</h1>
      <div className="messages" role="log" aria-label="Conversation" aria-busy={isBusy}>
        {messages.length === 0 && <Suggestions onChoose={ask} />}
        {messages.map((message, index) => (
          <Message
            key={message.id}
            message={message}
            interrupts={index === messages.length - 1 ? interrupts : []}
          />
        ))}
        {status === 'submitted' && <p className="working">Porter is thinking…</p>}
        {error !== undefined && (
          <ChatTrouble error={error} onRetry={() => void chat.regenerate()} />
        )}
        <div ref={end} />
      </div>
      <Composer
        draft={draft}
        isBusy={isBusy}
        onDraft={setDraft}
        onSend={ask}
        onNewChat={
          messages.length === 0
            ? undefined
            : async () => {
                await chat.stop()
                await startAnew()
                chat.setMessages([])
                chat.clearError()
              }
        }
        note={`Answers come from ${modelName}.`}
      />
    </main>
  )
}
