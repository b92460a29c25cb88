import type { FormEvent, KeyboardEvent, ReactNode, RefObject } from 'react'
import { SendIcon } from './icons.tsx'

export interface ComposerProps {
  readonly field: RefObject<HTMLTextAreaElement | null>
  readonly draft: string
  readonly isBusy: boolean
  readonly onDraft: (draft: string) => void
  readonly onSend: (text: string) => void
  /** Absent while there is nothing to clear. */
  readonly onNewChat: (() => unknown) | undefined
  readonly note: string
}

/** Where the user writes. Enter sends, Shift and Enter makes a new line. */
export function Composer(props: ComposerProps): ReactNode {
  const { field, draft, isBusy, onDraft, onSend, onNewChat, note } = props
  const text = draft.trim()
  const send = (event: FormEvent | KeyboardEvent): void => {
    event.preventDefault()
    if (text !== '' && !isBusy) onSend(text)
  }
  return (
    <form className="composer" onSubmit={send}>
      <div className="field">
        <label htmlFor="question" className="visually-hidden">
          Your question
        </label>
        <textarea
          ref={field}
          id="question"
          rows={1}
          maxLength={4000}
          placeholder="Ask Porter"
          value={draft}
          onChange={(event) => onDraft(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
              send(event)
            }
          }}
        />
        <button
          type="submit"
          className="send"
          aria-label="Send"
          aria-disabled={isBusy || text === ''}
        >
          <SendIcon />
        </button>
      </div>
      <p className="note">
        {note}
        {onNewChat !== undefined && (
          <button type="button" className="quiet" onClick={() => void onNewChat()}>
            New chat
          </button>
        )}
      </p>
    </form>
  )
}
