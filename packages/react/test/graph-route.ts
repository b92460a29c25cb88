import {
  Annotation,
  Command,
  END,
  interrupt,
  MemorySaver,
  Send,
  START,
  StateGraph,
} from '@langchain/langgraph'
import { createValetKeyClient, isInterruptError, serializeInterrupt } from '@valetkey/core'
import type { ChatRouteOptions } from './chat-routes.ts'

const State = Annotation.Root({
  asked: Annotation<readonly string[]>,
  said: Annotation<readonly string[]>({
    reducer: (before, more) => [...before, ...more],
    default: () => [],
  }),
})

const connections: Readonly<Record<string, string>> = {
  calendar: 'google-oauth2',
  repositories: 'github',
}

/** One run of a graph for `useStream`: each tool a task of its own, so that several can wait at once. */
export function graphRoute({
  accessToken,
  ...settings
}: ChatRouteOptions): (request: Request) => Promise<Response> {
  const checkpointer = new MemorySaver()
  return async (request) => {
    const token = await accessToken(request)
    const client = createValetKeyClient({
      ...settings,
      accessToken: () => token,
      connectUrl: '/api/valet-key/connect',
    })
    const graph = new StateGraph(State)
      .addNode('tool', async ({ name }: { name: string }) => {
        for (;;) {
          try {
            const connection = connections[name] ?? ''
            await client.getAccessTokenForConnection({ connection, scopes: [] })
            return { said: [`${name}: done`] }
          } catch (error) {
            if (!isInterruptError(error)) throw error
            const answer: unknown = interrupt(serializeInterrupt(error.interrupt))
            if (JSON.stringify(answer).includes('declined')) return { said: [`${name}: declined`] }
          }
        }
      })
      .addConditionalEdges(START, ({ asked }) => asked.map((name) => new Send('tool', { name })))
      .addEdge('tool', END)
      .compile({ checkpointer })

    const { input, command, config } = (await request.json()) as {
      input: { asked: string[] } | null
      command?: { resume: unknown }
      config: { configurable: { thread_id: string } }
    }
    const stream = await graph.stream(
      command === undefined ? input : new Command({ resume: command.resume }),
      { ...config, streamMode: 'values', encoding: 'text/event-stream' },
    )
    return new Response(stream as ReadableStream<Uint8Array>, {
      headers: { 'content-type': 'text/event-stream' },
    })
  }
}
