import { inspect } from 'node:util'
import { ToolMessage } from '@langchain/core/messages'
import { Command, type MemorySaver } from '@langchain/langgraph'
import type { AdapterOutcome, AdapterRun, AdapterRunRequest } from '@valetkey-internal/testing'
import { findValetKeyError, getInterrupts } from '@valetkey/langchain'
import { textOf } from './stored-text.ts'
import type { AppContext } from './wrapped-tools.ts'

/** `stream` of a compiled graph or an agent, as far as it is used here. */
export type StreamGraph = (
  input:
    | Command<unknown, Record<string, never>, never>
    | { messages: { role: 'user'; content: string }[] },
  config: GraphConfig,
) => Promise<AsyncIterable<[string, unknown]>>

interface GraphConfig {
  configurable: { thread_id: string }
  context: AppContext
  streamMode: ('updates' | 'values' | 'messages' | 'custom' | 'debug')[]
  callbacks: { handleToolEvent: (item: unknown, ...about: readonly unknown[]) => void }[]
  signal?: AbortSignal
}

/** Runs a graph for the suite: by its stream, as an app would read it. */
export async function runGraph(
  stream: StreamGraph,
  checkpointer: MemorySaver,
  { user, calls, signal }: AdapterRunRequest,
): Promise<AdapterRun> {
  const outcomes = new Map<string, AdapterOutcome>()
  const partial = new Map<string, unknown[]>()
  const seen: unknown[] = []
  let waiting: readonly string[] = []
  const config: GraphConfig = {
    configurable: { thread_id: 'thread-1' },
    context: { user },
    streamMode: ['updates', 'values', 'messages', 'custom', 'debug'],
    callbacks: [
      {
        handleToolEvent: (item, ...about) => {
          seen.push(item)
          const id = about.find((one) => calls.some((call) => call.id === one))
          if (typeof id === 'string') partial.set(id, [...(partial.get(id) ?? []), item])
        },
      },
    ],
    ...(signal === undefined ? {} : { signal }),
  }

  const advance = async (input: Parameters<StreamGraph>[0]): Promise<AdapterRun> => {
    for (const [id, { status }] of outcomes) if (status === 'interrupted') outcomes.delete(id)
    try {
      const ids: string[] = []
      for await (const chunk of await stream(input, config)) {
        seen.push(chunk)
        for (const { id, interrupt } of getInterrupts(chunk)) {
          ids.push(id)
          outcomes.set(interrupt.tool?.callId ?? '', { status: 'interrupted', interrupt })
        }
        for (const message of messagesIn(chunk)) outcomes.set(...outcomeOf(message))
      }
      waiting = ids
    } catch (error) {
      seen.push(error)
      const failed = {
        status: 'failed',
        code: findValetKeyError(error)?.code,
        message: inspect(error),
      } as const
      if (signal?.aborted !== true) {
        for (const { id } of calls) if (!outcomes.has(id)) outcomes.set(id, failed)
      }
    }
    return {
      outcomes: new Map(
        [...outcomes].map(([id, outcome]) => [
          id,
          outcome.status === 'completed' && partial.has(id)
            ? { ...outcome, partial: partial.get(id) }
            : outcome,
        ]),
      ),
      transcript: () => textOf([seen, checkpointer.storage, checkpointer.writes]),
      resume: async () =>
        await advance(
          new Command<unknown, Record<string, never>, never>({
            resume: Object.fromEntries(waiting.map((id) => [id, true])),
          }),
        ),
    }
  }
  return await advance({ messages: [{ role: 'user', content: 'What is new?' }] })
}

/** The messages of tools in a chunk: `['updates', { tools: { messages: […] } }]`. */
function messagesIn([mode, chunk]: [string, unknown]): readonly ToolMessage[] {
  if (mode !== 'updates' || typeof chunk !== 'object' || chunk === null) return []
  return Object.values(chunk).flatMap((update: unknown) => {
    const messages: unknown = update instanceof Object && Reflect.get(update, 'messages')
    return Array.isArray(messages) ? messages.filter((one) => one instanceof ToolMessage) : []
  })
}

function outcomeOf(message: ToolMessage): [string, AdapterOutcome] {
  const { tool_call_id: id, status } = message
  const content = message.text
  if (status === 'error') return [id, { status: 'failed', code: undefined, message: content }]
  return [id, { status: 'completed', output: fromJson(content) }]
}

/** LangChain writes what is no text as JSON. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
