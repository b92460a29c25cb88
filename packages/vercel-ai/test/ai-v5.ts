import * as ai from 'ai-v5'
import { AbstractChat, type UIMessage, type UIMessageChunk } from 'ai-v5'
import { MockLanguageModelV2 } from 'ai-v5/test'
import type { AiSdk } from './ai-sdk.ts'
import { script } from './scripted-model.ts'

/** What the browser gets of a result in AI SDK 5. */
interface Streamed {
  toUIMessageStream(options: object): ReadableStream<UIMessageChunk>
}

/** AI SDK 5: one context for all tools, no approvals. */
export const aiV5: AiSdk<UIMessage, UIMessageChunk, Streamed> = {
  name: 'AI SDK 5',
  ai,
  scriptedModel: (calls) =>
    new MockLanguageModelV2(
      script(calls, {
        usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
        stop: 'stop',
        toolCalls: 'tool-calls',
      }),
    ),
  contextFor: (_, context) => ({ experimental_context: context }),
  toUiStream: (streamed, options) => streamed.toUIMessageStream(options),
  createChat: (init) => new (class extends AbstractChat<UIMessage> {})(init),
}
