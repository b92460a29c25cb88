import type { AdapterCall } from '@valetkey-internal/testing'
import { convertArrayToReadableStream, MockLanguageModelV4 } from 'ai/test'

/** How a major of the AI SDK says that a step has ended. */
export interface Endings<Usage, Reason> {
  readonly usage: Usage
  readonly stop: Reason
  readonly toolCalls: Reason
}

interface Reason {
  readonly unified: 'stop' | 'tool-calls'
  readonly raw: undefined
}

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
}

/** The words of AI SDK 6 and 7. */
export const endings: Endings<typeof usage, Reason> = {
  usage,
  stop: { unified: 'stop', raw: undefined },
  toolCalls: { unified: 'tool-calls', raw: undefined },
}

/** A model of AI SDK 7 that answers by {@link script}. */
export function scriptedModel(calls: readonly AdapterCall[]): MockLanguageModelV4 {
  return new MockLanguageModelV4(script(calls, endings))
}

interface Prompted {
  readonly prompt: readonly { readonly role: string }[]
}

interface ScriptedCall {
  readonly type: 'tool-call'
  readonly toolCallId: string
  readonly toolName: string
  readonly input: string
}

interface Finish<Usage, Reason> {
  readonly type: 'finish'
  readonly finishReason: Reason
  readonly usage: Usage
}

type StreamPart<Usage, Reason> =
  | { readonly type: 'stream-start'; warnings: never[] }
  | { readonly type: 'text-start' | 'text-end'; readonly id: string }
  | { readonly type: 'text-delta'; readonly id: string; readonly delta: string }
  | ScriptedCall
  | Finish<Usage, Reason>

/** What a model does that makes these calls in its first step, and says "Done." once it was told anything back. */
export interface Script<Usage, Reason> {
  readonly doGenerate: (options: Prompted) => Promise<{
    content: ({ readonly type: 'text'; readonly text: string } | ScriptedCall)[]
    finishReason: Reason
    usage: Usage
    warnings: never[]
  }>
  readonly doStream: (
    options: Prompted,
  ) => Promise<{ stream: ReadableStream<StreamPart<Usage, Reason>> }>
}

/** {@link Script} in the words of one major. */
export function script<Usage, Reason>(
  calls: readonly AdapterCall[],
  { usage: used, stop, toolCalls }: Endings<Usage, Reason>,
): Script<Usage, Reason> {
  const isTold = ({ prompt }: Prompted): boolean => prompt.at(-1)?.role === 'tool'
  return {
    doGenerate: async (options) => ({
      content: isTold(options) ? [{ type: 'text', text: 'Done.' }] : calls.map(toolCall),
      finishReason: isTold(options) ? stop : toolCalls,
      usage: used,
      warnings: [],
    }),
    doStream: async (options) => ({
      stream: convertArrayToReadableStream<StreamPart<Usage, Reason>>([
        { type: 'stream-start', warnings: [] },
        ...(isTold(options)
          ? ([
              { type: 'text-start', id: 'text' },
              { type: 'text-delta', id: 'text', delta: 'Done.' },
              { type: 'text-end', id: 'text' },
              { type: 'finish', finishReason: stop, usage: used },
            ] as const)
          : ([
              ...calls.map(toolCall),
              { type: 'finish', finishReason: toolCalls, usage: used },
            ] as const)),
      ]),
    }),
  }
}

function toolCall({ id, tool, input }: AdapterCall): ScriptedCall {
  return { type: 'tool-call', toolCallId: id, toolName: tool, input: JSON.stringify(input) }
}
