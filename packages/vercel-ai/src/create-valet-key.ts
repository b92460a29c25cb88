import {
  createValetKeyClient,
  type TokenForConnectionOptions,
  type ToolCall,
  type ValetKeyClient,
  type ValetKeyOptions,
} from '@valetkey/core'
import { toolApproval } from './tool-approval.ts'
import { type ContextOf, type InputOf, type WrappableTool, wrapTool } from './wrappable-tool.ts'

/** Wraps one tool; what comes out has the same type. */
export type ToolWrapper = <Tool extends WrappableTool>(tool: Tool) => Tool

/** `withTokenForConnection`: options first, or at once. With the tool at hand, sources see its types. */
export interface WithTokenForConnection<Context> {
  <Tool extends WrappableTool>(
    options: TokenForConnectionOptions<
      ToolCall<InputOf<Tool>, ContextOf<Tool, Context | undefined>>
    >,
    tool: Tool,
  ): Tool
  (options: TokenForConnectionOptions<ToolCall<unknown, Context | undefined>>): ToolWrapper
}

/** Everything that an app on the AI SDK needs. */
export interface ValetKey<Context = unknown> {
  /**
   * Wraps a tool that has `execute`: it runs with the user's token, or throws what the user or the
   * developer has to mend.
   *
   * @throws TypeError for a wrong option, or a tool without `execute`
   */
  readonly withTokenForConnection: WithTokenForConnection<Context>
  /** For `toolApproval` of the AI SDK: pauses a call while its user has to act. */
  readonly toolApproval: typeof toolApproval
  /** A token for one of your own APIs, on behalf of the user. */
  readonly exchangeForApi: ValetKeyClient<Context>['exchangeForApi']
  /** The token of a connection outside any tool, in a route handler for example. */
  readonly getAccessTokenForConnection: ValetKeyClient<Context>['getAccessTokenForConnection']
  /** The client below; another `createValetKey` may share it. */
  readonly client: ValetKeyClient<Context>
}

/**
 * Makes the Valet Key of an app; once, at module level. `Context` is what tools get as `context`.
 * Reads the environment at its first use, not before.
 *
 * @throws TypeError naming the option that is wrong
 */
export function createValetKey<Context = unknown>(
  options: ValetKeyOptions<Context> = {},
): ValetKey<Context> {
  const client = createValetKeyClient<Context>(options)

  type AnyCall = ToolCall<unknown, Context | undefined>
  function withTokenForConnection<Tool extends WrappableTool>(
    own: TokenForConnectionOptions<ToolCall<InputOf<Tool>, ContextOf<Tool, Context | undefined>>>,
    tool: Tool,
  ): Tool
  function withTokenForConnection(own: TokenForConnectionOptions<AnyCall>): ToolWrapper
  function withTokenForConnection(
    own: TokenForConnectionOptions<AnyCall>,
    tool?: WrappableTool<Context | undefined>,
  ): WrappableTool | ToolWrapper {
    const protection = client.protect(own)
    return tool === undefined ? (later) => wrapTool(protection, later) : wrapTool(protection, tool)
  }

  return {
    withTokenForConnection,
    toolApproval,
    exchangeForApi: (request, call) => client.exchangeForApi(request, call),
    getAccessTokenForConnection: (request, call) =>
      client.getAccessTokenForConnection(request, call),
    client,
  }
}
