import { AsyncLocalStorageProviderSingleton } from '@langchain/core/singletons'
import { isInterruptError, serializeInterrupt } from '@valetkey/core'

/** Among the answers that LangGraph stores for a task: the one after it was to a pause of ours. */
const mark = 'valetkey.paused'

/** Where LangGraph keeps the answers of one task; it hands them to `interrupt()` by their order alone. */
interface Scratchpad {
  readonly resume: unknown[]
  /** Takes the answer of a `Command({ resume })` that names no interrupt. */
  consumeNullResume(): unknown
}

/**
 * Pauses the graph at an error that its user can mend; gives the error to throw where there is nothing
 * to pause: outside a graph, without a checkpointer, or for what nobody can be asked.
 *
 * @throws GraphInterrupt, LangGraph's own
 */
export async function pauseOrError(error: unknown): Promise<unknown> {
  if (!isInterruptError(error)) return error
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
 * Removes the answers to earlier pauses of ours. By order alone, "I have connected" would answer the
 * next question of the task: a tool that asks "Shall I send it?" by an `interrupt()` of its own.
 */
export function takeAnswers(): void {
  const task = currentTask()
  if (task === undefined) return
  const answers = task.scratchpad.resume
  if (!answers.includes(mark)) return
  if (answers.at(-1) === mark) task.scratchpad.consumeNullResume()
  const others = answers.filter((answer, i) => answer !== mark && answers[i - 1] !== mark)
  answers.splice(0, answers.length, ...others)
  task.store()
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
