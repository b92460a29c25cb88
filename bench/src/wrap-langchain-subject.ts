// One subject of the wrap benchmark for LangChain, alone in its process.
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { tool } from '@langchain/core/tools'
import { createValetKey } from '@valetkey/langchain'
import * as z from 'zod'
import { answer, type Call, measureBeside, ownClient, peerClient } from './measured-calls.ts'

interface RunnableTool {
  invoke(input: { date: string }, config: object): unknown
}
type MakeTool = (run: (input: { date: string }) => unknown, fields: object) => RunnableTool

/** The peer reads the thread from it. */
const config = { configurable: { thread_id: 'thread-1' } }
const run = async ({ date }: { date: string }): Promise<object> =>
  await Promise.resolve({ date, events: 0 })
const fields = {
  name: 'events',
  description: 'Events of a day',
  schema: z.object({ date: z.string() }),
}
const bare = tool(run, fields)
/** The peer's own LangChain (0.3), and its zod. */
const requirePeer = createRequire(join(process.argv[3] ?? import.meta.dirname, 'index.js'))

await measureBeside(
  { blocks: 100, calls: 400 },
  {
    valetkey: () => ({
      bare: callOf(bare),
      wrapped: () =>
        callOf(
          createValetKey(ownClient).withTokenForConnection(
            { connection: 'google-oauth2', scopes: ['calendar'] },
            bare,
          ),
        ),
    }),
    auth0: () => ({ bare: callOf(makePeersTool()), wrapped: () => callOf(makeAuth0Tool()) }),
  },
)

function makePeersTool(): RunnableTool {
  const peersCore = requirePeer('@langchain/core/tools') as { tool: MakeTool }
  const peersZod = requirePeer('zod') as { z: typeof z }
  return peersCore.tool(run, {
    ...fields,
    schema: peersZod.z.object({ date: peersZod.z.string() }),
  })
}

/** `@auth0/ai-langchain` 3.5 loads only with `require`, and takes no fetch of its own. */
function makeAuth0Tool(): RunnableTool {
  globalThis.fetch = answer
  const { Auth0AI } = requirePeer('@auth0/ai-langchain') as {
    Auth0AI: new (options: object) => {
      withTokenForConnection: (options: object, tool: unknown) => RunnableTool
    }
  }
  return new Auth0AI({ auth0: peerClient }).withTokenForConnection(
    {
      connection: 'google-oauth2',
      scopes: ['calendar'],
      refreshToken: () => 'subject-token-of-the-user',
    },
    makePeersTool(),
  )
}

function callOf(one: RunnableTool): Call {
  return () => one.invoke({ date: '2026-11-23' }, config)
}
