import { useChat } from '@ai-sdk/react'
import { ConnectAccount, useInterrupts } from '@valetkey/react'
import * as ai from 'ai'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { renderPage } from './render-page.tsx'
import { Transcript } from './transcript.tsx'

// The browser's side of a chat, as an app would write it. The same file runs with AI SDK 5, 6 and 7.

const major = location.pathname.split('/')[2] ?? ''
const saved = JSON.parse(localStorage.getItem('chat') ?? '[]') as ai.UIMessage[]
const isRedirecting = new URLSearchParams(location.search).has('redirect')

function Chat(): ReactNode {
  const [input, setInput] = useState('')
  const box = useRef<HTMLInputElement>(null)
  const chat = useChat({
    messages: saved,
    transport: new ai.DefaultChatTransport({ api: `/api/chat/${major}` }),
    // Not in AI SDK 5.
    sendAutomaticallyWhen: ai.lastAssistantMessageIsCompleteWithApprovalResponses,
  })
  const waiting = useInterrupts(chat)

  useEffect(() => localStorage.setItem('chat', JSON.stringify(chat.messages)), [chat.messages])
  useRecord(waiting, chat.status)

  return (
    <main>
      <h1>Chat</h1>
      <Transcript messages={chat.messages} status={chat.status} />
      {waiting.map((pending) => (
        <ConnectAccount
          key={pending.id}
          pending={pending}
          focusAfter={box}
          mode={isRedirecting ? 'redirect' : 'popup'}
        />
      ))}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void chat.sendMessage({ text: input })
          setInput('')
        }}
      >
        <label>
          Message{' '}
          <input ref={box} value={input} onChange={(event) => setInput(event.target.value)} />
        </label>
        <button>Send</button>
      </form>
    </main>
  )
}

/** For the tests: how often this was rendered, and each list that `useInterrupts` gave. */
function useRecord(list: readonly unknown[], status: string): void {
  const record = ((window as { record?: { renderings: number; lists: unknown[] } }).record ??= {
    renderings: 0,
    lists: [],
  })
  record.renderings += 1
  useEffect(() => {
    record.lists.push(list)
  }, [list, record])
  useEffect(() => {
    document.documentElement.dataset['status'] = status
  }, [status])
}

renderPage(<Chat />)
