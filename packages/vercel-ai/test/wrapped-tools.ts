import type { AdapterAppOptions, AdapterTool, AdapterToolInput } from '@valetkey-internal/testing'
import { createValetKey, type ValetKey } from '@valetkey/vercel-ai'
import { type Tool, tool } from 'ai'
import * as z from 'zod'

/** What the app hands to its tools through the AI SDK: who is asking, and nothing secret. */
export interface AppContext {
  readonly user: string
}

/** Tools by name, as the suite needs them. */
export type WrappedTools = Record<string, WrappedTool>
type WrappedTool = Tool<AdapterToolInput, unknown, AppContext>

/** The suite's functions as tools of the AI SDK, wrapped as it says. */
export function wrappedTools({ settings, accessTokenOf, tools }: AdapterAppOptions): {
  readonly valetKey: ValetKey<AppContext>
  readonly tools: WrappedTools
} {
  const valetKey = createValetKey<AppContext>({
    ...settings,
    accessToken: ({ context }) => context && accessTokenOf(context.user),
  })
  return {
    valetKey,
    tools: Object.fromEntries(tools.map((one) => [one.name, wrapped(valetKey, one)])),
  }
}

/** The context of every tool. */
export function contextFor(tools: WrappedTools, user: string): Record<string, AppContext> {
  return Object.fromEntries(Object.keys(tools).map((name) => [name, { user }]))
}

function wrapped(
  valetKey: ValetKey<AppContext>,
  { name, wrappers, ...one }: AdapterTool,
): WrappedTool {
  const { execute, isGenerator } = one
  const settings = {
    description: name,
    inputSchema: z.object({ text: z.string() }),
    contextSchema: z.object({ user: z.string() }),
  }
  const bare = isGenerator
    ? tool({
        ...settings,
        execute: async function* (input, { abortSignal }): AsyncGenerator<unknown> {
          const items = execute(input, { signal: abortSignal })
          if (Symbol.asyncIterator in items) yield* items
        },
      })
    : tool({
        ...settings,
        execute: async (input, { abortSignal }) => await execute(input, { signal: abortSignal }),
      })
  return wrappers.reduce<WrappedTool>(
    (inner, options) => valetKey.withTokenForConnection(options)(inner),
    bare,
  )
}

/** A tool that the browser runs: there is nothing to wrap. */
export function wrapToolWithoutFunction(): void {
  createValetKey({ accessToken: 'login-token' }).withTokenForConnection(
    { connection: 'google-oauth2' },
    tool({ inputSchema: z.object({}), outputSchema: z.string() }),
  )
}
