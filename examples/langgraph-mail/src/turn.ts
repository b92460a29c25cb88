// One process: it lets the agent take one turn of a thread, says how far that has come, and ends.
import { AIMessage } from '@langchain/core/messages'
import { getInterrupts } from '@valetkey/langchain'
import * as z from 'zod'
import { type AgentState, resume, say } from './agent.ts'
import type { Turn, TurnRequest } from './turn-request.ts'

const Request = z.object({
  thread: z.object({ id: z.string(), user: z.string() }),
  say: z.string().optional(),
  answers: z.record(z.string(), z.unknown()).optional(),
}) satisfies z.ZodType<TurnRequest>

/** What tools ask by an `interrupt()` of their own. */
const Question = z.object({ id: z.string(), value: z.object({ question: z.string() }) })
const Waiting = z.object({ __interrupt__: z.array(z.unknown()).default([]) })

const request = Request.parse(JSON.parse(process.argv[2] ?? ''))
const state =
  request.say === undefined
    ? await resume(request.thread, request.answers ?? {})
    : await say(request.thread, request.say)
console.log(JSON.stringify(toTurn(state)))

function toTurn(reached: AgentState): Turn {
  return {
    processId: process.pid,
    text: reached.messages.at(-1)?.text ?? '',
    calls: reached.messages.flatMap((message) =>
      message instanceof AIMessage ? (message.tool_calls ?? []).map(({ id = '' }) => id) : [],
    ),
    interrupts: getInterrupts(reached),
    questions: Waiting.parse(reached).__interrupt__.flatMap((waiting) => {
      const { data } = Question.safeParse(waiting)
      return data === undefined ? [] : [{ id: data.id, question: data.value.question }]
    }),
  }
}
