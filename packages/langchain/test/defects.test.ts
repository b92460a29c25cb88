// Defects seen in published SDKs for the same job, of those that an adapter for LangChain could have:
// each has a test here by its number, so that none of them comes in.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Command, MemorySaver } from '@langchain/langgraph'
import {
  createValetKey,
  findValetKeyError,
  getAccessTokenForConnection,
  getInterrupts,
  type ToolConfig,
  type ValetKeyOptions,
} from '@valetkey/langchain'
import { valetKeyMiddleware } from '@valetkey/langchain/middleware'
import { createAgent, tool } from 'langchain'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { scriptedModel } from './scripted-model.ts'

type Form = Record<string, string>
type Config = ToolConfig<{ token: string }>
/** The run's context says who is logged in. */
const byContext: StageOptions = { accessToken: ({ context }) => context?.context?.token }

interface StageOptions extends ValetKeyOptions<Config> {
  readonly loginHint?: string
}

/** A wrapped tool, and what its client asks a vault that is played here. */
function stage(
  { loginHint, ...options }: StageOptions = byContext,
  answer: (form: Form) => Response = tokenOf,
) {
  const forms: Form[] = []
  const seen: string[] = []
  const valetKey = createValetKey<{ token: string }>({
    issuer: 'http://127.0.0.1:9/',
    clientId: 'client',
    clientSecret: 'secret',
    fetch: async (input, init) => {
      const form = Object.fromEntries(new URLSearchParams(await new Request(input, init).text()))
      forms.push(form)
      return answer(form)
    },
    ...options,
  })
  const ask = valetKey.withTokenForConnection({ connection: 'google-oauth2', loginHint })(
    tool(
      async () => {
        seen.push(getAccessTokenForConnection())
        return 'ran'
      },
      { name: 'ask', description: 'Asks', schema: z.object({ text: z.string() }) },
    ),
  )
  return { valetKey, ask, forms, seen }
}

/** A token that names the subject and the account it is for. */
function tokenOf(form: Form): Response {
  return Response.json({
    access_token: `token-of-${form['subject_token']}-${form['login_hint'] ?? 'any'}`,
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: 3600,
  })
}

function agentWith({ ask }: Pick<ReturnType<typeof stage>, 'ask'>, calls = ['call-1']) {
  return createAgent({
    model: scriptedModel(calls.map((id) => ({ id, tool: 'ask', input: { text: id } }))),
    tools: [ask],
    middleware: [valetKeyMiddleware()],
    checkpointer: new MemorySaver(),
    contextSchema: z.object({ token: z.string() }),
  })
}

const start = { messages: [{ role: 'user', content: 'Go' }] }
const as = (token: string) => ({ configurable: { thread_id: 'thread-1' }, context: { token } })

test.each([
  { code: 'vault_unavailable', status: 500, body: { error: 'server_error' } },
  { code: 'vault_unavailable', status: 429, body: { error: 'too_many_requests' } },
  { code: 'client_misconfigured', status: 401, body: { error: 'invalid_client' } },
  { code: 'client_misconfigured', status: 400, body: { error: 'invalid_request' } },
])(
  'D1: $status from the vault is no reason to ask the user: $code',
  async ({ code, status, body }) => {
    const { ask } = stage({ ...byContext, timeoutSeconds: 1 }, () =>
      Response.json(body, { status }),
    )
    const agent = agentWith({ ask })

    const error: unknown = await agent.invoke(start, as('alice')).catch((caught: unknown) => caught)

    expect(findValetKeyError(error)).toMatchObject({ code, status })
    expect(getInterrupts(await agent.graph.getState(as('alice')))).toEqual([])
  },
)

test('D2: a second user in the same thread gets a token of their own', async () => {
  const { ask, seen } = stage()

  for (const user of ['alice', 'bob', 'alice']) await agentWith({ ask }).invoke(start, as(user))

  expect(seen).toEqual(['token-of-alice-any', 'token-of-bob-any', 'token-of-alice-any'])
})

test('S9: without a thread_id nobody shares anything either', async () => {
  const { ask, seen } = stage()
  const call = { id: 'call-1', name: 'ask', args: { text: 'go' }, type: 'tool_call' } as const

  for (const token of ['alice', 'bob']) await ask.invoke(call, { context: { token } })
  const nobody: unknown = await ask.invoke(call).catch((caught: unknown) => caught)

  expect(seen).toEqual(['token-of-alice-any', 'token-of-bob-any'])
  expect(findValetKeyError(nobody)?.code).toBe('login_required')
})

test('D3, D4: a hint and a refresh token that are plain values are used, and kept apart', async () => {
  const home = stage({ refreshToken: 'refresh-1', loginHint: 'home' })
  const work = stage({ refreshToken: 'refresh-1', loginHint: 'work' })

  for (const { ask } of [home, work]) await ask.invoke({ text: 'go' })

  expect([...home.forms, ...work.forms]).toMatchObject([
    { subject_token: 'refresh-1', login_hint: 'home' },
    { subject_token: 'refresh-1', login_hint: 'work' },
  ])
  expect([...home.seen, ...work.seen]).toEqual([
    'token-of-refresh-1-home',
    'token-of-refresh-1-work',
  ])
})

test('D7: twenty parallel calls of one step make one request', async () => {
  const { ask, forms, seen } = stage()

  await agentWith(
    { ask },
    Array.from({ length: 20 }, (_, i) => `call-${i}`),
  ).invoke(start, as('alice'))

  expect(seen).toHaveLength(20)
  expect(forms).toHaveLength(1)
})

test('D9: a wrapped tool may call a wrapped tool', async () => {
  const inner = stage()
  const outer = inner.valetKey.withTokenForConnection({ connection: 'github' })(
    tool(
      async (_, config) =>
        [await inner.ask.invoke({ text: 'go' }, config), getAccessTokenForConnection('github')]
          .length,
      { name: 'outer', description: 'Calls another', schema: z.object({}) },
    ),
  )

  expect(await outer.invoke({}, { context: { token: 'alice' } })).toBe(2)
  expect(inner.seen).toEqual(['token-of-alice-any'])
})

test.each([
  { by: 'import', code: "const entry = await import('@valetkey/langchain')" },
  { by: 'require', code: "const entry = require('@valetkey/langchain')" },
])('D10: loads in plain Node by $by', async ({ code }) => {
  const type = code.includes('await') ? 'module' : 'commonjs'
  const print = `${code}; console.log(typeof entry.createValetKey)`

  const { stdout } = await promisify(execFile)(
    process.execPath,
    [`--input-type=${type}`, '--eval', print],
    { cwd: import.meta.dirname },
  )

  expect(stdout.trim()).toBe('function')
})

test('D13: what went wrong is thrown, never a result that looks like success', async () => {
  const denied = stage(byContext, () => Response.json({ error: 'access_denied' }, { status: 403 }))

  const outcome = await denied.ask.invoke({ text: 'go' }, { context: { token: 'alice' } }).then(
    () => 'a result',
    (error: unknown) => findValetKeyError(error)?.code,
  )

  expect(outcome).toBe('client_misconfigured')
})

test('S3: the app is told about every interrupt', async () => {
  const events: unknown[] = []
  const { ask } = stage({ accessToken: undefined, onEvent: (event) => void events.push(event) })

  await agentWith({ ask }).invoke(start, as(''))

  expect(events).toContainEqual(
    expect.objectContaining({ name: 'interrupt_raised', reason: 'login_required' }),
  )
})

test("S4, S5: each of several calls waits under the framework's own id, and goes on by it", async () => {
  const { ask, seen } = stage()
  const agent = agentWith({ ask }, ['call-1', 'call-2'])
  const toolCalls = (state: unknown) =>
    getInterrupts(state).map(({ interrupt }) => interrupt.tool?.callId)
  const loggedOut = await agent.invoke(start, as(''))
  const [first, second] = getInterrupts(loggedOut)
  expect(toolCalls(loggedOut)).toEqual(['call-1', 'call-2'])

  const stillOut = await agent.invoke(
    new Command({ resume: { [first?.id ?? '']: true, [second?.id ?? '']: true } }),
    as(''),
  )
  expect(toolCalls(stillOut)).toEqual(['call-1', 'call-2'])
  const resume = Object.fromEntries(getInterrupts(stillOut).map(({ id }) => [id, true]))
  const done = await agent.invoke(new Command({ resume }), as('alice'))

  expect(getInterrupts(done)).toEqual([])
  expect(seen).toHaveLength(2)
})
