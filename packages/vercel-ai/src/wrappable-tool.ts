import type { Interrupt, Protection, ToolCall } from '@valetkey/core'

/** What the AI SDK tells a tool about one call; its `ToolExecutionOptions`, as far as it is read here. */
export interface ExecutionOptions<ToolContext = unknown> {
  readonly toolCallId?: string
  readonly abortSignal?: AbortSignal | undefined
  readonly context: ToolContext
}

/**
 * A tool of the AI SDK, told by its shape, so that nothing of `ai` is loaded. Of any input and context:
 * the type of a method compares its parameters both ways.
 */
export interface WrappableTool<ToolContext = unknown> {
  readonly execute?: {
    method(input: unknown, options: ExecutionOptions<ToolContext>): unknown
  }['method']
}

/** What the model may send to a tool. */
export type InputOf<Tool extends WrappableTool> = Tool extends {
  execute?: (input: infer Input, ...more: never) => unknown
}
  ? Input
  : unknown

/** What the app hands to a tool: `toolsContext`, checked by the tool's `contextSchema`. */
export type ContextOf<Tool extends WrappableTool> = Tool extends {
  execute?: (input: never, options: infer Options) => unknown
}
  ? Options extends { readonly context: infer ToolContext }
    ? ToolContext
    : unknown
  : unknown

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
  protection: Protection<ToolCall<unknown, ToolContext>>,
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
    check: async (call: ToolCall<unknown, ToolContext>) =>
      (await protection.check(call)) ?? (await innerCheck?.check(call)),
  }
  const wrapped = protection.wrap(execute, (input, { toolCallId, abortSignal, context }) => ({
    input,
    toolCallId,
    toolName: undefined, // the AI SDK does not tell
    signal: abortSignal,
    context,
  }))
  return { ...tool, execute: Object.assign(wrapped, { [checkKey]: check }) }
}
