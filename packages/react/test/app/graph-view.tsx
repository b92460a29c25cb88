import { ConnectAccount, type InterruptSource, useInterrupts } from '@valetkey/react'
import { type ReactNode, useState } from 'react'

/** State of the graph of `graph-route.ts`. */
export interface GraphState extends Record<string, unknown> {
  readonly asked: string[]
  readonly said?: string[]
}

interface GraphViewProps {
  readonly stream: InterruptSource & {
    readonly isLoading: boolean
    readonly values: GraphState
    readonly submit: (values: { asked: string[] }) => Promise<void>
  }
}

/** What the graph has said, what it waits for, and a text box. */
export function GraphView({ stream }: GraphViewProps): ReactNode {
  const [input, setInput] = useState('')
  const waiting = useInterrupts(stream)

  return (
    <main>
      <h1>Graph</h1>
      <p data-status={stream.isLoading ? 'streaming' : 'ready'}>
        {(stream.values.said ?? []).join(', ')}
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
