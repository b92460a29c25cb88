import type { PendingInterrupt } from '@valetkey/langchain'

/** What one process is asked for; nothing in it is secret. */
export interface TurnRequest {
  readonly thread: { readonly id: string; readonly user: string }
  /** The user says something… */
  readonly say?: string | undefined
  /** …or has done what was asked, by the ids of what waits. */
  readonly answers?: Readonly<Record<string, unknown>> | undefined
}

/** How far the thread has come, when the process ends. */
export interface Turn {
  readonly processId: number
  readonly text: string
  /** Ids of the calls that the model has made. */
  readonly calls: readonly string[]
  /** What Valet Key asks of the user. */
  readonly interrupts: readonly PendingInterrupt[]
  /** What the tools ask. */
  readonly questions: readonly { readonly id: string; readonly question: string }[]
}
