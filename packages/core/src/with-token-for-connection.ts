import type { ProtectedResult, Protection } from './protection.ts'
import type { TokenForConnectionOptions } from './token-for-connection-options.ts'
import type { ToolCall } from './tool-call.ts'

/** What the caller of a wrapped function may say about the call. */
export interface CallDetails<Context = unknown> {
  readonly toolCallId?: string | undefined
  /** Default: the function's name. */
  readonly toolName?: string | undefined
  /** Ends the exchange for this call; the function sees it as `call.signal`. */
  readonly signal?: AbortSignal | undefined
  readonly context?: Context | undefined
}

/** A wrapped plain function: its input, then what is known about the call. */
export type WrappedFunction<Input, Context, Result> = undefined extends Input
  ? (input?: Input, details?: CallDetails<Context>) => ProtectedResult<Result>
  : (input: Input, details?: CallDetails<Context>) => ProtectedResult<Result>

/** The call of a plain function; its context is there only when the caller gave one. */
export type PlainCall<Input, Context> = ToolCall<Input, Context | undefined>

/** Wraps a plain function: an async generator stays one, the result of any other is awaited. */
export type FunctionWrapper<Context> = <Input, Result>(
  execute: (input: Input, call: PlainCall<Input, Context>) => Result,
) => WrappedFunction<Input, Context, Result>

/**
 * `withTokenForConnection` for plain functions: at once, or options first. To the sources in the
 * options the input is `unknown`: the model wrote it, and it should not choose whose token is used.
 */
export interface WithTokenForConnection<Context> {
  <Input, Result>(
    options: TokenForConnectionOptions<PlainCall<unknown, Context>>,
    execute: (input: Input, call: PlainCall<Input, Context>) => Result,
  ): WrappedFunction<Input, Context, Result>
  (options: TokenForConnectionOptions<PlainCall<unknown, Context>>): FunctionWrapper<Context>
}

/** Makes the plain functions' `withTokenForConnection` from a client's `protect`. */
export function createWithTokenForConnection<Context>(
  protect: (
    options: TokenForConnectionOptions<PlainCall<unknown, Context>>,
  ) => Protection<PlainCall<unknown, Context>>,
): WithTokenForConnection<Context> {
  function withTokenForConnection<Input, Result>(
    options: TokenForConnectionOptions<PlainCall<unknown, Context>>,
    execute: (input: Input, call: PlainCall<Input, Context>) => Result,
  ): WrappedFunction<Input, Context, Result>
  function withTokenForConnection(
    options: TokenForConnectionOptions<PlainCall<unknown, Context>>,
  ): FunctionWrapper<Context>
  function withTokenForConnection<Input>(
    options: TokenForConnectionOptions<PlainCall<unknown, Context>>,
    execute?: (input: Input, call: PlainCall<Input, Context>) => unknown,
  ): unknown {
    const protection = protect(options)
    if (execute !== undefined) return wrapPlainFunction(protection, execute)
    return (later: (input: Input, call: PlainCall<Input, Context>) => unknown) =>
      wrapPlainFunction(protection, later)
  }
  return withTokenForConnection
}

function wrapPlainFunction<Input, Context>(
  protection: Protection<PlainCall<unknown, Context>>,
  execute: (input: Input, call: PlainCall<Input, Context>) => unknown,
): (input: Input, details?: CallDetails<Context>) => unknown {
  if (typeof execute !== 'function') throw new TypeError('A tool must be a function')
  const name = execute.name === '' ? undefined : execute.name
  const wrapped = protection.wrap(execute, (_input, call) => call)
  return (input, { toolCallId, toolName = name, signal, context } = {}) =>
    wrapped(input, { input, toolCallId, toolName, signal, context })
}
