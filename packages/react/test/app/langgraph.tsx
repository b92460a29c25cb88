import { FetchStreamTransport, useStream } from '@langchain/langgraph-sdk/react'
import { ConnectAccount, useInterrupts } from '@valetkey/react'
import { type ReactNode, StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'

interface State extends Record<string, unknown> {
  readonly asked: string[]
  readonly said?: string[]
}

const transport = new FetchStreamTransport<State>({ apiUrl: '/api/graph' })

function Graph(): ReactNode {
  const [input, setInput] = useState('')
  const stream = useStream<State>({ transport })
  const waiting = useInterrupts(stream)

  return (
    <main>
      <h1>Graph</h1>
      <p data-status={stream.isLoading ? 'streaming' : 'ready'}>
        {(stream.values.said ?? []).join(', ')} {String(stream.error ?? '')}
      </p>
      {waiting.map((pending) => (
        <ConnectAccount key={pending.id} pending={pending} />
      ))}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void stream.submit({ asked: input.split(' ') })
        }}
      >
        <label>
          Message <input value={input} onChange={(event) => setInput(event.target.value)} />
        </label>
        <button>Send</button>
      </form>
    </main>
  )
}

createRoot(document.querySelector('#root') ?? document.body).render(
  <StrictMode>
    <Graph />
  </StrictMode>,
)
