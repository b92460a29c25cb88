import * as ai from 'ai'
import {
  AbstractChat,
  lastAssistantMessageIsCompleteWithApprovalResponses,
  type TextStreamPart,
  type ToolSet,
  toUIMessageStream,
  type UIMessage,
  type UIMessageChunk,
} from 'ai'
import type { AiSdk } from './ai-sdk.ts'
import { scriptedModel } from './scripted-model.ts'

/** What the browser gets of a result in AI SDK 7. */
interface Streamed {
  readonly stream: ReadableStream<TextStreamPart<ToolSet>>
}

/** AI SDK 7: a context for each tool, and approvals that a policy asks for. */
export const aiV7: AiSdk<UIMessage, UIMessageChunk, Streamed> = {
  name: 'AI SDK 7',
  ai,
  scriptedModel,
  contextFor: (toolNames, context) => ({
    toolsContext: Object.fromEntries(toolNames.map((name) => [name, context])),
  }),
  toUiStream: ({ stream }, options) => toUIMessageStream({ ...options, stream }),
  createChat: (init) =>
    new (class extends AbstractChat<UIMessage> {})({
      ...init,
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
    }),
}
