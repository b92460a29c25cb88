import { interrupt, isGraphInterrupt } from '@langchain/langgraph'
import { isInterruptError, serializeInterrupt } from '@valetkey/core'
import type { ToolConfig } from './tool-config.ts'

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
export function pauseOrError(error: unknown, config: ToolConfig | undefined): unknown {
  if (!isInterruptError(error)) return error
  const value = serializeInterrupt(error.interrupt)
  try {
    // Answers that are there already prove nothing: the account is missing now.
    for (;;) interrupt(value)
  } catch (thrown) {
    if (!isGraphInterrupt(thrown)) return error
    const answers = scratchpadOf(config)?.resume
    if (answers !== undefined) {
      answers.push(mark)
      store(answers, config)
    }
    throw thrown
  }
}

/**
 * Removes the answers to earlier pauses of ours. By order alone, "I have connected" would answer the
 * next question of the task: a tool that asks "Shall I send it?" by an `interrupt()` of its own.
 */
export function takeAnswers(config: ToolConfig | undefined): void {
  const scratchpad = scratchpadOf(config)
  if (scratchpad === undefined || !scratchpad.resume.includes(mark)) return
  const answers = scratchpad.resume
  if (answers.at(-1) === mark) scratchpad.consumeNullResume()
  const others = answers.filter((answer, i) => answer !== mark && answers[i - 1] !== mark)
  answers.splice(0, answers.length, ...others)
  store(answers, config)
}

function scratchpadOf(config: ToolConfig | undefined): Scratchpad | undefined {
  const scratchpad = config?.configurable?.['__pregel_scratchpad']
  return isScratchpad(scratchpad) ? scratchpad : undefined
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

/** As `interrupt()` itself does when it hands out an answer. */
function store(answers: readonly unknown[], config: ToolConfig | undefined): void {
  const send = config?.configurable?.['__pregel_send']
  if (typeof send === 'function') send([['__resume__', [...answers]]])
}
