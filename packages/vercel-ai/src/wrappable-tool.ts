import type { Interrupt, Protection, ToolCall } from '@valetkey/core'

/** What the AI SDK tells a tool about one call; its `ToolExecutionOptions`, as far as it is read here. */
export interface ExecutionOptions<ToolContext = unknown> {
  readonly toolCallId?: string
  readonly abortSignal?: AbortSignal | undefined
  /** In AI SDK 7. */
  readonly context?: ToolContext
  /** In AI SDK 5 and 6. */
  readonly experimental_context?: ToolContext
}

/**
 * A tool of the AI SDK, told by its shape, so that nothing of `ai` is loaded. Of any input and context:
 * the type of a method compares its parameters both ways.
 */
export interface WrappableTool<ToolContext = unknown> {
  readonly execute?:
    | { method(input: unknown, options: ExecutionOptions<ToolContext>): unknown }['method']
    | undefined
}

/** What the model may send to a tool. */
export type InputOf<Tool extends WrappableTool> = [ExecuteOf<Tool>] extends [never]
  ? Tool extends { onInputAvailable?: (options: infer Options) => unknown }
    ? MemberOf<Options, 'input', unknown>
    : unknown
  : ExecuteOf<Tool> extends (input: infer Input, ...more: never) => unknown
    ? Input
    : unknown

/**
 * What the app hands to a tool. In AI SDK 7 its part of `toolsContext`, checked by its `contextSchema`;
 * in 5 and 6 the `experimental_context` of the run, of which only the app knows the type.
 */
export type ContextOf<Tool extends WrappableTool, AppContext = unknown> = MemberOf<
  OptionsOf<Tool>,
  'context',
  AppContext
>

/** The messages that a tool sees, in the types of the major that made it. */
export type MessagesOf<Tool extends WrappableTool> = MemberOf<
  OptionsOf<Tool>,
  'messages',
  readonly unknown[]
>

type ExecuteOf<Tool extends WrappableTool> = NonNullable<Tool['execute']>

type OptionsOf<Tool extends WrappableTool> =
  ExecuteOf<Tool> extends (input: never, options: infer Options) => unknown ? Options : unknown

type MemberOf<Options, Name extends string, Otherwise> = Options extends {
  readonly [name in Name]: infer Member
}
  ? Member
  : Otherwise

/** Asks, without running the tool, what the user must do first. */
export interface CallCheck {
  check(call: ToolCall): Promise<Interrupt | undefined>
}

const checkKey: unique symbol = Symbol.for('valetkey.vercel-ai.check')

/** The check of a wrapped tool; also after the tool was copied, since it belongs to its `execute`. */
export function checkOf(tool: WrappableTool | undefined): CallCheck | undefined {
  const execute: unknown = tool?.execute
  return isChecked(execute) ? execute[checkKey] : undefined
}

function isChecked(execute: unknown): execute is { readonly [checkKey]: CallCheck } {
  return typeof execute === 'function' && checkKey in execute
}

/** A copy of the tool that gets its tokens before it runs; of the same type. @throws TypeError without `execute` */
export function wrapTool<ToolContext, Tool extends WrappableTool<ToolContext>>(
  protection: Protection<ToolCall<unknown, ToolContext | undefined>>,
  tool: Tool,
): Tool {
  const { execute } = tool
  if (typeof execute !== 'function') {
    throw new TypeError(
      'withTokenForConnection needs a tool with "execute": a tool that runs in the browser or at the model provider cannot use a token',
    )
  }
  const innerCheck = checkOf(tool)
  const check: CallCheck = {
    check: async (call: ToolCall<unknown, ToolContext | undefined>) =>
      (await protection.check(call)) ?? (await innerCheck?.check(call)),
  }
  const wrapped = protection.wrap(
    withoutStream(execute),
    (input, { toolCallId, abortSignal, context, experimental_context: runContext }) => ({
      input,
      toolCallId,
      toolName: undefined, // the AI SDK does not tell
      signal: abortSignal,
      context: context ?? runContext,
    }),
  )
  return { ...tool, execute: Object.assign(wrapped, { [checkKey]: check }) }
}

/**
 * A function that gives a stream instead of being one: the AI SDK looks at what comes back at once, when
 * the token is not there yet, and would take the stream itself for the tool's output.
 */
function withoutStream<Execute extends NonNullable<WrappableTool['execute']>>(
  execute: Execute,
): Execute | NonNullable<WrappableTool['execute']> {
  if (Object.prototype.toString.call(execute) === '[object AsyncGeneratorFunction]') return execute
  return function (this: unknown, input, options) {
    const result = execute.call(this, input, options)
    if (typeof result === 'object' && result !== null && Symbol.asyncIterator in result) {
      throw new TypeError('A wrapped tool can stream only if "execute" is an async function*')
    }
    return result
  }
}
