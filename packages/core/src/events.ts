import type { ValetKeyErrorCode } from './valet-key-error.ts'

/** What happened, by name, for logs and metrics. No event holds a token, a code or a secret. */
export type ValetKeyEvent =
  | {
      readonly name: 'exchange_succeeded'
      /** Connection name, or the audience of an API token. */
      readonly target: string
      readonly account: string | undefined
      /** Epoch seconds. */
      readonly expiresAt: number | undefined
      readonly durationMilliseconds: number
    }
  | {
      readonly name: 'exchange_failed'
      readonly target: string
      readonly code: ValetKeyErrorCode
      readonly status: number | undefined
      readonly durationMilliseconds: number
    }
  | {
      readonly name: 'request_retried'
      readonly attempt: number
      readonly delayMilliseconds: number
    }
  | {
      readonly name: 'token_refused'
      readonly target: string
      readonly account: string | undefined
    }
  | {
      readonly name: 'interrupt_raised'
      readonly reason: ValetKeyErrorCode
      readonly target: string | undefined
      readonly toolName: string | undefined
    }
  | {
      readonly name: 'token_redacted'
      /** Where a live token was found. */
      readonly place: 'result' | 'error'
      readonly toolName: string | undefined
    }

/** Told about every event. What it throws or rejects with is dropped. */
export type EventListener = (event: ValetKeyEvent) => void

/** Makes the function that tells a listener. */
export function createEmitter(listener: EventListener | undefined): EventListener {
  if (listener === undefined) return () => undefined
  return (event) => {
    try {
      const result: unknown = listener(event)
      if (result instanceof Promise) result.catch(() => undefined)
    } catch {
      return // an observer must not change what it observes
    }
  }
}
