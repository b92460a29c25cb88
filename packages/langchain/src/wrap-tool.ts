import type { Protection, ToolCall } from '@valetkey/core'
import { pauseOrError, takeAnswers } from './pause.ts'
import type { ToolConfig } from './tool-config.ts'

/** A tool of LangChain, told by its shape: `tool()`, or any `StructuredTool`. */
export interface WrappableTool {
  readonly name: string
  readonly lc_namespace: string[]
  readonly schema: unknown
}

/** What the tool's function gets, where the tool's type tells. */
export type InputOf<Tool extends WrappableTool> = Tool extends {
  func: (input: infer Input, ...more: never) => unknown
}
  ? Input
  : unknown

/**
 * A copy of the tool that gets its tokens before it runs; of the same type and class. Its own code
 * still runs on the tool that was given.
 *
 * @throws TypeError for what runs elsewhere: a provider's tool, a runnable
 */
export function wrapTool<Config extends ToolConfig, Tool extends WrappableTool>(
  protection: Protection<ToolCall<unknown, Config | undefined>>,
  tool: Tool,
): Tool {
  const inner: unknown = Reflect.get(tool, '_call')
  if (typeof inner !== 'function') {
    throw new TypeError(
      'withTokenForConnection needs a tool() or a StructuredTool: a tool that runs at the model provider cannot use a token',
    )
  }

  // Every StructuredTool runs by this method, after its input was checked and before its result
  // becomes a message.
  const _call = async (input: unknown, runManager: unknown, config?: Config): Promise<unknown> => {
    const start = (): unknown => inner.call(tool, input, runManager, config)
    const call = {
      input,
      toolCallId: config?.toolCall?.id,
      toolName: tool.name,
      signal: config?.signal,
      context: config,
    }
    takeAnswers(call.toolCallId)
    try {
      const result = await protection.run(call, start)
      return isAsyncGenerator(result) ? iterate(protection, call, { result, start }) : result
    } catch (error) {
      throw await pauseOrError(error)
    }
  }

  const copy: Tool = Object.create(
    Object.getPrototypeOf(tool),
    Object.getOwnPropertyDescriptors(tool),
  )
  // Not enumerable, as a method of a class is not.
  Object.defineProperty(copy, '_call', { value: _call, writable: true, configurable: true })
  return copy
}

/** The items of a streaming tool, whose body has its tokens after every `yield` too. */
async function* iterate<Config extends ToolConfig>(
  protection: Protection<ToolCall<unknown, Config | undefined>>,
  call: ToolCall<unknown, Config | undefined>,
  first: { readonly result: AsyncGenerator; readonly start: () => unknown },
): AsyncGenerator {
  let result: unknown = first.result
  const items = async function* (): AsyncGenerator {
    const current = result ?? (await first.start())
    result = undefined // a second start is a retry
    return isAsyncGenerator(current) ? yield* current : current
  }
  try {
    return yield* protection.iterate(call, items)
  } catch (error) {
    throw await pauseOrError(error)
  }
}

function isAsyncGenerator(value: unknown): value is AsyncGenerator {
  return (
    typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'next' in value
  )
}
