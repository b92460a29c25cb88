import type { ReactNode } from 'react'

export interface ChatTroubleProps {
  readonly error: unknown
  readonly onRetry: () => void
}

/** What went wrong with the chat as a whole, and the way on. */
export function ChatTrouble({ error, onRetry }: ChatTroubleProps): ReactNode {
  const code = troubleOf(error)
  switch (code) {
    case 'login_required':
      return (
        <div className="trouble" role="alert">
          <p>Your login has ended. Nothing is lost: log in again and go on.</p>
          <a className="button primary" href="/api/valet-key/login?returnTo=/">
            Log in again
          </a>
        </div>
      )
    case 'chat_went_on':
    case 'still_answering':
      return (
        <div className="trouble" role="alert">
          <p>
            {code === 'chat_went_on'
              ? 'This chat went on in another window.'
              : 'Porter is still answering what was asked before.'}
          </p>
          <button type="button" className="primary" onClick={() => location.reload()}>
            Show it
          </button>
        </div>
      )
    default:
      return (
        <div className="trouble" role="alert">
          <p>Porter could not answer.</p>
          <button type="button" className="primary" onClick={onRetry}>
            Try again
          </button>
        </div>
      )
  }
}

/** The code that the server answered, where it answered one: the AI SDK puts the answer into the message. */
export function troubleOf(error: unknown): unknown {
  try {
    const answer: unknown = JSON.parse(error instanceof Error ? error.message : '')
    return typeof answer === 'object' && answer !== null && 'code' in answer
      ? answer.code
      : undefined
  } catch {
    return undefined
  }
}
