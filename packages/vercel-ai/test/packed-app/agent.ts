// Compiled from the packed packages with each major of the AI SDK, without skipLibCheck.
import {
  createValetKey,
  FederatedConnectionError,
  getAccessTokenForConnection,
  getInterrupts,
  interruptText,
  type PendingInterrupt,
  stopOnInterrupt,
} from '@valetkey/vercel-ai'
import { getInterrupts as getInterruptsInBrowser } from '@valetkey/vercel-ai/interrupts'
import { generateText, type LanguageModel, stepCountIs, streamText, tool, type UIMessage } from 'ai'
import * as z from 'zod'

const valetKey = createValetKey({ accessToken: 'login-token' })
const withCalendar = valetKey.withTokenForConnection({ connection: 'google-oauth2' })

const bare = tool({
  inputSchema: z.object({ date: z.string() }),
  execute: async ({ date }) => {
    if (date === '') throw new FederatedConnectionError('Refused')
    return { titles: [date, getAccessTokenForConnection()] }
  },
})

/** Has the type of the bare tool, which a declaration can name. */
export const events: typeof bare = withCalendar(bare)

/** Streams, and is wrapped twice. */
export const progress = withCalendar(
  valetKey.withTokenForConnection(
    { connection: 'github', accessToken: ({ input }) => String(input.count) },
    tool({
      inputSchema: z.object({ count: z.number() }),
      execute: async function* ({ count }) {
        for (let i = 0; i < count; i += 1) yield { progress: i }
      },
    }),
  ),
)

/** What a run of both tools waits for. */
export async function ask(model: LanguageModel): Promise<readonly PendingInterrupt[]> {
  const tools = { events, progress }
  const result = await generateText({
    model,
    tools,
    prompt: 'What is new?',
    stopWhen: [stepCountIs(8), stopOnInterrupt()],
  })
  return getInterrupts(result.content)
}

/** What a route answers. */
export function answer(model: LanguageModel): Response {
  const result = streamText({ model, tools: { events, progress }, prompt: 'What is new?' })
  return result.toUIMessageStreamResponse({ onError: interruptText })
}

/** What a chat waits for. */
export function waiting(message: UIMessage): readonly PendingInterrupt[] {
  return getInterruptsInBrowser(message.parts)
}

/** Rules that a declaration can name. */
export const rules = valetKey.toolApproval({ events, progress })
