// One subject of the wrap benchmark, alone in its process: node wrap-subject.ts NAME [PEERS FOLDER]
// Prints { cachedMicroseconds, coldRequests }: a cached call, and how many requests 20 parallel cold calls make.
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { createValetKey } from '@valetkey/vercel-ai'
import { tool } from 'ai'
import * as z from 'zod'

const CALLS = 200_000
const WARM_UP_CALLS = 20_000
const COLD_CALLS = 20

interface RunnableTool {
  readonly execute?: (input: { date: string }, options: never) => unknown
}

/** What the AI SDK hands to `execute`; the peer reads the thread from it. */
const callOptions = { toolCallId: 'call-1', messages: [], context: undefined } as never

let requests = 0
/** Both SDKs end at one HTTP request; here it answers at once, so that only their own work is measured. */
const answer = async (): Promise<Response> => {
  requests += 1
  await new Promise((resolve) => setTimeout(resolve, 5))
  return Response.json({
    access_token: 'ya29.benchmark-token-value-long-enough-to-look-real',
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'calendar',
    connection: 'google-oauth2',
    account: 'cac_benchmark',
    generation: 1,
  })
}

const bare = tool({
  description: 'Events of a day',
  inputSchema: z.object({ date: z.string() }),
  execute: async ({ date }) => await Promise.resolve({ date, events: 0 }),
})

const makeSubject: Readonly<Record<string, () => RunnableTool>> = {
  bare: () => bare,
  valetkey: () =>
    createValetKey({
      issuer: 'https://vault.example.com/',
      clientId: 'bench',
      clientSecret: 'bench-secret',
      accessToken: 'subject-token-of-the-user',
      fetch: answer,
    }).withTokenForConnection({ connection: 'google-oauth2', scopes: ['calendar'] }, bare),
  auth0: () => makeAuth0Tool(process.argv[3] ?? ''),
}

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
  const auth0 = { domain: 'vault.example.com', clientId: 'bench', clientSecret: 'bench-secret' }
  return new Auth0AI({ auth0 }).withTokenVault(
    {
      connection: 'google-oauth2',
      scopes: ['calendar'],
      refreshToken: () => 'subject-token-of-the-user',
    },
    bare,
  )
}

const name = process.argv[2] ?? ''
const make = makeSubject[name]
if (make === undefined) throw new TypeError(`no subject is called ${JSON.stringify(name)}`)

const cold = make()
await Promise.all(Array.from({ length: COLD_CALLS }, () => run(cold)))
const coldRequests = requests

const subject = make()
for (let call = 0; call < WARM_UP_CALLS; call += 1) await run(subject)
const startedAt = performance.now()
for (let call = 0; call < CALLS; call += 1) await run(subject)
const cachedMicroseconds = ((performance.now() - startedAt) * 1000) / CALLS

console.log(JSON.stringify({ cachedMicroseconds, coldRequests }))

async function run({ execute }: RunnableTool): Promise<void> {
  const result = await execute?.({ date: '2026-11-23' }, callOptions)
  if (result === undefined) throw new Error(`${name}: the tool gave nothing`)
}
