// Auth0's tools for the AI SDK, as npm has them, against a vault.
import { createRequire } from 'node:module'
import type * as interrupts from '@auth0/ai/interrupts'
import type * as tokenVault from '@auth0/ai/TokenVault'
import type * as auth0AiVercel from '@auth0/ai-vercel'
import { generateText, stepCountIs, tool, type Tool } from 'ai'
import { MockLanguageModelV2 } from 'ai/test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { type Auth0App, createAuth0App } from './src/auth0-app.ts'
import { claimsOf } from './src/claims-of.ts'
import {
  APP,
  CALENDAR,
  type ClientsWorld,
  LONG_ENOUGH_SECONDS,
  NATIVE,
  newBrowser,
  ORDERS,
  ORDERS_SERVICE,
  startClientsWorld,
} from './src/clients-world.ts'

// Its build for `import` names files without their extension, which Node does not find.
const require = createRequire(import.meta.url)
const vercel: typeof auth0AiVercel = require('@auth0/ai-vercel')
const { SUBJECT_TOKEN_TYPES }: typeof tokenVault = require('@auth0/ai/TokenVault')
const { TokenVaultError }: typeof interrupts = require('@auth0/ai/interrupts')

let world: ClientsWorld
let app: Auth0App
beforeAll(async () => {
  world = await startClientsWorld()
  app = createAuth0App(world)
})
afterAll(async () => await world.close())

/** As an app writes it; `domain` is all that knows where the vault is. */
const newAuth0AI = () =>
  new vercel.Auth0AI({
    auth0: { domain: world.domain, clientId: APP.clientId, clientSecret: APP.clientSecret },
  })

interface VaultTool {
  readonly connection: string
  readonly scopes: string[]
  readonly refreshToken: string
}

/** A tool that says which token it was given. */
function tokenTool(ai: auth0AiVercel.Auth0AI, { refreshToken, ...rest }: VaultTool): Tool {
  return ai.withTokenVault(
    { ...rest, refreshToken: async () => refreshToken },
    tool({
      description: 'Says which token it has.',
      inputSchema: z.object({}),
      execute: async () => vercel.getAccessTokenFromTokenVault(),
    }),
  )
}

/** An agent whose model calls the tool once: what the tool said, or threw. */
async function callTool(theTool: Tool, threadId = 'thread'): Promise<ToolOutcome> {
  const { steps } = await vercel.runWithAIContext(
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

    await app.connect({ ...github, user })
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
    await app.connect({ ...calendar, scopes: error.requiredScopes, user })
    expect(await callTool(theTool)).toEqual({ output: expect.any(String) as unknown })
  })

  test('stops where the provider refuses the token', async () => {
    const { refreshToken } = await app.logIn({ user: world.newUser() })
    const refused = newAuth0AI().withTokenVault(
      { connection: 'google-oauth2', scopes: ['email'], refreshToken: async () => refreshToken },
      tool({
        description: 'Is refused.',
        inputSchema: z.object({}),
        execute: async (): Promise<string> => {
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

  test('gives it to a tool in an API that was called with a token of the vault', async () => {
    const user = world.newUser()
    const parameters = { audience: ORDERS, scope: 'openid offline_access orders:read' }
    const { accessToken } = (await app.logIn({ user, parameters })).tokens
    const ai = new vercel.Auth0AI({ auth0: { domain: world.domain, ...ORDERS_SERVICE } })
    const theTool = ai.withTokenVault(
      {
        connection: 'google-oauth2',
        scopes: ['email'],
        accessToken: async () => accessToken,
        subjectTokenType: SUBJECT_TOKEN_TYPES.SUBJECT_TYPE_ACCESS_TOKEN,
      },
      tool({
        description: 'Says which token it has.',
        inputSchema: z.object({}),
        execute: async () => vercel.getAccessTokenFromTokenVault(),
      }),
    )

    const { output } = z.object({ output: z.string() }).parse(await callTool(theTool))

    expect(await world.ownerAtGoogle(output)).toBe(`${user}@example.com`)
  })
})

describe('withAsyncAuthorization', () => {
  const purchase = (userId: string) => ({
    scopes: ['orders:write'],
    audience: ORDERS,
    userID: async () => userId,
    bindingMessage: async () => 'Buy 3 shares',
  })
  /** Says for whom and for what it has a token. */
  const buy = tool({
    description: 'Buys.',
    inputSchema: z.object({}),
    execute: async () => claimsOf(vercel.getAsyncAuthorizationCredentials()?.accessToken ?? ''),
  })

  test('stops until the user has decided, and goes on with a token for the API', async () => {
    const user = world.newUser()
    const { userId } = await app.logIn({ user })
    const theTool = newAuth0AI().withAsyncAuthorization(purchase(userId), buy)

    expect(await callTool(theTool)).toMatchObject({
      error: {
        code: 'ASYNC_AUTHORIZATION_AUTHORIZATION_PENDING',
        request: { id: expect.any(String) as unknown, expiresIn: 300, interval: 5 },
      },
    })
    expect(await callTool(theTool)).toMatchObject({
      error: {
        code: 'ASYNC_AUTHORIZATION_AUTHORIZATION_POLLING_ERROR',
        retryAfter: expect.toSatisfy((seconds) => seconds > 0) as unknown,
      },
    })

    expect(await app.decide(user, 'approve')).toMatchObject({
      scope: 'openid orders:write',
      binding_message: 'Buy 3 shares',
    })
    world.advance(LONG_ENOUGH_SECONDS)
    expect(await callTool(theTool)).toMatchObject({
      output: { sub: userId, aud: ORDERS, scope: 'orders:write' },
    })
  })

  test('waits by itself where it is told to', async () => {
    const user = world.newUser()
    const { userId } = await app.logIn({ user })
    const theTool = newAuth0AI().withAsyncAuthorization(
      {
        ...purchase(userId),
        onAuthorizationRequest: async () => {
          await app.decide(user, 'approve')
        },
      },
      buy,
    )

    expect(await callTool(theTool)).toMatchObject({ output: { sub: userId, aud: ORDERS } })
  })

  test('tells the tool’s app that the user said no', async () => {
    const user = world.newUser()
    const { userId } = await app.logIn({ user })
    const theTool = newAuth0AI().withAsyncAuthorization(
      { ...purchase(userId), onUnauthorized: async (error) => `refused: ${codeOf(error)}` },
      buy,
    )

    await callTool(theTool)
    await app.decide(user, 'deny')
    world.advance(LONG_ENOUGH_SECONDS)

    expect(await callTool(theTool)).toEqual({
      output: 'refused: ASYNC_AUTHORIZATION_ACCESS_DENIED',
    })
  })
})

test('withDeviceAuthorizationFlow stops with a link for the user, and goes on when its code was entered', async () => {
  const ai = new vercel.Auth0AI({
    auth0: { domain: world.domain, clientId: NATIVE.clientId, clientSecret: '' },
  })
  const theTool = ai.withDeviceAuthorizationFlow(
    { scopes: ['openid', 'orders:read'], audience: ORDERS },
    tool({
      description: 'Says for whom it has a token.',
      inputSchema: z.object({}),
      execute: async () => claimsOf(vercel.getDeviceAuthorizerCredentials()?.accessToken ?? ''),
    }),
  )

  const { error } = DeviceInterrupt.parse(await callTool(theTool))
  expect(error.response.verificationUri).toBe(`${world.issuer}activate`)
  const browser = newBrowser()
  let page = await browser.open(error.response.verificationUriComplete)
  while (page.forms.length > 0) page = await browser.click(page, /continue|connect|google/i)
  expect(page.html).toContain('Native app')

  world.advance(LONG_ENOUGH_SECONDS)
  expect(await callTool(theTool)).toMatchObject({ output: { aud: ORDERS, scope: 'orders:read' } })
})

const DeviceInterrupt = z.object({
  error: z.object({
    code: z.literal('DEVICE_AUTHORIZATION_PENDING'),
    response: z.object({ verificationUri: z.string(), verificationUriComplete: z.string() }),
  }),
})

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
