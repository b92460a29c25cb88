import type { RunnableConfig } from '@langchain/core/runnables'

/**
 * What LangChain tells a tool about one call: the run's `config`, with the `context` of the run. Not
 * the graph's `state`: it is stored, and where a client may write to it, it is no proof of who is asking.
 */
export interface ToolConfig<
  Context = unknown,
  Configurable extends Record<string, unknown> = Record<string, unknown>,
> extends RunnableConfig<Configurable> {
  /** What the app gave to this run. Never stored. */
  readonly context?: Context | undefined
  /** The model's call, where a model made it. */
  readonly toolCall?: { readonly id?: string | undefined } | undefined
}
