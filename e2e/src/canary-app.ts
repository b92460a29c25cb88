import {
  createValetKey,
  FederatedConnectionError,
  getAccessTokenForConnection,
  getInterrupts,
  interruptText,
  type PendingInterrupt,
  stopOnInterrupt,
  type ValetKeyEvent,
} from '@valetkey/vercel-ai'
import {
  generateText,
  type ModelMessage,
  stepCountIs,
  streamText,
  tool,
  toUIMessageStream,
} from 'ai'
import * as z from 'zod'
import type { CanaryWorld } from './canary-world.ts'
import { WRITE_EVENTS } from './canary-world.ts'
import { scriptedModel } from './scripted-model.ts'

/** Everything that the app, the AI SDK and the model got to see. */
export interface Seen {
  /** Prompts, steps, messages, stream chunks. */
  readonly conversation: unknown[]
  readonly errors: unknown[]
  readonly interrupts: PendingInterrupt[]
  readonly events: ValetKeyEvent[]
}

/** What became of a turn. */
export interface TurnOutcome {
  /** Code of the error that the tool ended in; absent when it gave a result. */
  readonly code: string | undefined
  /** Reasons of the interrupts that the turn stopped at. */
  readonly reasons: readonly string[]
}

export interface CanaryApp {
  readonly seen: Seen
  /** One turn by `generateText`, without an approval policy. */
  readonly generate: (user: string, toolName: CanaryTool) => Promise<TurnOutcome>
  /** One turn by `streamText` with approvals; `act` is what the user does when the turn pauses, then it goes on. */
  readonly chat: (
    user: string,
    toolName: CanaryTool,
    act?: () => Promise<unknown>,
  ) => Promise<TurnOutcome>
}

export type CanaryTool = keyof ReturnType<typeof createTools>['tools']

/** What every tool's result holds, so that a transcript without it is no transcript. */
export const TOOL_RESULT = 'result-of-a-canary-tool'

/** An app on the AI SDK whose tools are as careless with tokens as tools can be. */
export function createCanaryApp(world: CanaryWorld): CanaryApp {
  const seen: Seen = { conversation: [], errors: [], interrupts: [], events: [] }
  let user = ''
  const { valetKey, tools } = createTools(world, {
    accessToken: () => world.emulator.issueLoginToken(user),
    onEvent: (event) => void seen.events.push(event),
  })

  const note = (
    steps: readonly { readonly content: readonly { readonly type: string }[] }[],
  ): TurnOutcome => {
    const content = steps.flatMap((step) => step.content)
    const errors = content.flatMap((part) => ('error' in part ? [part.error] : []))
    const interrupts = getInterrupts(content)
    seen.conversation.push(...steps)
    seen.errors.push(...errors)
    seen.interrupts.push(...interrupts)
    const [code] = errors.map((error) =>
      error instanceof Error && 'code' in error ? String(error.code) : 'no code',
    )
    return { code, reasons: interrupts.map(({ interrupt }) => interrupt.reason) }
  }

  return {
    seen,
    generate: async (person, toolName) => {
      user = person
      const model = scriptedModel(toolName)
      const result = await generateText({
        model,
        tools,
        prompt: 'What is new?',
        stopWhen: [stepCountIs(3), stopOnInterrupt()],
      })
      seen.conversation.push(result.responseMessages, model.doGenerateCalls)
      return note(result.steps)
    },
    chat: async (person, toolName, act) => {
      user = person
      const model = scriptedModel(toolName)
      const respond = async (messages: readonly ModelMessage[]) => {
        const result = streamText({
          model,
          tools,
          toolApproval: valetKey.toolApproval(tools),
          messages: [...messages],
          stopWhen: [stepCountIs(3), stopOnInterrupt()],
          onError: ({ error }) => void seen.errors.push(error),
        })
        for await (const chunk of toUIMessageStream({
          stream: result.stream,
          onError: interruptText,
        })) {
          seen.conversation.push(chunk)
        }
        const responseMessages = await result.responseMessages
        seen.conversation.push(responseMessages, model.doStreamCalls)
        return {
          outcome: note(await result.steps),
          content: await result.content,
          responseMessages,
        }
      }

      const question: ModelMessage = { role: 'user', content: 'What is new?' }
      const first = await respond([question])
      if (act === undefined) return first.outcome
      await act()
      const approvals = getInterrupts(first.content).flatMap(({ approvalId }) =>
        approvalId === undefined
          ? []
          : [{ type: 'tool-approval-response', approvalId, approved: true } as const],
      )
      const answer: ModelMessage = { role: 'tool', content: approvals }
      return (await respond([question, ...first.responseMessages, answer])).outcome
    },
  }
}

interface ToolSettings {
  readonly accessToken: () => Promise<string>
  readonly onEvent: (event: ValetKeyEvent) => void
}

function createTools({ issuer, client, emulator }: CanaryWorld, settings: ToolSettings) {
  const valetKey = createValetKey({
    issuer,
    clientId: client.id,
    clientSecret: client.secret,
    connectUrl: '/connect',
    cache: 'off',
    ...settings,
  })
  const withGoogle = valetKey.withTokenForConnection({ connection: 'google-oauth2' })
  const withGoogleAgain = valetKey.withTokenForConnection({
    connection: 'google-oauth2',
    retry: 'once',
  })
  const withWriting = valetKey.withTokenForConnection({
    connection: 'google-oauth2',
    scopes: [WRITE_EVENTS],
  })
  const withGithub = valetKey.withTokenForConnection({ connection: 'github' })
  const inputSchema = z.object({})
  const token = getAccessTokenForConnection
  /** Asks the provider whose token it is; 401 means that the token is no good. */
  const whoAmI = async (path: string): Promise<{ readonly [TOOL_RESULT]: string }> => {
    const response = await fetch(`${emulator.url}${path}`, {
      headers: { authorization: `Bearer ${token()}` },
    })
    const text = await response.text()
    if (response.status === 401) throw new FederatedConnectionError(`Google said: ${text}`)
    return { [TOOL_RESULT]: text }
  }
  const google = { inputSchema, execute: () => whoAmI('/google/v1/userinfo') }

  const tools = {
    whoAmI: withGoogle(tool(google)),
    whoAmIAgain: withGoogleAgain(tool(google)),
    write: withWriting(tool(google)),
    github: withGithub(tool({ inputSchema, execute: () => whoAmI('/github/user') })),
    echo: withGoogle(
      tool({
        inputSchema,
        execute: async () => ({
          [TOOL_RESULT]: `Authorization: Bearer ${token()}`,
          [token()]: true,
          curl: [`https://example.com/?access_token=${encodeURIComponent(token())}`],
          basic: { header: Buffer.from(`user:${token()}`).toString('base64') },
        }),
      }),
    ),
    stream: withGoogle(
      tool({
        inputSchema,
        execute: async function* () {
          yield { [TOOL_RESULT]: token() }
          yield { [TOOL_RESULT]: `once more ${token()}` }
        },
      }),
    ),
    failing: withGoogle(
      tool({
        inputSchema,
        execute: async (): Promise<string> => {
          const cause = new Error(`401 for ${token()}`)
          throw Object.assign(new Error(`GET /?access_token=${token()} failed`, { cause }), {
            config: { headers: { authorization: `Bearer ${token()}` } },
            request: { path: `/?access_token=${token()}` },
          })
        },
      }),
    ),
    throwingText: withGoogle(
      tool({
        inputSchema,
        execute: async (): Promise<string> => {
          // oxlint-disable-next-line no-throw-literal -- tools do such things
          throw `no luck with ${token()}`
        },
      }),
    ),
    refused: withGoogle(
      tool({
        inputSchema,
        execute: async (): Promise<string> => {
          throw new FederatedConnectionError(`Google does not like ${token()}`)
        },
      }),
    ),
  }
  return { valetKey, tools }
}
