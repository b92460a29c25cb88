import type { LanguageModelV4StreamPart, LanguageModelV4Usage } from '@ai-sdk/provider'
import type { AdapterCall } from '@valetkey-internal/testing'
import { convertArrayToReadableStream, MockLanguageModelV4 } from 'ai/test'

const usage: LanguageModelV4Usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
}

/** A model that makes these calls in its first step, and says "Done." once it was told anything back. */
export function scriptedModel(calls: readonly AdapterCall[]): MockLanguageModelV4 {
  return new MockLanguageModelV4({
    doGenerate: async ({ prompt }) =>
      prompt.at(-1)?.role === 'tool'
        ? {
            content: [{ type: 'text', text: 'Done.' }],
            finishReason: { unified: 'stop', raw: undefined },
            usage,
            warnings: [],
          }
        : {
            content: calls.map(toolCall),
            finishReason: { unified: 'tool-calls', raw: undefined },
            usage,
            warnings: [],
          },
    doStream: async ({ prompt }) => ({
      stream: convertArrayToReadableStream<LanguageModelV4StreamPart>([
        { type: 'stream-start', warnings: [] },
        ...(prompt.at(-1)?.role === 'tool'
          ? [
              { type: 'text-start', id: 'text' } as const,
              { type: 'text-delta', id: 'text', delta: 'Done.' } as const,
              { type: 'text-end', id: 'text' } as const,
              finish('stop'),
            ]
          : [...calls.map(toolCall), finish('tool-calls')]),
      ]),
    }),
  })
}

function toolCall({ id, tool, input }: AdapterCall): {
  type: 'tool-call'
  toolCallId: string
  toolName: string
  input: string
} {
  return { type: 'tool-call', toolCallId: id, toolName: tool, input: JSON.stringify(input) }
}

function finish(reason: 'stop' | 'tool-calls'): LanguageModelV4StreamPart {
  return { type: 'finish', finishReason: { unified: reason, raw: undefined }, usage }
}
