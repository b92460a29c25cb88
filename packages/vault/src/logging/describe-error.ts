export interface ErrorDescription {
  readonly name: string
  readonly code?: string | undefined
  /** Stack frames, innermost first. */
  readonly frames: readonly string[]
  /** The same of the error's cause, three deep at most. */
  readonly cause?: ErrorDescription | undefined
}

/**
 * What may be logged of an error: its name, its code and where it was thrown. Never its message or its other members,
 * which can quote a token, a header or a provider's answer.
 */
export function describeError(error: unknown, depth = 3): ErrorDescription {
  if (!(error instanceof Error)) return { name: `thrown ${typeof error}`, frames: [] }
  const code = 'code' in error ? error.code : undefined
  return {
    name: NAME.test(error.name) ? error.name : 'Error',
    ...(typeof code === 'string' && CODE.test(code) && { code }),
    frames: framesOf(error),
    ...(error.cause !== undefined && depth > 1 && { cause: describeError(error.cause, depth - 1) }),
  }
}

const NAME = /^[A-Z][A-Za-z]{0,39}$/
/** `ECONNRESET`, `ERR_INVALID_URL`, `invalid_grant`. Too poor an alphabet for a token. */
const CODE = /^(?:[A-Z][A-Z0-9_]{1,39}|[a-z][a-z_]{1,39})$/
/** A frame as V8 writes it, its place within a file. A message may imitate a frame, so nothing looser will do. */
const FRAME =
  /^ {4}at (?:[\w$.<>[\] ]{1,120} \()?((?:file:\/\/|node:|\/)[^\s()]{1,300}:\d{1,7}:\d{1,7})\)?$/

function framesOf({ stack, message }: Error): readonly string[] {
  if (typeof stack !== 'string') return []
  // The message comes first and may have any number of lines; if it is not found whole, nothing after it is certain.
  const start = stack.indexOf(message)
  if (start === -1) return []
  return stack
    .slice(start + message.length)
    .split('\n')
    .flatMap((line) => FRAME.exec(line)?.[1] ?? [])
    .slice(0, 8)
}
