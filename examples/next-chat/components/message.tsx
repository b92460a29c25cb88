import type { ResumableInterrupt } from '@valetkey/react'
import { isToolUIPart } from 'ai'
import type { ReactNode, RefObject } from 'react'
import type { ChatMessage } from '../lib/tools.ts'
import { ToolCall } from './tool-call.tsx'

export interface MessageProps {
  readonly message: ChatMessage
  /** What the user must do before this message can go on. */
  readonly interrupts: readonly ResumableInterrupt[]
  /** What gets the focus once nothing waits any more. */
  readonly focusAfter: RefObject<HTMLElement | null>
  /** Makes the answer anew; absent where that is too late. */
  readonly onRetry: (() => void) | undefined
}

/** What somebody said, with the tool calls on the way. */
export function Message({ message, interrupts, ...ways }: MessageProps): ReactNode {
  return (
    <article className={`message ${message.role}`}>
      <h2 className="visually-hidden">{message.role === 'user' ? 'You' : 'Porter'}</h2>
      {message.parts.map((part, index) => {
        if (part.type === 'text') return <p key={index}>{part.text}</p>
        if (!isToolUIPart(part) || part.type === 'dynamic-tool') return null
        const pending = interrupts.find(({ id }) => id === part.toolCallId)
        return <ToolCall key={part.toolCallId} part={part} pending={pending} {...ways} />
      })}
    </article>
  )
}
