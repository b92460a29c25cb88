import type { AdapterCall } from '@valetkey-internal/testing'
import type { WrappableTool } from '@valetkey/vercel-ai'

/** One major of the AI SDK, as the drivers use it: the package, and the words in which it differs. */
export interface AiSdk<Message extends ChatMessage, Chunk extends UiChunk, Streamed> {
  /** As it appears in test names. */
  readonly name: string
  readonly ai: AiPackage<Message, Streamed>
  /** A model of the major's own test kit. */
  readonly scriptedModel: (calls: readonly AdapterCall[]) => ScriptedModel
  /** The option that hands the app's context to these tools. */
  readonly contextFor: (toolNames: readonly string[], context: AppContext) => object
  /** What the route answers to the browser. */
  readonly toUiStream: (
    streamed: Streamed,
    options: UiStreamOptions<Message>,
  ) => ReadableStream<Chunk>
  /** What `useChat` builds on, without React. */
  readonly createChat: (init: ChatInit<Message, Chunk>) => ChatMachine<Message>
}

/**
 * What the drivers use of the package `ai`, told by its shape, so that one driver runs each major.
 * A method compares its parameters both ways: `object` stands for the options of the major.
 */
export interface AiPackage<Message extends ChatMessage, Streamed> {
  tool(settings: object): WrappableTool
  jsonSchema(schema: object): unknown
  stepCountIs(count: number): unknown
  generateText(options: object): PromiseLike<GeneratedText>
  streamText(options: object): Streamed
  convertToModelMessages(messages: Message[], options: object): unknown
}

/** What the app hands to its tools through the AI SDK: who is asking, and nothing secret. */
export interface AppContext {
  readonly user: string
}

/** A model that remembers how it was called. */
export interface ScriptedModel {
  readonly doGenerateCalls: readonly unknown[]
  readonly doStreamCalls: readonly unknown[]
}

/** What is read of a result. */
export interface GeneratedText {
  readonly steps: readonly Step[]
  readonly response: { readonly messages: readonly unknown[] }
}

/** What is read of a step. */
export interface Step {
  readonly content: readonly ResultPart[]
}

/** What is read of a part of a result. */
export interface ResultPart {
  readonly type: string
  readonly toolCallId?: string
  readonly output?: unknown
  readonly error?: unknown
}

/** Options of the stream that goes to the browser. */
export interface UiStreamOptions<Message extends ChatMessage> {
  readonly originalMessages: Message[]
  readonly onError: (error: unknown) => string
}

/** What is read of a chunk on its way to the browser. */
export interface UiChunk {
  readonly type: string
  readonly toolCallId?: string
  readonly preliminary?: boolean
  readonly output?: unknown
}

/** What the browser keeps. */
export interface ChatMessage {
  readonly parts: readonly ChatPart[]
}

/** What is read of a part of a message. */
export interface ChatPart {
  readonly type: string
  readonly toolCallId?: string
  readonly state?: string
  readonly output?: unknown
  readonly errorText?: string
  readonly approval?: { readonly id: string }
}

/** How a chat begins. */
export interface ChatInit<Message extends ChatMessage, Chunk extends UiChunk> {
  readonly state: {
    status: 'ready'
    error: undefined
    messages: Message[]
    readonly pushMessage: (message: Message) => void
    readonly popMessage: () => void
    readonly replaceMessage: (index: number, message: Message) => void
    readonly snapshot: <Thing>(thing: Thing) => Thing
  }
  readonly transport: {
    readonly sendMessages: (request: {
      readonly messages: Message[]
    }) => Promise<ReadableStream<Chunk>>
    readonly reconnectToStream: () => Promise<null>
  }
  readonly onFinish: () => void
}

/** What a user does in a chat. Only AI SDK 6 and 7 know approvals. */
export interface ChatMachine<Message extends ChatMessage> {
  readonly messages: Message[]
  readonly sendMessage: (message: { readonly text: string }) => Promise<void>
  readonly regenerate: () => Promise<void>
  readonly addToolApprovalResponse?: (response: {
    readonly id: string
    readonly approved: boolean
  }) => PromiseLike<void> | void
}
