import {
  createValetKeyClient,
  type TokenForConnectionOptions,
  type ToolCall,
  type ValetKeyClient,
  type ValetKeyOptions,
} from '@valetkey/core'
import type { ToolConfig } from './tool-config.ts'
import { type InputOf, type WrappableTool, wrapTool } from './wrap-tool.ts'

/** Wraps one tool; what comes out has the same type. */
export type ToolWrapper = <Tool extends WrappableTool>(tool: Tool) => Tool

/** `withTokenForConnection`: options first, or at once. With the tool at hand, sources see its input's type. */
export interface WithTokenForConnection<Config> {
  <Tool extends WrappableTool>(
    options: TokenForConnectionOptions<ToolCall<InputOf<Tool>, Config | undefined>>,
    tool: Tool,
  ): Tool
  (options: TokenForConnectionOptions<ToolCall<unknown, Config | undefined>>): ToolWrapper
}

/** Everything that an app on LangChain needs. */
export interface ValetKey<Config = ToolConfig> {
  /**
   * Wraps a `tool()` or a `StructuredTool`: it runs with the user's token, pauses its graph while the
   * user has to act, or throws what only the developer can mend.
   *
   * @throws TypeError for a wrong option, or what is no such tool
   */
  readonly withTokenForConnection: WithTokenForConnection<Config>
  /** A token for one of your own APIs, on behalf of the user. */
  readonly exchangeForApi: ValetKeyClient<Config>['exchangeForApi']
  /** The token of a connection outside any tool, in a route handler for example. */
  readonly getAccessTokenForConnection: ValetKeyClient<Config>['getAccessTokenForConnection']
  /** The client below; another `createValetKey` may share it. */
  readonly client: ValetKeyClient<Config>
}

/**
 * Makes the Valet Key of an app; once, at module level. `Context` is what the app gives to a run as
 * `context`, `Configurable` what it gives as `configurable`. Reads the environment at its first use,
 * not before.
 *
 * @throws TypeError naming the option that is wrong
 */
export function createValetKey<
  Context = unknown,
  Configurable extends Record<string, unknown> = Record<string, unknown>,
>(
  options: ValetKeyOptions<ToolConfig<Context, Configurable>> = {},
): ValetKey<ToolConfig<Context, Configurable>> {
  type Config = ToolConfig<Context, Configurable>
  type AnyCall = ToolCall<unknown, Config | undefined>
  const client = createValetKeyClient<Config>(options)

  function withTokenForConnection<Tool extends WrappableTool>(
    own: TokenForConnectionOptions<ToolCall<InputOf<Tool>, Config | undefined>>,
    tool: Tool,
  ): Tool
  function withTokenForConnection(own: TokenForConnectionOptions<AnyCall>): ToolWrapper
  function withTokenForConnection(
    own: TokenForConnectionOptions<AnyCall>,
    tool?: WrappableTool,
  ): WrappableTool | ToolWrapper {
    const protection = client.protect(own)
    return tool === undefined ? (later) => wrapTool(protection, later) : wrapTool(protection, tool)
  }

  return {
    withTokenForConnection,
    exchangeForApi: (request, call) => client.exchangeForApi(request, call),
    getAccessTokenForConnection: (request, call) =>
      client.getAccessTokenForConnection(request, call),
    client,
  }
}
