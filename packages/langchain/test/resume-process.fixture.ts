// One process of an app: starts a run, or goes on with it, from nothing but the file of checkpoints.
import { Command } from '@langchain/langgraph'
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite'
import { createValetKey, getCredentialsForConnection, getInterrupts } from '@valetkey/langchain'
import { valetKeyMiddleware } from '@valetkey/langchain/middleware'
import { createAgent, FakeToolCallingModel, tool } from 'langchain'
import * as z from 'zod'

const { issuer, clientId, clientSecret, accessToken, file, resume } = z
  .object({
    issuer: z.string(),
    clientId: z.string(),
    clientSecret: z.string(),
    accessToken: z.string(),
    file: z.string(),
    resume: z.record(z.string(), z.boolean()).optional(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''))

const valetKey = createValetKey({ issuer, clientId, clientSecret, accessToken })
const makeTool = (connection: string) =>
  valetKey.withTokenForConnection({ connection })(
    tool(async ({ text }) => `${text}: ${getCredentialsForConnection().account?.slice(0, 4)}`, {
      name: connection.replaceAll('-', '_'),
      description: connection,
      schema: z.object({ text: z.string() }),
    }),
  )
const agent = createAgent({
  model: new FakeToolCallingModel({
    toolCalls: [
      [
        { id: 'call-1', name: 'google_oauth2', args: { text: 'the first input' } },
        { id: 'call-2', name: 'github', args: { text: 'the second input' } },
      ],
      [],
    ],
    index: resume === undefined ? 0 : 1, // where the conversation stands
  }),
  tools: [makeTool('google-oauth2'), makeTool('github')],
  middleware: [valetKeyMiddleware()],
  checkpointer: SqliteSaver.fromConnString(file),
})

const state = await agent.invoke(
  resume === undefined ? { messages: [{ role: 'user', content: 'Go' }] } : new Command({ resume }),
  { configurable: { thread_id: 'thread-1' } },
)
const answers = state.messages.flatMap((message) =>
  message.type === 'tool' ? [[Reflect.get(message, 'tool_call_id'), message.text]] : [],
)
process.stdout.write(JSON.stringify({ interrupts: getInterrupts(state), answers }))
