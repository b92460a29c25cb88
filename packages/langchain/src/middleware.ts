import { findValetKeyError } from '@valetkey/core'
import { isGraphBubbleUp } from '@langchain/langgraph'
import { isDeclinedError } from './declined-error.ts'
import { type AgentMiddleware, createMiddleware, ToolInvocationError, ToolMessage } from 'langchain'

/**
 * For `createAgent`: the first of its `middleware`. Pauses of wrapped tools go on to LangGraph, and
 * errors that no model could mend go on to whoever runs the agent, instead of being told to the model
 * as its own mistake. Any other error of a tool is told to the model, as LangChain does by itself.
 */
export function valetKeyMiddleware(): AgentMiddleware {
  return createMiddleware({
    name: 'ValetKey',
    wrapToolCall: async (request, handler) => {
      try {
        return await handler(request)
      } catch (error) {
        const isFinal =
          isGraphBubbleUp(error) ||
          findValetKeyError(error) !== undefined ||
          request.runtime.signal?.aborted === true
        if (isFinal) throw error
        const { id = '', name } = request.toolCall
        const content =
          error instanceof ToolInvocationError || isDeclinedError(error)
            ? error.message
            : `${String(error)}\n Please fix your mistakes.`
        return new ToolMessage({ content, tool_call_id: id, name, status: 'error' })
      }
    },
  })
}
