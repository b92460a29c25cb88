import type { Interrupt } from '@valetkey/core/interrupts'

/** One call that waits, as a framework's adapter finds it. */
export interface WaitingCall {
  /** Names the call, also after the page was loaded again. */
  readonly id: string
  /** Names this one pause of the call: it may wait again later, for something else. */
  readonly pause: string
  readonly interrupt: Interrupt
  /** Answered, the same call runs. Absent: the answer is made anew. */
  readonly approvalId?: string | undefined
}

/** What the user decided about a call that waits. */
export type Answer = 'resume' | 'decline'

/** The answers so far, by {@link WaitingCall.pause}. */
export type Answers = ReadonlyMap<string, Answer>
