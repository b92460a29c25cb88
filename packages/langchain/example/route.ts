// #region route
import { Command } from '@langchain/langgraph'
import { findValetKeyError, getInterrupts } from '@valetkey/langchain'
import * as z from 'zod'
import { agent } from './agent.ts'
import { auth } from './lib/auth.ts'

const Body = z.object({
  thread: z.uuid(),
  message: z.string().optional(),
  /** Ids of the calls whose user says "done". */
  done: z.array(z.string()).default([]),
})

export async function POST(request: Request): Promise<Response> {
  const user = await auth.userOf(request)
  if (user === undefined) return new Response('Log in', { status: 401 })
  const { thread, message, done } = Body.parse(await request.json())
  const input =
    message === undefined
      ? new Command({ resume: Object.fromEntries(done.map((id) => [id, true])) })
      : { messages: [{ role: 'user', content: message }] }
  try {
    const state = await agent.invoke(input, {
      // By its user too: nobody goes on with somebody else's thread.
      configurable: { thread_id: `${user.id}/${thread}` },
      context: { user: user.id },
    })
    return Response.json({ text: state.messages.at(-1)?.text, waiting: getInterrupts(state) })
  } catch (error) {
    const code = findValetKeyError(error)?.code // nobody can be asked: an outage, a wrong secret
    if (code === undefined) throw error
    return Response.json({ code }, { status: 502 })
  }
}
// #endregion
