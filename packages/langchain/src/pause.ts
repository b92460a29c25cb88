import { AsyncLocalStorageProviderSingleton } from '@langchain/core/singletons'
import { isInterruptError, serializeInterrupt } from '@valetkey/core'
import { isDeclined } from '@valetkey/core/interrupts'
import { DeclinedError } from './declined-error.ts'

/** Among the answers that LangGraph stores for a task: the one after it was to a pause of ours. */
const mark = 'valetkey.paused'

/** Where LangGraph keeps the answers of one task; it hands them to `interrupt()` by their order alone. */
interface Scratchpad {
  readonly resume: unknown[]
  /** Takes the answer of a `Command({ resume })` that names no interrupt. */
  consumeNullResume(): unknown
}

/** What the user answered to the last pause of a call; nothing but "no" is believed. */
export type PauseAnswer = 'none' | 'look-again' | 'declined'

/**
 * Pauses the graph at an error that its user can mend; gives the error to throw where there is nothing
 * to pause: outside a graph, without a checkpointer, for what nobody can be asked, or after a "no".
 *
 * @throws GraphInterrupt, LangGraph's own
 */
export async function pauseOrError(error: unknown, lastAnswer: PauseAnswer): Promise<unknown> {
  if (!isInterruptError(error)) return error
  if (lastAnswer === 'declined') return new DeclinedError(error.interrupt)
  // Loaded when it is needed: whoever pauses has a graph, and has loaded it.
  const { interrupt, isGraphInterrupt } = await import('@langchain/langgraph')
  const value = serializeInterrupt(error.interrupt)
  try {
    // Answers that are there already prove nothing: the account is missing now.
    for (;;) interrupt(value)
  } catch (thrown) {
    if (!isGraphInterrupt(thrown)) return error
    const task = currentTask()
    if (task !== undefined) {
      task.scratchpad.resume.push(mark)
      task.store()
    }
    throw thrown
  }
}

/**
 * Removes the answers to earlier pauses of ours, and gives the last one. By order alone, "I have connected" would answer the
 * next question of the task: a tool that asks "Shall I send it?" by an `interrupt()` of its own.
 */
export function takeAnswers(): PauseAnswer {
  const task = currentTask()
  if (task === undefined) return 'none'
  const answers = task.scratchpad.resume
  const last = answers.lastIndexOf(mark)
  if (last < 0) return 'none'
  const answer =
    last === answers.length - 1 ? task.scratchpad.consumeNullResume() : answers[last + 1]
  const others = answers.filter((one, i) => one !== mark && answers[i - 1] !== mark)
  answers.splice(0, answers.length, ...others)
  task.store()
  return isDeclined(answer) ? 'declined' : 'look-again'
}

/** The task of a graph that runs now, found as `interrupt()` finds it; `undefined` outside of any. */
function currentTask(): { scratchpad: Scratchpad; store: () => void } | undefined {
  const configurable = AsyncLocalStorageProviderSingleton.getRunnableConfig()?.configurable
  const scratchpad: unknown = configurable?.['__pregel_scratchpad']
  const send: unknown = configurable?.['__pregel_send']
  if (!isScratchpad(scratchpad) || typeof send !== 'function') return undefined
  // As `interrupt()` itself does when it hands out an answer.
  return { scratchpad, store: () => send([['__resume__', [...scratchpad.resume]]]) }
}

function isScratchpad(value: unknown): value is Scratchpad {
  return (
    typeof value === 'object' &&
    value !== null &&
    'resume' in value &&
    Array.isArray(value.resume) &&
    'consumeNullResume' in value &&
    typeof value.consumeNullResume === 'function'
  )
}
