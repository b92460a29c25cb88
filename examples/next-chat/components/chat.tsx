'use client'
import { useChat } from '@ai-sdk/react'
import { useInterrupts } from '@valetkey/react'
import { lastAssistantMessageIsCompleteWithApprovalResponses } from 'ai'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { ChatMessage } from '../lib/tools.ts'
import { chatTransport, saveAnswer, startAnew } from './chat-server.ts'
import { ChatTrouble, troubleOf } from './chat-trouble.tsx'
import { Composer } from './composer.tsx'
import { Message } from './message.tsx'
import { Suggestions } from './suggestions.tsx'
import { textOf } from './text-of.ts'
import { useDraft } from './use-draft.ts'
import { useFreshPage } from './use-fresh-page.ts'
import { useIsAwake } from './use-is-awake.ts'

export interface ChatProps {
  readonly savedMessages: ChatMessage[]
  readonly modelName: string
}

/** The conversation, with a button where the assistant waits for its user. */
export function Chat({ savedMessages, modelName }: ChatProps): ReactNode {
  const question = useRef<HTMLTextAreaElement>(null)
  const [draft, setDraft] = useDraft(question)
  const [unsaved, setUnsaved] = useState<unknown>()

  const chat = useChat<ChatMessage>({
    messages: savedMessages,
    transport: chatTransport,
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
  })
  const { messages, status, sendMessage, setMessages, regenerate } = chat
  const interrupts = useInterrupts({
    ...chat,
    // Kept before it counts: the way to the next provider may lead away from this page.
    addToolApprovalResponse: async (answer) => {
      try {
        await saveAnswer(answer)
        await chat.addToolApprovalResponse(answer)
      } catch (error) {
        setUnsaved(error)
      }
    },
  })
  const trouble = unsaved ?? chat.error
  const isAwake = useIsAwake()
  const isBusy = !isAwake || status === 'submitted' || status === 'streaming'

  useFreshPage()
  useEffect(() => {
    // The page was left before the chat went on, or before it was answered.
    if (lastAssistantMessageIsCompleteWithApprovalResponses({ messages: savedMessages })) {
      void sendMessage()
    } else if (savedMessages.at(-1)?.role === 'user') {
      void regenerate()
    }
  }, [savedMessages, sendMessage, regenerate])
  useEffect(() => {
    const last = messages.at(-1)
    if (trouble === undefined || troubleOf(trouble) !== 'login_required') return
    if (last?.role !== 'user') return
    setDraft(textOf(last)) // to be sent after the login
    setMessages(messages.slice(0, -1))
  }, [trouble, messages, setMessages, setDraft])
  useEffect(() => {
    scrollTo({ top: document.documentElement.scrollHeight })
  }, [messages, trouble])

  const ask = (text: string): void => {
    setUnsaved(undefined)
    setDraft('')
    void sendMessage({ text })
  }
  const askAgain = (): void => {
    setUnsaved(undefined)
    void regenerate()
  }
  const beginAnew = async (): Promise<void> => {
    try {
      await chat.stop()
      await startAnew()
      setMessages([])
      setUnsaved(undefined)
      chat.clearError()
    } catch (error) {
      setUnsaved(error)
    }
    question.current?.focus()
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
            focusAfter={question}
            onRetry={index === messages.length - 1 ? askAgain : undefined}
          />
        ))}
        {status === 'submitted' && <p className="working">Porter is thinking…</p>}
        {trouble !== undefined && <ChatTrouble error={trouble} onRetry={askAgain} />}
      </div>
      <Composer
        field={question}
        draft={draft}
        isBusy={isBusy}
        onDraft={setDraft}
        onSend={ask}
        onNewChat={messages.length === 0 ? undefined : beginAnew}
        note={`Answers come from ${modelName}.`}
      />
    </main>
  )
}
