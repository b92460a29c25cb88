import type { LanguageModelV4StreamPart, LanguageModelV4Usage } from '@ai-sdk/provider'
import { convertArrayToReadableStream, MockLanguageModelV4 } from 'ai/test'

const USAGE: LanguageModelV4Usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
}

/** A model that calls one tool, and says "Done." once it was told anything back. */
export function scriptedModel(toolName: string): MockLanguageModelV4 {
  const call = { type: 'tool-call', toolCallId: `call-${toolName}`, toolName, input: '{}' } as const
  return new MockLanguageModelV4({
    doGenerate: async ({ prompt }) => {
      const isAnswered = prompt.at(-1)?.role === 'tool'
      return {
        content: isAnswered ? [{ type: 'text', text: 'Done.' }] : [call],
        finishReason: { unified: isAnswered ? 'stop' : 'tool-calls', raw: undefined },
        usage: USAGE,
        warnings: [],
      }
    },
    doStream: async ({ prompt }) => {
      const isAnswered = prompt.at(-1)?.role === 'tool'
      return {
        stream: convertArrayToReadableStream<LanguageModelV4StreamPart>([
          { type: 'stream-start', warnings: [] },
          ...(isAnswered
            ? ([
                { type: 'text-start', id: 'text' },
                { type: 'text-delta', id: 'text', delta: 'Done.' },
                { type: 'text-end', id: 'text' },
              ] as const)
            : [call]),
          {
            type: 'finish',
            finishReason: { unified: isAnswered ? 'stop' : 'tool-calls', raw: undefined },
            usage: USAGE,
          },
        ]),
      }
    },
  })
}
