// Defects seen in published SDKs for the same job, where they would be the adapter's; core has the others.
import { startTestVault, type TestVault } from '@valetkey-internal/testing'
import {
  createValetKey,
  findValetKeyError,
  getAccessTokenForConnection,
  getInterrupts,
  interruptText,
  stopOnInterrupt,
  type WrappableTool,
} from '@valetkey/vercel-ai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import * as z3 from 'zod/v3'
import type { AppContext, GeneratedText, ResultPart } from './ai-sdk.ts'
import { aiV5 } from './ai-v5.ts'
import { aiV6 } from './ai-v6.ts'
import { aiV7 } from './ai-v7.ts'
import { countingValetKey } from './counting-valet-key.ts'

const majors = [aiV5, aiV6, aiV7].map((sdk) => [sdk.name, sdk] as const)
const google = { connection: 'google-oauth2' } as const
const inputSchema = z.object({ text: z.string() })

let vault: TestVault
beforeAll(async () => {
  vault = await startTestVault()
})
afterAll(async () => {
  await vault.close()
})

/** Lets the model call each tool once, in one step. */
async function runAll(
  { ai, scriptedModel, contextFor }: (typeof majors)[number][1],
  tools: Readonly<Record<string, WrappableTool>>,
  context: AppContext = { user: 'nobody' },
): Promise<GeneratedText> {
  const names = Object.keys(tools)
  return await ai.generateText({
    model: scriptedModel(
      names.map((name) => ({ id: `call-${name}`, tool: name, input: { text: name } })),
    ),
    tools,
    ...contextFor(names, context),
    prompt: 'Go',
    stopWhen: [ai.stepCountIs(3), stopOnInterrupt()],
  })
}

function contentOf({ steps }: GeneratedText): readonly ResultPart[] {
  return steps.flatMap(({ content }) => content)
}

test.each(
  majors.flatMap(([name, sdk]) =>
    [500, 429, 401, 400].map((status) => [name, status, sdk] as const),
  ),
)('D1: %s: an answer of %i is an error of the tool, and pauses nothing', async (_, status, sdk) => {
  const valetKey = createValetKey({
    issuer: 'http://127.0.0.1:9/',
    clientId: 'agent',
    clientSecret: 'secret',
    accessToken: 'login-token',
    timeoutSeconds: 1,
    fetch: async () => Response.json({ error: 'access_denied' }, { status }),
  })
  const tools = {
    events: valetKey.withTokenForConnection(google)(
      sdk.ai.tool({ inputSchema, execute: () => 'ran' }),
    ),
  }

  const result = await runAll(sdk, tools)

  const [error] = contentOf(result).flatMap((part) =>
    part.type === 'tool-error' ? [part.error] : [],
  )
  expect(findValetKeyError(error)?.code).toMatch(
    /^(vault_unavailable|client_misconfigured|protocol_error)$/,
  )
  expect(getInterrupts(contentOf(result))).toEqual([])
  expect(interruptText(error)).toBe('An error occurred.')
  // The model was told, and went on.
  expect(result.steps).toHaveLength(2)
})

test.each(majors)(
  'D2: %s: the context of each run says who asks, whatever the thread',
  async (_, sdk) => {
    const seen: unknown[] = []
    const valetKey = createValetKey<AppContext>({
      issuer: vault.issuer,
      clientId: vault.client.id,
      clientSecret: vault.client.secret,
      accessToken: ({ context, input, toolCallId }) => {
        seen.push({ user: context?.user, input, toolCallId })
        return undefined
      },
    })
    const tools = {
      events: valetKey.withTokenForConnection(google)(
        sdk.ai.tool({
          inputSchema,
          contextSchema: z.object({ user: z.string() }),
          execute: () => 'ran',
        }),
      ),
    }

    const results = [
      await runAll(sdk, tools, { user: 'alice' }),
      await runAll(sdk, tools, { user: 'bob' }),
    ]

    const call = { input: { text: 'events' }, toolCallId: 'call-events' }
    expect(seen).toEqual([
      { user: 'alice', ...call },
      { user: 'bob', ...call },
    ])
    for (const result of results) {
      expect(getInterrupts(contentOf(result))).toMatchObject([
        { toolCallId: 'call-events', interrupt: { reason: 'login_required' } },
      ])
      expect(result.steps).toHaveLength(1)
    }
  },
)

test.each(majors)('D7: %s: ten calls of one step make one exchange', async (_, sdk) => {
  const user = vault.newUser()
  await user.connect(google)
  const { valetKey, exchanges } = await countingValetKey(vault, user)
  const withGoogle = valetKey.withTokenForConnection(google)
  const tools = Object.fromEntries(
    Array.from({ length: 10 }, (_each, i) => [
      `tool_${i}`,
      withGoogle(
        sdk.ai.tool({
          inputSchema,
          execute: () => (getAccessTokenForConnection() === '' ? 'no token' : i),
        }),
      ),
    ]),
  )

  const result = await runAll(sdk, tools)

  const outputs = contentOf(result).flatMap((part) =>
    part.type === 'tool-result' ? [part.output] : [],
  )
  expect(outputs).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(exchanges()).toBe(1)
})

test.each(majors)(
  'D11: %s: tools of any schema library run, and those with one description stay apart',
  async (_, sdk) => {
    const user = vault.newUser()
    await user.connect(google)
    await user.connect({ connection: 'github' })
    const { valetKey } = await countingValetKey(vault, user)
    const schemas = {
      zod3: z3.object({ text: z3.string() }),
      zod4: inputSchema,
      json: sdk.ai.jsonSchema({ type: 'object', properties: { text: { type: 'string' } } }),
    }
    const tools = Object.fromEntries(
      Object.entries(schemas).flatMap(([name, schema]) =>
        ['google-oauth2', 'github'].map((connection) => [
          `${name}_${connection.replace('-', '_')}`,
          valetKey.withTokenForConnection({ connection })(
            sdk.ai.tool({
              description: 'The same for all',
              inputSchema: schema,
              execute: async ({ text }: { text: string }) => [
                text,
                getAccessTokenForConnection(connection) !== '',
              ],
            }),
          ),
        ]),
      ),
    )

    const outputs = contentOf(await runAll(sdk, tools)).map(({ output }) => output)

    const names = Object.keys(tools)
    expect(outputs).toEqual(expect.arrayContaining(names.map((name) => [name, true])))
  },
)
