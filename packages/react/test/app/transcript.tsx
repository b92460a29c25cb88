import type { ReactNode } from 'react'

interface TranscriptProps {
  readonly status: string
  readonly messages: readonly {
    readonly id: string
    readonly role: string
    readonly parts: readonly {
      readonly type: string
      readonly text?: unknown
      readonly toolCallId?: unknown
      readonly state?: unknown
      readonly output?: unknown
    }[]
  }[]
}

/** What was said, and how each tool call stands. */
export function Transcript({ messages, status }: TranscriptProps): ReactNode {
  return (
    <ol aria-label="Messages" data-status={status}>
      {messages.map(({ id, role, parts }) => (
        <li key={id}>
          {role}:{' '}
          {parts.map((part, index) =>
            part.type === 'text' ? (
              <span key={index}>{String(part.text)}</span>
            ) : part.type.startsWith('tool-') ? (
              <span key={index} data-call={String(part.toolCallId)} data-state={String(part.state)}>
                {part.state === 'output-available' ? JSON.stringify(part.output) : ''}{' '}
              </span>
            ) : null,
          )}
        </li>
      ))}
    </ol>
  )
}
