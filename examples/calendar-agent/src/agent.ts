import { getInterrupts, type PendingInterrupt, stopOnInterrupt } from '@valetkey/vercel-ai'
import {
  generateText,
  type LanguageModel,
  type ModelMessage,
  stepCountIs,
  type ToolContent,
} from 'ai'
import { calendarEvents } from './lib/tools/calendar-events.ts'
import { myName } from './lib/tools/my-name.ts'
import { myRepositories } from './lib/tools/my-repositories.ts'
import { valetKey } from './lib/valet-key.ts'

/** The agent has answered, or it waits for its user. */
export interface Turn {
  readonly text: string
  readonly interrupts: readonly PendingInterrupt[]
  /** What tools threw. */
  readonly errors: readonly unknown[]
  /** The whole conversation: what an app would store. */
  readonly messages: readonly ModelMessage[]
}

// #region agent
const tools = { calendarEvents, myName, myRepositories }

/** Lets the agent go on with a conversation. */
export async function runAgent(
  model: LanguageModel,
  messages: readonly ModelMessage[],
): Promise<Turn> {
  const result = await generateText({
    model,
    tools,
    toolApproval: valetKey.toolApproval(tools),
    stopWhen: [stepCountIs(8), stopOnInterrupt()],
    messages: [...messages],
  })
  const content = result.steps.flatMap((step) => step.content)
  return {
    text: result.text,
    interrupts: getInterrupts(result.content),
    errors: content.flatMap((part) => (part.type === 'tool-error' ? [part.error] : [])),
    messages: [...messages, ...result.responseMessages],
  }
}

/** The user has done what the interrupts ask for: the same tool calls run now. */
export async function resumeAgent(model: LanguageModel, turn: Turn): Promise<Turn> {
  const content = turn.interrupts.flatMap(({ approvalId }): ToolContent => {
    if (approvalId === undefined) return []
    return [{ type: 'tool-approval-response', approvalId, approved: true }]
  })
  return await runAgent(model, [...turn.messages, { role: 'tool', content }])
}
// #endregion
