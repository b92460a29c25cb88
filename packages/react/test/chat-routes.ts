import { createValetKey, interruptText, stopOnInterrupt } from '@valetkey/vercel-ai'
import * as ai7 from 'ai'
import * as ai5 from 'ai-v5'
import { MockLanguageModelV2 } from 'ai-v5/test'
import * as ai6 from 'ai-v6'
import { MockLanguageModelV3 } from 'ai-v6/test'
import { convertArrayToReadableStream, MockLanguageModelV4 } from 'ai/test'
import * as z from 'zod'

/** What the routes need from their app. */
export interface ChatRouteOptions {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** The login token of whoever sent the request. */
  readonly accessToken: (request: Request) => Promise<string | undefined>
}

/** Chat routes by major of the AI SDK, each with a model that calls the tools its user names. */
export function chatRoutes({
  accessToken,
  ...settings
}: ChatRouteOptions): Readonly<Record<string, (request: Request) => Promise<Response>>> {
  const valetKeyOf = (request: Request): ReturnType<typeof createValetKey> =>
    createValetKey({
      ...settings,
      accessToken: () => accessToken(request),
      connectUrl: '/api/valet-key/connect',
    })
  return {
    v7: async (request) => {
      const valetKey = valetKeyOf(request)
      const tools = toolsFor(valetKey)
      const { messages } = (await request.json()) as { messages: ai7.UIMessage[] }
      const result = ai7.streamText({
        model: new MockLanguageModelV4({
          doStream: async ({ prompt }) => ({ stream: streamOf(stepAfter(prompt), 'nested') }),
        }),
        tools,
        toolApproval: valetKey.toolApproval(tools),
        stopWhen: [ai7.stepCountIs(8), stopOnInterrupt()],
        messages: await ai7.convertToModelMessages(messages, { tools }),
      })
      return ai7.createUIMessageStreamResponse({
        stream: ai7.toUIMessageStream({ stream: result.stream, onError: interruptText }),
      })
    },
    v6: async (request) => {
      const tools = toolsFor(valetKeyOf(request)) as unknown as ai6.ToolSet
      const { messages } = (await request.json()) as { messages: ai6.UIMessage[] }
      return ai6
        .streamText({
          model: new MockLanguageModelV3({
            doStream: async ({ prompt }) => ({ stream: streamOf(stepAfter(prompt), 'nested') }),
          }),
          tools,
          stopWhen: [ai6.stepCountIs(8), stopOnInterrupt()],
          messages: await ai6.convertToModelMessages(messages, { tools }),
        })
        .toUIMessageStreamResponse({ onError: interruptText })
    },
    v5: async (request) => {
      const tools = toolsFor(valetKeyOf(request)) as unknown as ai5.ToolSet
      const { messages } = (await request.json()) as { messages: ai5.UIMessage[] }
      return ai5
        .streamText({
          model: new MockLanguageModelV2({
            doStream: async ({ prompt }) => ({ stream: streamOf(stepAfter(prompt), 'flat') }),
          }),
          tools,
          stopWhen: [ai5.stepCountIs(8), stopOnInterrupt()],
          messages: ai5.convertToModelMessages(messages, { tools }),
        })
        .toUIMessageStreamResponse({ onError: interruptText })
    },
  }
}

function toolsFor(valetKey: ReturnType<typeof createValetKey>): {
  readonly calendar: ai7.Tool<{ call: number }, string>
  readonly repositories: ai7.Tool<{ call: number }, string>
} {
  const inputSchema = z.object({ call: z.number() })
  const withGoogle = valetKey.withTokenForConnection({
    connection: 'google-oauth2',
    scopes: ['https://www.googleapis.com/auth/calendar.events.readonly'],
  })
  const withGitHub = valetKey.withTokenForConnection({ connection: 'github', scopes: ['repo'] })
  return {
    calendar: withGoogle(ai7.tool({ inputSchema, execute: async () => 'two events' })),
    repositories: withGitHub(ai7.tool({ inputSchema, execute: async () => 'three repositories' })),
  }
}

interface PromptMessage {
  readonly role: string
  readonly content: unknown
}

/** The tools to call, or the text to say. */
type Step = readonly string[] | string

/** Calls what the user's last message names; says so when anything came back. */
function stepAfter(prompt: readonly PromptMessage[]): Step {
  if (prompt.at(-1)?.role === 'tool') return 'That is all.'
  const asked = JSON.stringify(prompt.findLast(({ role }) => role === 'user'))
  const calls = ['calendar', 'repositories'].filter((name) => asked.includes(name))
  return calls.length === 0 ? 'Hello.' : calls
}

/** Models of AI SDK 5 say the same with flat figures. */
function streamOf<Part>(step: Step, figures: 'nested' | 'flat'): ReadableStream<Part> {
  const isText = typeof step === 'string'
  const reason = isText ? 'stop' : 'tool-calls'
  const parts = [
    { type: 'stream-start', warnings: [] },
    ...(isText
      ? [
          { type: 'text-start', id: 'text' },
          { type: 'text-delta', id: 'text', delta: step },
          { type: 'text-end', id: 'text' },
        ]
      : step.map((toolName) => ({
          type: 'tool-call',
          toolCallId: `call-${toolName}-${crypto.randomUUID()}`,
          toolName,
          input: '{"call":1}',
        }))),
    figures === 'flat'
      ? {
          type: 'finish',
          finishReason: reason,
          usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
        }
      : {
          type: 'finish',
          finishReason: { unified: reason, raw: undefined },
          usage: {
            inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
            outputTokens: { total: 1, text: 1, reasoning: 0 },
          },
        },
  ] as Part[]
  return convertArrayToReadableStream(parts)
}
