import * as z from 'zod'
import { loadChat, saveChat } from '../../../../lib/chat-store.ts'
import { withAnswer } from '../../../../lib/conversation.ts'
import { signedInUser } from '../../../../lib/signed-in-user.ts'

const Body = z.strictObject({ approvalId: z.string().max(200), approved: z.boolean() })

/**
 * Keeps what the user answered to one interrupt, so that a chat that waits for two accounts survives
 * the way to the first provider and back. It proves nothing: the tool's wrapper asks the vault again.
 */
export async function POST(request: Request): Promise<Response> {
  const user = await signedInUser(request)
  if (user instanceof Response) return user
  const body = Body.safeParse(await request.json())
  if (!body.success) return Response.json({ code: 'invalid_request' }, { status: 400 })
  const messages = withAnswer(await loadChat(user.id), body.data)
  if (messages === undefined) return Response.json({ code: 'chat_went_on' }, { status: 409 })
  await saveChat(user.id, messages)
  return new Response(null, { status: 204 })
}
