// One subject of the wrap benchmark for the AI SDK, alone in its process.
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { createValetKey } from '@valetkey/vercel-ai'
import { tool } from 'ai'
import * as z from 'zod'
import { answer, type Call, measureCalls, ownClient, peerClient } from './measured-calls.ts'

interface RunnableTool {
  readonly execute?: (input: { date: string }, options: never) => unknown
}

/** What the AI SDK hands to `execute`; the peer reads the thread from it. */
const callOptions = { toolCallId: 'call-1', messages: [], context: undefined } as never

const bare = tool({
  description: 'Events of a day',
  inputSchema: z.object({ date: z.string() }),
  execute: async ({ date }) => await Promise.resolve({ date, events: 0 }),
})

await measureCalls(200_000, {
  bare: () => callOf(bare),
  valetkey: () =>
    callOf(
      createValetKey(ownClient).withTokenForConnection(
        { connection: 'google-oauth2', scopes: ['calendar'] },
        bare,
      ),
    ),
  auth0: () => callOf(makeAuth0Tool(process.argv[3] ?? '')),
})

/** `@auth0/ai-vercel` 4.1 loads only with `require`, and takes no fetch of its own. */
function makeAuth0Tool(peers: string): RunnableTool {
  globalThis.fetch = answer
  const requirePeer = createRequire(join(peers, 'index.js'))
  const { Auth0AI, setAIContext } = requirePeer('@auth0/ai-vercel') as {
    Auth0AI: new (options: object) => {
      withTokenVault: (options: object, tool: unknown) => RunnableTool
    }
    setAIContext: (context: { threadID: string }) => void
  }
  setAIContext({ threadID: 'thread-1' })
  return new Auth0AI({ auth0: peerClient }).withTokenVault(
    {
      connection: 'google-oauth2',
      scopes: ['calendar'],
      refreshToken: () => 'subject-token-of-the-user',
    },
    bare,
  )
}

function callOf({ execute }: RunnableTool): Call {
  return () => execute?.({ date: '2026-11-23' }, callOptions)
}
