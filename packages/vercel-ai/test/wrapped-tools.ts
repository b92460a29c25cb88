import type { AdapterAppOptions, AdapterTool } from '@valetkey-internal/testing'
import { createValetKey, type ValetKey, type WrappableTool } from '@valetkey/vercel-ai'
import * as z from 'zod'
import type { AppContext } from './ai-sdk.ts'

/** Makes the tools of one major. */
export interface ToolMaker {
  tool(settings: object): WrappableTool
}

/** The suite's functions as tools of the AI SDK, wrapped as it says. */
export function wrappedTools(
  maker: ToolMaker,
  { settings, accessTokenOf, tools }: AdapterAppOptions,
): {
  readonly valetKey: ValetKey<AppContext>
  readonly tools: Readonly<Record<string, WrappableTool>>
} {
  const valetKey = createValetKey<AppContext>({
    ...settings,
    accessToken: ({ context }) => context && accessTokenOf(context.user),
  })
  return {
    valetKey,
    tools: Object.fromEntries(tools.map((one) => [one.name, wrapped(valetKey, maker, one)])),
  }
}

interface Called {
  readonly abortSignal?: AbortSignal | undefined
}

function wrapped(
  valetKey: ValetKey<AppContext>,
  maker: ToolMaker,
  { name, wrappers, execute, isGenerator }: AdapterTool,
): WrappableTool {
  const settings = {
    description: name,
    inputSchema: z.object({ text: z.string() }),
    contextSchema: z.object({ user: z.string() }), // read by AI SDK 7 only
  }
  const bare = maker.tool({
    ...settings,
    execute: isGenerator
      ? async function* (input: { text: string }, { abortSignal }: Called): AsyncGenerator {
          const items = execute(input, { signal: abortSignal })
          if (Symbol.asyncIterator in items) yield* items
        }
      : async (input: { text: string }, { abortSignal }: Called): Promise<unknown> =>
          await execute(input, { signal: abortSignal }),
  })
  return wrappers.reduce<WrappableTool>(
    (inner, options) => valetKey.withTokenForConnection(options)(inner),
    bare,
  )
}

/** A tool that the browser runs: there is nothing to wrap. */
export function wrapToolWithoutFunction(maker: ToolMaker): void {
  createValetKey({ accessToken: 'login-token' }).withTokenForConnection(
    { connection: 'google-oauth2' },
    maker.tool({ inputSchema: z.object({}), outputSchema: z.string() }),
  )
}
