import { stopOnInterrupt } from '@valetkey/vercel-ai'
import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  generateId,
  stepCountIs,
  streamText,
  toUIMessageStream,
} from 'ai'
import * as z from 'zod'
import { changeChat, deleteChat, saveChat } from '../../../lib/chat-store.ts'
import { chooseModel } from '../../../lib/choose-model.ts'
import {
  withAnswer,
  withNothingWaiting,
  withoutAnswer,
  withQuestion,
} from '../../../lib/conversation.ts'
import { abandonRun, beginRun, endRun } from '../../../lib/runs.ts'
import { signedInUser } from '../../../lib/signed-in-user.ts'
import { today } from '../../../lib/today.ts'
import { toolErrorText } from '../../../lib/tool-error-text.ts'
import { type ChatMessage, tools } from '../../../lib/tools.ts'
import { valetKey } from '../../../lib/valet-key.ts'

/** What the page may ask for. The chat itself is the server's: nobody can send a tool's result. */
const ChatRequest = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('say'),
    id: z.string().min(1).max(100),
    text: z.string().trim().min(1).max(4_000),
  }),
  /** After answers: the same tool calls run now. */
  z.strictObject({ action: z.literal('go-on') }),
  /** The last answer is made anew. */
  z.strictObject({ action: z.literal('again') }),
])

const Answer = z.strictObject({ approvalId: z.string().max(200), approved: z.boolean() })

/** Lets the assistant go on with the chat, and streams what it does. */
export async function POST(request: Request): Promise<Response> {
  const user = await signedInUser(request)
  if (user instanceof Response) return user
  const body = ChatRequest.safeParse(await readJson(request))
  if (!body.success) return refusal(400, 'invalid_request')
  const run = beginRun(user.id)
  if (run === undefined) return refusal(409, 'still_answering')
  try {
    const messages = await changeChat(user.id, (saved) => messagesFor(body.data, saved))
    if (messages !== undefined) return await answer(messages, { user: user.id, run })
    endRun(user.id, run)
    return refusal(409, 'chat_went_on')
  } catch (error) {
    endRun(user.id, run)
    throw error
  }
}

/**
 * Keeps what the user answered to one interrupt, so that a chat that waits for two accounts survives
 * the way to the first provider and back. It proves nothing: the tool's wrapper asks the vault again.
 */
export async function PATCH(request: Request): Promise<Response> {
  const user = await signedInUser(request)
  if (user instanceof Response) return user
  const body = Answer.safeParse(await readJson(request))
  if (!body.success) return refusal(400, 'invalid_request')
  const messages = await changeChat(user.id, (saved) => withAnswer(saved, body.data))
  return messages === undefined ? refusal(409, 'chat_went_on') : new Response(null, { status: 204 })
}

/** Begins a new chat. */
export async function DELETE(request: Request): Promise<Response> {
  const user = await signedInUser(request)
  if (user instanceof Response) return user
  abandonRun(user.id)
  await deleteChat(user.id)
  return new Response(null, { status: 204 })
}

/** The whole run of the model and its tools; it is kept even when the page is closed meanwhile. */
async function answer(
  messages: ChatMessage[],
  { user, run }: { readonly user: string; readonly run: symbol },
): Promise<Response> {
  const result = streamText({
    model: chooseModel().model,
    system: `You are Porter, a friendly assistant. Today is ${today()}. Answer in a sentence or two: the page shows tool results itself.`,
    tools,
    toolApproval: valetKey.toolApproval(tools), // pauses a call while its user has to connect
    stopWhen: [stepCountIs(8), stopOnInterrupt()],
    messages: await convertToModelMessages(messages, { tools }),
  })
  return createUIMessageStreamResponse({
    stream: toUIMessageStream({
      stream: result.stream,
      originalMessages: messages,
      generateMessageId: generateId,
      onError: toolErrorText,
      onEnd: async ({ messages: all }) => {
        if (endRun(user, run)) await saveChat(user, all)
      },
    }),
    consumeSseStream: async ({ stream }) => {
      await stream.pipeTo(new WritableStream())
    },
  })
}

function messagesFor(
  request: z.output<typeof ChatRequest>,
  saved: ChatMessage[],
): ChatMessage[] | undefined {
  switch (request.action) {
    case 'say':
      return withQuestion(saved, request)
    case 'go-on':
      return withNothingWaiting(saved)
    case 'again':
      return withoutAnswer(saved)
  }
}

async function readJson(request: Request): Promise<unknown> {
  return await request.json().catch(() => undefined)
}

/** The code is for the page: it has the words. */
function refusal(
  status: number,
  code: 'invalid_request' | 'chat_went_on' | 'still_answering',
): Response {
  return Response.json({ code }, { status })
}
