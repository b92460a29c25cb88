import { MemorySaver } from '@langchain/langgraph'
import type { AdapterDriver } from '@valetkey-internal/testing'
import { valetKeyMiddleware } from '@valetkey/langchain/middleware'
import { createAgent } from 'langchain'
import { runGraph } from './run-graph.ts'
import { scriptedModel } from './scripted-model.ts'
import { appContext, wrappedTools, wrapToolWithoutFunction } from './wrapped-tools.ts'

/** `createAgent` with our middleware. */
export const agentDriver: AdapterDriver = {
  name: 'langchain, createAgent with middleware',
  wrapToolWithoutFunction,
  createApp: (options) => {
    const tools = wrappedTools(options)
    return {
      run: async (request) => {
        const checkpointer = new MemorySaver()
        const agent = createAgent({
          model: scriptedModel(request.calls),
          tools,
          contextSchema: appContext,
          middleware: [valetKeyMiddleware()],
          checkpointer,
        })
        return await runGraph(
          async (input, config) => await agent.stream(input, config),
          checkpointer,
          request,
        )
      },
    }
  },
}
