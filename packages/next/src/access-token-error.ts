import { type Interrupt, isInterruptError, isValetKeyError, ValetKeyError } from '@valetkey/core'
import { serializeInterrupt } from '@valetkey/core'

/**
 * There is no token. `code` says why, as for every error of Valet Key; where the user can mend it,
 * `interrupt` says how.
 */
export class AccessTokenError extends ValetKeyError {
  readonly interrupt: Interrupt | undefined

  constructor(error: ValetKeyError) {
    const { code, message, status, retryAfterSeconds } = error
    super(code, message, { cause: error, status, retryAfterSeconds })
    this.name = 'AccessTokenError'
    this.interrupt = isInterruptError(error) ? serializeInterrupt(error.interrupt) : undefined
  }

  override toJSON(): Record<string, unknown> {
    const { interrupt } = this
    return { ...super.toJSON(), ...(interrupt === undefined ? {} : { interrupt }) }
  }
}

/** What `action` gives; its errors as {@link AccessTokenError}, so that one `instanceof` catches them. */
export async function withAccessTokenErrors<Value>(action: () => Promise<Value>): Promise<Value> {
  try {
    return await action()
  } catch (error) {
    throw isValetKeyError(error) ? new AccessTokenError(error) : error
  }
}
