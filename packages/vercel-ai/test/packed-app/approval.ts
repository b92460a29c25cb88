// Compiled like its neighbour, with AI SDK 7 only.
import { createValetKey } from '@valetkey/vercel-ai'
import { generateText, type LanguageModel, ToolLoopAgent, type TypedToolCall } from 'ai'
import { events, progress, rules } from './agent.js'

const tools = { events, progress }

/** Asks the rules of the neighbour. */
export function createAgent(model: LanguageModel): ToolLoopAgent<never, typeof tools> {
  return new ToolLoopAgent({ model, tools, toolApproval: rules })
}

/** Asks rules of its own. */
export async function ask(model: LanguageModel): Promise<TypedToolCall<typeof tools>[]> {
  const valetKey = createValetKey()
  const { toolCalls } = await generateText({
    model,
    tools,
    toolApproval: valetKey.toolApproval(tools, {
      policy: { progress: ({ count }) => (count > 9 ? 'denied' : undefined) },
    }),
    prompt: 'What is new?',
  })
  return toolCalls
}
