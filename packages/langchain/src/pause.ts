import { isInterruptError, serializeInterrupt } from '@valetkey/core'
import { interrupt, isGraphInterrupt } from '@langchain/langgraph'

/**
 * Pauses the graph at an error that its user can mend; gives the error to throw where there is nothing
 * to pause: outside a graph, without a checkpointer, or for what nobody can be asked.
 *
 * @throws GraphInterrupt, LangGraph's own
 */
export function pauseOrError(error: unknown): unknown {
  if (!isInterruptError(error)) return error
  const value = serializeInterrupt(error.interrupt)
  try {
    // Answers of earlier pauses come first, and prove nothing: the account is still missing now.
    for (;;) interrupt(value)
  } catch (thrown) {
    if (isGraphInterrupt(thrown)) throw thrown
    return error
  }
}
