// #region client
'use client'
import { useChat } from '@ai-sdk/react'
import { getInterrupts, type Interrupt } from '@valetkey/vercel-ai/interrupts'
import { lastAssistantMessageIsCompleteWithApprovalResponses } from 'ai'
import { type ReactNode, useState } from 'react'

export function Chat(): ReactNode {
  const [input, setInput] = useState('')
  const { messages, sendMessage, addToolApprovalResponse, regenerate } = useChat({
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
  })
  const waiting = getInterrupts(messages.at(-1)?.parts ?? [])

  return (
    <main>
      {messages.map(({ id, role, parts }) => (
        <p key={id}>
          {role}: {parts.map((part) => (part.type === 'text' ? part.text : ''))}
        </p>
      ))}
      {waiting.map(({ interrupt, toolCallId, approvalId }) => (
        <UserMustAct
          key={toolCallId}
          interrupt={interrupt}
          onDone={() =>
            // With an approval the same call runs; without one the answer is made anew.
            approvalId === undefined
              ? regenerate()
              : addToolApprovalResponse({ id: approvalId, approved: true })
          }
        />
      ))}
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

interface UserMustActProps {
  readonly interrupt: Interrupt
  readonly onDone: () => unknown
}

function UserMustAct({ interrupt, onDone }: UserMustActProps): ReactNode {
  const link = interrupt.kind === 'connect' ? interrupt.connectUrl : '/login'
  return (
    <p role="alert">
      {interrupt.message}{' '}
      <a href={link} target="_blank">
        Open
      </a>{' '}
      <button onClick={onDone}>Done</button>
    </p>
  )
}
// #endregion
