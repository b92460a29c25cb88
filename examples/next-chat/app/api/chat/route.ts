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
import { deleteChat, loadChat, saveChat } from '../../../lib/chat-store.ts'
import { chooseModel } from '../../../lib/choose-model.ts'
import { withoutAnswer, withQuestion } from '../../../lib/conversation.ts'
import { signedInUser } from '../../../lib/signed-in-user.ts'
import { today } from '../../../lib/today.ts'
import { toolErrorText } from '../../../lib/tool-error-text.ts'
import { tools } from '../../../lib/tools.ts'
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

/** Lets the assistant go on with the chat, and streams what it does. */
export async function POST(request: Request): Promise<Response> {
  const user = await signedInUser(request)
  if (user instanceof Response) return user
  const body = ChatRequest.safeParse(await request.json())
  if (!body.success) return Response.json({ code: 'invalid_request' }, { status: 400 })

  const messages = messagesFor(body.data, await loadChat(user.id))
  await saveChat(user.id, messages)
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
        await saveChat(user.id, all)
      },
    }),
    // Somebody who closes the page finds the whole answer later.
    consumeSseStream: async ({ stream }) => {
      await stream.pipeTo(new WritableStream())
    },
  })
}

/** Begins a new chat. */
export async function DELETE(request: Request): Promise<Response> {
  const user = await signedInUser(request)
  if (user instanceof Response) return user
  await deleteChat(user.id)
  return new Response(null, { status: 204 })
}

type ChatMessages = Awaited<ReturnType<typeof loadChat>>

function messagesFor(request: z.output<typeof ChatRequest>, saved: ChatMessages): ChatMessages {
  switch (request.action) {
    case 'say':
      return withQuestion(saved, request)
    case 'go-on':
      return saved
    case 'again':
      return withoutAnswer(saved)
  }
}
