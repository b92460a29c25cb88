import * as ai from 'ai-v6'
import {
  AbstractChat,
  lastAssistantMessageIsCompleteWithApprovalResponses,
  type UIMessage,
  type UIMessageChunk,
} from 'ai-v6'
import { MockLanguageModelV3 } from 'ai-v6/test'
import type { AiSdk } from './ai-sdk.ts'
import { endings, script } from './scripted-model.ts'

/** What the browser gets of a result in AI SDK 6. */
interface Streamed {
  toUIMessageStream(options: object): ReadableStream<UIMessageChunk>
}

/** AI SDK 6: one context for all tools, approvals that a tool itself asks for. */
export const aiV6: AiSdk<UIMessage, UIMessageChunk, Streamed> = {
  name: 'AI SDK 6',
  ai,
  scriptedModel: (calls) => new MockLanguageModelV3(script(calls, endings)),
  contextFor: (_, context) => ({ experimental_context: context }),
  toUiStream: (streamed, options) => streamed.toUIMessageStream(options),
  createChat: (init) =>
    new (class extends AbstractChat<UIMessage> {})({
      ...init,
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
    }),
}
