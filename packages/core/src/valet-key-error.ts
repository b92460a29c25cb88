/**
 * What went wrong; the same word as `interrupt.reason` and as `vault_error` on the wire.
 * The user can mend the first seven (an interrupt comes with them); the others never ask the user.
 */
export type ValetKeyErrorCode = (typeof valetKeyErrorCodes)[number]

const valetKeyErrorCodes = [
  'not_connected',
  'scopes_missing',
  'reconnect_required',
  'consent_required',
  'account_ambiguous',
  'login_required',
  'approval_required',
  'approval_denied',
  'approval_expired',
  'policy_denied',
  'provider_unavailable',
  'vault_unavailable',
  'client_misconfigured',
  'protocol_error',
] as const

/** Options of {@link ValetKeyError}. */
export interface ValetKeyErrorOptions extends ErrorOptions {
  /** Seconds after which another try makes sense, where the vault said so. */
  readonly retryAfterSeconds?: number | undefined
  /** HTTP status of the answer that led to this error. */
  readonly status?: number | undefined
}

const brand: unique symbol = Symbol.for('valetkey.error')

/** The one base of all errors of this library. `code` is API; the message is for people and may change. */
export class ValetKeyError extends Error {
  readonly code: ValetKeyErrorCode
  /** Seconds after which another try makes sense, where the vault said so. */
  readonly retryAfterSeconds: number | undefined
  /** HTTP status of the answer that led to this error, where there was one. */
  readonly status: number | undefined

  constructor(code: ValetKeyErrorCode, message: string, options: ValetKeyErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'ValetKeyError' // a literal: new.target.name is minified away
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
    this.status = options.status
  }

  get [brand](): true {
    return true
  }

  /** An allow-list, so that a field added later is not published by accident. */
  toJSON(): Record<string, unknown> {
    return {
      name: this.name,
      code: this.code,
      message: this.message,
      ...(this.retryAfterSeconds === undefined
        ? {}
        : { retryAfterSeconds: this.retryAfterSeconds }),
    }
  }
}

/**
 * True for an error of this library, also across two installed copies of the package, where
 * `instanceof` is not. For an error that a framework has wrapped, use {@link findValetKeyError}.
 */
export function isValetKeyError(error: unknown): error is ValetKeyError {
  return typeof error === 'object' && error !== null && brand in error
}

/** True for a code of this library. */
export function isValetKeyErrorCode(value: unknown): value is ValetKeyErrorCode {
  return valetKeyErrorCodes.some((code) => code === value)
}

/** The first error of this library in the chain of `cause` and `error` that frameworks build. */
export function findValetKeyError(error: unknown): ValetKeyError | undefined {
  return findInChain(error, isValetKeyError)
}

/** The first link of a chain of wrapped errors that matches; stops after a few links, so a loop ends. */
export function findInChain<Match>(
  error: unknown,
  matches: (link: unknown) => link is Match,
): Match | undefined {
  let links = [error]
  for (let depth = 0; depth < 8 && links.length > 0; depth += 1) {
    const found = links.find(matches)
    if (found !== undefined) return found
    links = links.flatMap(wrappedErrors)
  }
  return undefined
}

function wrappedErrors(error: unknown): readonly unknown[] {
  if (typeof error !== 'object' || error === null) return []
  const inner: unknown[] = []
  if ('cause' in error) inner.push(error.cause)
  if ('error' in error) inner.push(error.error)
  return inner
}
