// #region client
'use client'
import { useChat } from '@ai-sdk/react'
import { getInterrupts } from '@valetkey/vercel-ai/interrupts'
import { type ReactNode, useState } from 'react'

export function Chat(): ReactNode {
  const [input, setInput] = useState('')
  const { messages, sendMessage, regenerate } = useChat()
  const waiting = getInterrupts(messages.at(-1)?.parts ?? [])

  return (
    <main>
      {messages.map(({ id, role, parts }) => (
        <p key={id}>
          {role}: {parts.map((part) => (part.type === 'text' ? part.text : ''))}
        </p>
      ))}
      {waiting.map(({ interrupt, toolCallId }) => (
        <p key={toolCallId} role="alert">
          {interrupt.message}{' '}
          <a href={interrupt.kind === 'connect' ? interrupt.connectUrl : '/login'} target="_blank">
            Open
          </a>
        </p>
      ))}
      {waiting.length > 0 && <button onClick={() => void regenerate()}>Done</button>}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void sendMessage({ text: input })
          setInput('')
        }}
      >
        <input value={input} onChange={(event) => setInput(event.target.value)} />
      </form>
    </main>
  )
}
// #endregion
