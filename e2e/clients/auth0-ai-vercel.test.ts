// Auth0's tools for the AI SDK, as npm has them, against a vault.
import { createRequire } from 'node:module'
import { generateText, stepCountIs, tool, type Tool } from 'ai'
import { MockLanguageModelV2 } from 'ai/test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { type Auth0App, createAuth0App } from './src/auth0-app.ts'
import { APP, CALENDAR, type ClientsWorld, startClientsWorld } from './src/clients-world.ts'

// Its build for `import` names files without their extension, which Node does not find.
const require = createRequire(import.meta.url)
const {
  Auth0AI,
  getAccessTokenFromTokenVault,
  runWithAIContext,
}: typeof import('@auth0/ai-vercel') = require('@auth0/ai-vercel')
const { TokenVaultError }: typeof import('@auth0/ai/interrupts') = require('@auth0/ai/interrupts')

let world: ClientsWorld
let app: Auth0App
beforeAll(async () => {
  world = await startClientsWorld()
  app = createAuth0App(world)
})
afterAll(async () => await world.close())

/** As an app writes it; `domain` is all that knows where the vault is. */
const newAuth0AI = () =>
  new Auth0AI({
    auth0: { domain: world.domain, clientId: APP.clientId, clientSecret: APP.clientSecret },
  })

interface VaultTool {
  readonly connection: string
  readonly scopes: string[]
  readonly refreshToken: string
}

/** A tool that says which token it was given. */
function tokenTool(ai: InstanceType<typeof Auth0AI>, { refreshToken, ...rest }: VaultTool): Tool {
  return ai.withTokenVault(
    { ...rest, refreshToken: async () => refreshToken },
    tool({
      description: 'Says which token it has.',
      inputSchema: z.object({}),
      execute: async () => getAccessTokenFromTokenVault(),
    }),
  )
}

/** An agent whose model calls the tool once: what the tool said, or threw. */
async function callTool(theTool: Tool, threadId = 'thread'): Promise<ToolOutcome> {
  const { steps } = await runWithAIContext(
    { threadID: threadId },
    async () =>
      await generateText({
        model: modelThatCalls('theTool'),
        tools: { theTool },
        stopWhen: stepCountIs(1),
        prompt: 'Go.',
      }),
  )
  const [outcome] = (steps[0]?.content ?? []).flatMap((part): ToolOutcome[] => {
    if (part.type === 'tool-result') return [{ output: part.output }]
    return part.type === 'tool-error' ? [{ error: part.error }] : []
  })
  if (outcome === undefined) throw new Error('The tool was not called')
  return outcome
}

type ToolOutcome = { readonly output: unknown } | { readonly error: unknown }

function modelThatCalls(toolName: string): MockLanguageModelV2 {
  return new MockLanguageModelV2({
    doGenerate: async () => ({
      content: [{ type: 'tool-call', toolCallId: 'call', toolName, input: '{}' }],
      finishReason: 'tool-calls',
      usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
      warnings: [],
    }),
  })
}

describe('withTokenVault', () => {
  test('gives the tool the token of the user’s own account', async () => {
    const user = world.newUser()
    const { refreshToken } = await app.logIn({ user })
    const google = { connection: 'google-oauth2', scopes: ['openid', 'email'], refreshToken }

    const called = await callTool(tokenTool(newAuth0AI(), google))

    const { output } = z.object({ output: z.string() }).parse(called)
    expect(await world.ownerAtGoogle(output)).toBe(`${user}@example.com`)
  })

  test('stops with its interrupt where nothing is connected, and goes on when it is', async () => {
    const user = world.newUser()
    const { refreshToken } = await app.logIn({ user })
    const github = { connection: 'github', scopes: ['repo'], refreshToken }
    const theTool = tokenTool(newAuth0AI(), github)

    expect(await callTool(theTool)).toMatchObject({
      error: {
        name: 'AUTH0_AI_INTERRUPT',
        code: 'TOKEN_VAULT_ERROR',
        connection: 'github',
        scopes: ['repo'],
        requiredScopes: ['repo'],
        behavior: 'resume',
      },
    })

    await connect({ ...github, user })
    expect(await callTool(theTool)).toEqual({ output: expect.any(String) as unknown })
  })

  test('stops with the scopes that are there and those that are missing, and goes on with both', async () => {
    const user = world.newUser()
    const { refreshToken } = await app.logIn({ user })
    const calendar = { connection: 'google-oauth2', scopes: [CALENDAR], refreshToken }
    const theTool = tokenTool(newAuth0AI(), calendar)

    const called = await callTool(theTool)

    const { error } = z
      .object({ error: z.object({ requiredScopes: z.array(z.string()) }) })
      .parse(called)
    expect(called).toMatchObject({ error: { connection: 'google-oauth2', scopes: [CALENDAR] } })
    expect(error.requiredScopes).toEqual(expect.arrayContaining(['openid', 'email', CALENDAR]))

    // As Auth0's consent component asks for it.
    await connect({ ...calendar, scopes: error.requiredScopes, user })
    expect(await callTool(theTool)).toEqual({ output: expect.any(String) as unknown })
  })

  test('stops where the provider refuses the token', async () => {
    const { refreshToken } = await app.logIn({ user: world.newUser() })
    const refused = newAuth0AI().withTokenVault(
      { connection: 'google-oauth2', scopes: ['email'], refreshToken: async () => refreshToken },
      tool({
        description: 'Is refused.',
        inputSchema: z.object({}),
        execute: async () => {
          throw new TokenVaultError('401 from the provider')
        },
      }),
    )

    expect(await callTool(refused)).toMatchObject({
      error: { code: 'TOKEN_VAULT_ERROR', connection: 'google-oauth2' },
    })
  })

  test('stops where the login has ended', async () => {
    const { refreshToken } = await app.logIn({ user: world.newUser() })
    await app.auth.revokeToken({ token: refreshToken })
    const google = { connection: 'google-oauth2', scopes: ['email'], refreshToken }

    expect(await callTool(tokenTool(newAuth0AI(), google))).toMatchObject({
      error: { code: 'TOKEN_VAULT_ERROR' },
    })
  })
})

async function connect({
  refreshToken,
  ...account
}: VaultTool & { readonly user: string }): Promise<void> {
  const { accessToken } = await app.auth.exchangeToken({
    subjectToken: refreshToken,
    subjectTokenType: 'urn:ietf:params:oauth:token-type:refresh_token',
    audience: `${world.issuer}me/`,
  })
  await app.connect({ ...account, accessToken })
}
