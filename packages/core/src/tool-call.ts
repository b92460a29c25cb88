/** One call of a tool, as the framework's adapter sees it. */
export interface ToolCall<Input = unknown, Context = unknown> {
  /** What the model asked for: never trusted to choose a user, a scope or an address. */
  readonly input: Input
  readonly toolCallId: string | undefined
  readonly toolName: string | undefined
  readonly signal: AbortSignal | undefined
  /** What the framework hands to tools, in the framework's own type. */
  readonly context: Context
}
