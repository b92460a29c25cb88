import {
  FederatedConnectionError,
  getAccessTokenForConnection,
  getCredentialsForConnection,
} from '@valetkey/core'
import { expect, test } from 'vitest'
import {
  type AdapterStage,
  outcomeOf,
  ownerOfToken,
  ProviderAnswer,
  whoAmITool,
} from './adapter-stage.ts'
import { testScopes } from './test-connections.ts'

/** A tool runs with its user's token: functions, generators, nested wrappers, several connections. */
export function testTools(stage: () => AdapterStage): void {
  test('runs the tool with the token of the user whom the framework names', async () => {
    const { app, vault } = stage()
    const [alice, bob] = [vault.newUser(), vault.newUser()]
    await Promise.all([alice, bob].map((user) => user.connect({ connection: 'google-oauth2' })))
    const tool = whoAmITool(vault, 'google-oauth2')
    const { run } = await app({ tools: [tool], users: [alice, bob] })

    for (const user of [alice, bob, alice]) {
      const ran = await run({
        user: user.id,
        calls: [{ id: 'call-1', tool: tool.name, input: { text: 'hello' } }],
      })
      expect(outcomeOf(ran, 'call-1')).toMatchObject({
        status: 'completed',
        output: { text: 'hello', owner: user.id },
      })
    }
    expect(tool.runs()).toBe(3)
  })

  test('keeps the token in reach of an async generator after each yield', async () => {
    const { app, vault } = stage()
    const user = vault.newUser()
    await user.connect({ connection: 'google-oauth2' })
    const tool = whoAmITool(vault, 'google-oauth2', {
      isGenerator: true,
      execute: async function* () {
        const owners: string[] = []
        for (let i = 0; i < 3; i += 1) {
          const token = getAccessTokenForConnection()
          owners.push(await ownerOfToken(vault, 'google-oauth2', token))
          yield { owners: [...owners] }
        }
      },
    })
    const { run } = await app({ tools: [tool], users: [user] })

    const ran = await run({
      user: user.id,
      calls: [{ id: 'call-1', tool: tool.name, input: { text: 'go' } }],
    })

    const outcome = outcomeOf(ran, 'call-1')
    expect(outcome).toMatchObject({
      status: 'completed',
      output: { owners: [user.id, user.id, user.id] },
    })
    const items = [1, 2, 3].map((count) => ({ owners: Array(count).fill(user.id) }))
    const partial = outcome.status === 'completed' ? outcome.partial : []
    // Not every framework passes on what comes before the last item.
    expect(partial ?? items).toEqual(items)
  })

  test.each([
    { shape: 'a function', isGenerator: false },
    { shape: 'an async generator', isGenerator: true },
  ])('gives $shape in nested wrappers the tokens of both', async ({ isGenerator }) => {
    const { app, vault } = stage()
    const user = vault.newUser()
    await user.connect({ connection: 'google-oauth2' })
    await user.connect({ connection: 'github' })
    const both = async (): Promise<unknown> => ({
      google: await ownerOfToken(
        vault,
        'google-oauth2',
        getAccessTokenForConnection('google-oauth2'),
      ),
      github: await ownerOfToken(vault, 'github', getAccessTokenForConnection('github')),
    })
    const tool = whoAmITool(vault, 'google-oauth2', {
      wrappers: [
        { connection: 'google-oauth2', scopes: [testScopes.email] },
        { connection: 'github', scopes: [] },
      ],
      isGenerator,
      execute: isGenerator
        ? async function* () {
            yield await both()
          }
        : both,
    })
    const { run } = await app({ tools: [tool], users: [user] })

    const ran = await run({
      user: user.id,
      calls: [{ id: 'call-1', tool: tool.name, input: { text: 'go' } }],
    })

    expect(outcomeOf(ran, 'call-1')).toMatchObject({
      status: 'completed',
      output: { google: user.id, github: user.id },
    })
  })

  test('gives a tool the tokens of all its connections at once', async () => {
    const { app, vault } = stage()
    const user = vault.newUser()
    await user.connect({ connection: 'google-oauth2' })
    await user.connect({ connection: 'github' })
    const tool = whoAmITool(vault, 'google-oauth2', {
      wrappers: [
        {
          connections: [
            { connection: 'google-oauth2', scopes: [testScopes.email] },
            { connection: 'github', scopes: [] },
          ],
        },
      ],
      execute: async () =>
        ['google-oauth2', 'github'].map((name) => getCredentialsForConnection(name).connection),
    })
    const { run } = await app({ tools: [tool], users: [user] })

    const ran = await run({
      user: user.id,
      calls: [{ id: 'call-1', tool: tool.name, input: { text: 'go' } }],
    })

    expect(outcomeOf(ran, 'call-1')).toMatchObject({
      status: 'completed',
      output: ['google-oauth2', 'github'],
    })
  })

  test('runs a tool again with a fresh token after the provider refused the old one', async () => {
    const { app, vault } = stage()
    const user = vault.newUser()
    await user.connect({ connection: 'google-oauth2' })
    vault.emulator.expireAccessTokens({ provider: 'google', user: user.id })
    let runs = 0
    const tool = whoAmITool(vault, 'google-oauth2', {
      wrappers: [{ connection: 'google-oauth2', scopes: [testScopes.email], retry: 'once' }],
      execute: async () => {
        runs += 1
        const token = getAccessTokenForConnection()
        try {
          return await ownerOfToken(vault, 'google-oauth2', token)
        } catch (error) {
          if (!(error instanceof ProviderAnswer) || error.status !== 401) throw error
          throw new FederatedConnectionError('Google refused the token', { cause: error })
        }
      },
    })
    const { run } = await app({ tools: [tool], users: [user] })

    const ran = await run({
      user: user.id,
      calls: [{ id: 'call-1', tool: tool.name, input: { text: 'go' } }],
    })

    expect(outcomeOf(ran, 'call-1')).toMatchObject({ status: 'completed', output: user.id })
    expect(runs).toBe(2)
    expect(vault.emulator.log.refreshes({ provider: 'google', user: user.id })).toHaveLength(1)
  })

  test('passes the abort of a run on to the tool', async () => {
    const { app, vault } = stage()
    const user = vault.newUser()
    await user.connect({ connection: 'google-oauth2' })
    const controller = new AbortController()
    let reason: unknown
    const tool = whoAmITool(vault, 'google-oauth2', {
      execute: async (_, { signal }) =>
        await new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            reason = signal.reason
            reject(new Error('Stopped'))
          })
          controller.abort('The user closed the chat')
        }),
    })
    const { run } = await app({ tools: [tool], users: [user] })

    await run({
      user: user.id,
      calls: [{ id: 'call-1', tool: tool.name, input: { text: 'go' } }],
      signal: controller.signal,
    })

    expect(reason).toBe('The user closed the chat')
  })

  test('does not start a tool whose run is aborted during the exchange', async () => {
    const { app, vault } = stage()
    const user = vault.newUser()
    await user.connect({ connection: 'google-oauth2' })
    const controller = new AbortController()
    const tool = whoAmITool(vault, 'google-oauth2')
    const { run } = await app({
      tools: [tool],
      users: [user],
      settings: {
        fetch: async (input, init) => {
          controller.abort('The user closed the chat')
          return await fetch(input, init)
        },
      },
    })

    await run({
      user: user.id,
      calls: [{ id: 'call-1', tool: tool.name, input: { text: 'go' } }],
      signal: controller.signal,
    })

    expect(controller.signal.aborted).toBe(true)
    expect(tool.runs()).toBe(0)
  })

  test('refuses a tool without a function to run, when it is wrapped', async () => {
    const { driver } = stage()

    expect(() => driver.wrapToolWithoutFunction()).toThrow(TypeError)
  })
}
