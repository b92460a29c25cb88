import { AIMessage } from '@langchain/core/messages'
import { END, MemorySaver, MessagesAnnotation, Send, START, StateGraph } from '@langchain/langgraph'
import { ToolNode } from '@langchain/langgraph/prebuilt'
import type { AdapterDriver } from '@valetkey-internal/testing'
import { runGraph } from './run-graph.ts'
import { scriptedModel } from './scripted-model.ts'
import { appContext, wrappedTools, wrapToolWithoutFunction } from './wrapped-tools.ts'

/** A graph of one's own: each call of the model is sent to the tools alone. */
export const graphDriver: AdapterDriver = {
  name: 'langgraph, StateGraph with one Send per call',
  wrapToolWithoutFunction,
  createApp: (options) => {
    const tools = wrappedTools(options)
    return {
      run: async (request) => {
        const checkpointer = new MemorySaver()
        const model = scriptedModel(request.calls).bindTools(tools)
        const graph = new StateGraph(MessagesAnnotation, appContext)
          .addNode('model', async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
          .addNode('tools', new ToolNode(tools, { handleToolErrors: false }))
          .addEdge(START, 'model')
          .addConditionalEdges('model', sendEachCall, ['tools', END])
          .addEdge('tools', 'model')
          .compile({ checkpointer })
        return await runGraph(
          async (input, config) => await graph.stream(input, config),
          checkpointer,
          request,
        )
      },
    }
  },
}

function sendEachCall({ messages }: typeof MessagesAnnotation.State): Send[] | typeof END {
  const last = messages.at(-1)
  const calls = last instanceof AIMessage ? (last.tool_calls ?? []) : []
  if (calls.length === 0) return END
  return calls.map((call) => {
    const message = new AIMessage({ content: '', tool_calls: [call] })
    return new Send('tools', { messages: [message] })
  })
}
