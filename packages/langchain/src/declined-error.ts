import type { Interrupt } from '@valetkey/core'

/** The user was asked, and will not: the call ends, and its model is told to go on without. */
export class DeclinedError extends Error {
  /** What the user was asked for. */
  readonly interrupt: Interrupt

  constructor(interrupt: Interrupt) {
    const wish =
      interrupt.kind === 'connect' ? `connect ${JSON.stringify(interrupt.connection)}` : 'do that'
    super(`The user was asked to ${wish}, and declined. Go on without this tool.`)
    this.name = 'DeclinedError'
    this.interrupt = interrupt
  }
}

/** True for a {@link DeclinedError}, also of another copy of this package. */
export function isDeclinedError(error: unknown): error is DeclinedError {
  return error instanceof Error && error.name === 'DeclinedError' && 'interrupt' in error
}
