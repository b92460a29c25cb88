import { join } from 'node:path'
// #region agent
import { Command } from '@langchain/langgraph'
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite'
import { valetKeyMiddleware } from '@valetkey/langchain/middleware'
import { createAgent } from 'langchain'
import * as z from 'zod'
import { chooseModel } from './choose-model.ts'
import { dataFolder } from './lib/sessions.ts'
import { sendMail } from './lib/tools/send-mail.ts'

const agent = createAgent({
  model: chooseModel().model,
  tools: [sendMail],
  middleware: [valetKeyMiddleware()],
  contextSchema: z.object({ user: z.string() }),
  checkpointer: SqliteSaver.fromConnString(join(dataFolder, 'checkpoints.db')),
})

/** One thread of one user. */
export interface Thread {
  readonly id: string
  readonly user: string
}

/** What the graph has come to. */
export type AgentState = Awaited<ReturnType<typeof agent.invoke>>

/** The user says something. */
export async function say(thread: Thread, content: string): Promise<AgentState> {
  return await agent.invoke({ messages: [{ role: 'user', content }] }, runOf(thread))
}

/** The user has done what was asked, or answers a question: by the id of what waits. */
export async function resume(
  thread: Thread,
  answers: Readonly<Record<string, unknown>>,
): Promise<AgentState> {
  return await agent.invoke(new Command({ resume: answers }), runOf(thread))
}

/** A thread is found by its user too, so that nobody goes on with somebody else's. */
function runOf({ id, user }: Thread) {
  return { configurable: { thread_id: `${user}/${id}` }, context: { user } }
}
// #endregion
