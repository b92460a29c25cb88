import { ConnectAccount, type ResumableInterrupt } from '@valetkey/react'
import type { ReactNode, RefObject } from 'react'
import type { ToolPart } from '../lib/tools.ts'
import { CalendarIcon, ChannelIcon, RepositoryIcon } from './icons.tsx'
import { ToolResult } from './tool-result.tsx'

export interface ToolCallProps {
  readonly part: ToolPart
  /** What the user must do before the call can run. */
  readonly pending: ResumableInterrupt | undefined
  /** What gets the focus once nothing waits any more. */
  readonly focusAfter: RefObject<HTMLElement | null>
  /** Makes the answer anew; absent where that is too late. */
  readonly onRetry: (() => void) | undefined
}

const FACES: Readonly<
  Record<ToolPart['type'], { readonly name: string; readonly Icon: () => ReactNode }>
> = {
  'tool-calendarEvents': { name: 'Calendar', Icon: CalendarIcon },
  'tool-addEvent': { name: 'Add to calendar', Icon: CalendarIcon },
  'tool-slackMessages': { name: 'Slack', Icon: ChannelIcon },
  'tool-myRepositories': { name: 'GitHub', Icon: RepositoryIcon },
}

/** One call of a tool: what it is about, and how far it is. */
export function ToolCall({ part, pending, focusAfter, onRetry }: ToolCallProps): ReactNode {
  const { name, Icon } = FACES[part.type]
  return (
    <section className="tool" data-state={part.state} data-call={part.toolCallId} aria-label={name}>
      <h3>
        <Icon />
        {name}
      </h3>
      {pending === undefined ? (
        <Progress part={part} onRetry={onRetry} />
      ) : (
        <ConnectAccount pending={pending} focusAfter={focusAfter} />
      )}
    </section>
  )
}

function Progress({ part, onRetry }: Pick<ToolCallProps, 'part' | 'onRetry'>): ReactNode {
  switch (part.state) {
    case 'input-streaming':
    case 'input-available':
      return <p className="working">Looking…</p>
    case 'approval-requested':
      return <p className="quiet">This was not answered.</p>
    case 'approval-responded':
      return <p className="working">{part.approval.approved ? 'Connected.' : 'Skipped.'}</p>
    case 'output-available':
      return <ToolResult part={part} />
    case 'output-denied':
      return <p className="quiet">Porter went on without it.</p>
    case 'output-error':
      return (
        <div className="problem" role="alert">
          <p>{sentenceOf(part.errorText)}</p>
          {onRetry !== undefined && (
            <button type="button" onClick={onRetry}>
              Try again
            </button>
          )}
        </div>
      )
  }
}

/** An interrupt that is over is JSON, and nothing to show. */
function sentenceOf(errorText: string): string {
  return errorText.startsWith('{') ? 'This needed an account that was not connected.' : errorText
}
