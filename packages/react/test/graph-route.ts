import { EventEmitter, once } from 'node:events'
import { Readable } from 'node:stream'
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

type Route = (request: Request) => Promise<Response>

/** Runs a graph for the user of a request; without an input, says how it stands. */
type Run = (
  request: Request,
  thread: string,
  input: unknown,
) => Promise<{ readonly values: unknown; readonly interrupts: readonly GraphInterrupt[] }>

interface GraphInterrupt {
  readonly id: string
  readonly value: unknown
}

/**
 * One graph, each tool a task of its own, so that several can wait at once: for `useStream` of
 * `@langchain/langgraph-sdk` with a transport of its own, and of `@langchain/react` with LangGraph's
 * protocol of threads, commands and events.
 */
export function graphRoutes({ accessToken, ...settings }: ChatRouteOptions): {
  readonly transport: Route
  readonly protocol: Route
  /** Runs wait until what this gives is called. */
  readonly hold: () => () => void
} {
  const checkpointer = new MemorySaver()
  const run: Run = async (request, thread, input) => {
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
    const config = { configurable: { thread_id: thread } }
    if (input !== undefined) await graph.invoke(input, config)
    const { values, tasks } = await graph.getState(config)
    return {
      values,
      interrupts: tasks.flatMap(({ interrupts }) => interrupts as GraphInterrupt[]),
    }
  }
  let mayRun = Promise.resolve()
  const heldRun: Run = async (...parameters) => {
    await mayRun
    return await run(...parameters)
  }
  return {
    transport: transportRoute(heldRun),
    protocol: protocolRoute(heldRun),
    hold: () => {
      let release = (): void => undefined
      mayRun = new Promise((resolve) => {
        release = resolve
      })
      return () => release()
    },
  }
}

function transportRoute(run: Run): Route {
  return async (request) => {
    const { input, command, config } = (await request.clone().json()) as {
      input: unknown
      command?: { resume: unknown }
      config: { configurable: { thread_id: string } }
    }
    const next = command === undefined ? input : new Command({ resume: command.resume })
    const { values, interrupts } = await run(request, config.configurable.thread_id, next)
    const data = {
      ...(values as object),
      ...(interrupts.length > 0 && { __interrupt__: interrupts }),
    }
    return eventStream([`event: values\ndata: ${JSON.stringify(data)}\n\n`])
  }
}

function eventStream(texts: Iterable<string> | AsyncIterable<string>): Response {
  const body = Readable.toWeb(Readable.from(texts, { objectMode: false }))
  return new Response(body as ReadableStream<Uint8Array>, {
    headers: { 'content-type': 'text/event-stream' },
  })
}

interface ProtocolCommand {
  readonly id: number
  readonly method: string
  readonly params: {
    readonly input?: unknown
    readonly responses?: readonly { readonly interrupt_id: string; readonly response: unknown }[]
  }
}

/** `POST threads/ID/commands`, `POST threads/ID/stream/events` and `GET threads/ID/state`. */
function protocolRoute(run: Run): Route {
  const threads = new Map<string, { readonly events: string[]; readonly changed: EventEmitter }>()
  const threadOf = (id: string) => {
    const thread = threads.get(id) ?? { events: [], changed: new EventEmitter() }
    threads.set(id, thread)
    return thread
  }
  return async (request) => {
    const [, id = '', what] = /threads\/([^/]+)\/(\w+)/.exec(request.url) ?? []
    const { events, changed } = threadOf(id)
    if (what === 'state') {
      const { values, interrupts } = await run(request, id, undefined)
      const tasks = interrupts.map((one) => ({ id: one.id, name: 'tool', interrupts: [one] }))
      return Response.json({ values, tasks, next: tasks.map(({ name }) => name) })
    }
    if (what === 'stream') {
      return eventStream(
        (async function* () {
          for (let seen = 0; ; seen += 1) {
            while (events.length <= seen) await once(changed, 'event')
            yield events[seen] ?? ''
          }
        })(),
      )
    }
    const emit = (method: string, data: unknown): void => {
      const seq = events.length + 1
      const params = { namespace: [], timestamp: seq, data }
      const event = { type: 'event', seq, event_id: `event-${seq}`, method, params }
      events.push(`data: ${JSON.stringify(event)}\n\n`)
      changed.emit('event')
    }
    const command = (await request.clone().json()) as ProtocolCommand
    const { input, responses = [] } = command.params
    const answers = responses.map(({ interrupt_id, response }) => [interrupt_id, response])
    const isStart = command.method === 'run.start'
    const meta = { applied_through_seq: events.length }
    const next = isStart ? input : new Command({ resume: Object.fromEntries(answers) })
    void (async () => {
      emit('lifecycle', { event: 'running' })
      const { values, interrupts } = await run(request, id, next)
      emit('values', values)
      for (const { id: interrupt_id, value } of interrupts) {
        emit('input.requested', { interrupt_id, payload: value })
      }
      emit('lifecycle', { event: interrupts.length > 0 ? 'interrupted' : 'completed' })
    })()
    const result = isStart ? { run_id: `run-${command.id}` } : {}
    return Response.json({ type: 'success', id: command.id, result, meta })
  }
}
