import { AsyncLocalStorageProviderSingleton } from '@langchain/core/singletons'
import { type Interrupt, isInterruptError, serializeInterrupt } from '@valetkey/core'
import { isDeclined } from '@valetkey/core/interrupts'
import { DeclinedError } from './declined-error.ts'

/**
 * Left among the answers that LangGraph stores for a task: the one after it was to a pause of ours, for
 * this interrupt.
 */
interface Mark {
  readonly 'valetkey.paused': Interrupt
}

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
      task.scratchpad.resume.push({ 'valetkey.paused': value } satisfies Mark)
      task.store()
    }
    throw thrown
  }
}

/**
 * Removes the answers to earlier pauses of ours. By order alone, "I have connected" would answer the
 * next question of the task: a tool that asks "Shall I send it?" by an `interrupt()` of its own.
 *
 * @throws DeclinedError when the last answer to this call was "no": whoever says so is taken at their
 * word, also where an account is there by now
 */
export function takeAnswers(toolCallId: string | undefined): void {
  const task = currentTask()
  if (task === undefined) return
  const { scratchpad } = task
  const answers = scratchpad.resume
  const last = answers.findLastIndex(isMark)
  if (last >= 0) {
    const answer = last === answers.length - 1 ? scratchpad.consumeNullResume() : answers[last + 1]
    const mark = answers[last]
    if (isMark(mark) && isDeclined(answer)) noteDeclined(scratchpad, mark['valetkey.paused'])
    const others = answers.filter((one, i) => !isMark(one) && !isMark(answers[i - 1]))
    answers.splice(0, answers.length, ...others)
    task.store()
  }
  const declined = declinedCalls.get(scratchpad)?.get(toolCallId)
  if (declined !== undefined) throw new DeclinedError(declined)
}

/** In one node several calls share the answers, and whichever comes first takes them out. */
const declinedCalls = new WeakMap<object, Map<string | undefined, Interrupt>>()

function noteDeclined(scratchpad: Scratchpad, interrupt: Interrupt): void {
  const calls = declinedCalls.get(scratchpad) ?? new Map<string | undefined, Interrupt>()
  declinedCalls.set(scratchpad, calls.set(interrupt.tool?.callId, interrupt))
}

function isMark(value: unknown): value is Mark {
  return typeof value === 'object' && value !== null && 'valetkey.paused' in value
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
