import { type StructuredTool, tool } from '@langchain/core/tools'
import type { AdapterAppOptions, AdapterTool } from '@valetkey-internal/testing'
import { createValetKey, type ToolConfig, type ValetKey } from '@valetkey/langchain'
import * as z from 'zod'

/** What the app gives to a run: who is asking, and nothing secret. */
export const appContext = z.object({ user: z.string() })
/** The context of a run. */
export type AppContext = z.infer<typeof appContext>

/** The suite's functions as tools of LangChain, wrapped as it says. */
export function wrappedTools({
  settings,
  accessTokenOf,
  tools,
}: AdapterAppOptions): StructuredTool[] {
  const valetKey = createValetKey<AppContext>({
    ...settings,
    accessToken: ({ context }) => {
      const user = context?.context?.user
      return user === undefined ? undefined : accessTokenOf(user)
    },
  })
  return tools.map((one) => wrapped(valetKey, one))
}

function wrapped(
  valetKey: ValetKey<ToolConfig<AppContext>>,
  { name, wrappers, isGenerator, execute }: AdapterTool,
): StructuredTool {
  const fields = { name, description: name, schema: z.object({ text: z.string() }) }
  const bare: StructuredTool = isGenerator
    ? tool(async function* (input, { signal }) {
        let last: unknown
        const items = execute(input, { signal })
        if (!(Symbol.asyncIterator in items)) throw new Error('Not a generator')
        for await (const item of items) yield (last = item)
        return last // LangChain's output is what a generator returns
      }, fields)
    : tool(async (input, { signal }) => await execute(input, { signal }), fields)
  return wrappers.reduce((inner, options) => valetKey.withTokenForConnection(options)(inner), bare)
}

/** A tool that the model's provider runs: there is nothing to wrap. */
export function wrapToolWithoutFunction(): void {
  const serverTool = { name: 'web_search', lc_namespace: [], schema: {}, type: 'web_search' }
  createValetKey({ accessToken: 'login-token' }).withTokenForConnection(
    { connection: 'google-oauth2' },
    serverTool,
  )
}
