// #region chat
'use client'
import { useChat } from '@ai-sdk/react'
import { ConnectAccount, useInterrupts } from '@valetkey/react'
import '@valetkey/react/styles.css' // or your own
import { lastAssistantMessageIsCompleteWithApprovalResponses } from 'ai'
import { type ReactNode, useRef, useState } from 'react'

export function Chat(): ReactNode {
  const [input, setInput] = useState('')
  const box = useRef<HTMLInputElement>(null)
  const chat = useChat({
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses, // not in AI SDK 5
  })
  const waiting = useInterrupts(chat)

  return (
    <main>
      {chat.messages.map(({ id, role, parts }) => (
        <p key={id}>
          {role}: {parts.map((part) => (part.type === 'text' ? part.text : ''))}
        </p>
      ))}
      {waiting.map((pending) => (
        <ConnectAccount key={pending.id} pending={pending} focusAfter={box} />
      ))}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void chat.sendMessage({ text: input })
          setInput('')
        }}
      >
        <label>
          Message
          <input ref={box} value={input} onChange={(event) => setInput(event.target.value)} />
        </label>
      </form>
    </main>
  )
}
// #endregion
