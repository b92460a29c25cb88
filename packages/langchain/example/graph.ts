// #region graph
import { AIMessage } from '@langchain/core/messages'
import { END, MemorySaver, MessagesAnnotation, Send, START, StateGraph } from '@langchain/langgraph'
import { ToolNode } from '@langchain/langgraph/prebuilt'
import { initChatModel } from 'langchain'
import * as z from 'zod'
import { calendarEvents } from './lib/tools/calendar-events.ts'

const tools = [calendarEvents]
const model = (await initChatModel('anthropic:claude-sonnet-5')).bindTools(tools)

export const graph = new StateGraph(MessagesAnnotation, z.object({ user: z.string() }))
  .addNode('model', async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
  .addNode('tools', new ToolNode(tools, { handleToolErrors: false })) // errors reach the app
  .addEdge(START, 'model')
  .addConditionalEdges('model', sendEachCall, ['tools', END])
  .addEdge('tools', 'model')
  .compile({ checkpointer: new MemorySaver() })

/** Every call is a task of its own: it waits, goes on and fails by itself. */
function sendEachCall({ messages }: typeof MessagesAnnotation.State): Send[] | typeof END {
  const last = messages.at(-1)
  const calls = last instanceof AIMessage ? (last.tool_calls ?? []) : []
  if (calls.length === 0) return END
  return calls.map((call) => {
    return new Send('tools', { messages: [new AIMessage({ content: '', tool_calls: [call] })] })
  })
}
// #endregion
