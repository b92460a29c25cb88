import { parseInterrupt } from '@valetkey/core'
import { expect, test } from 'vitest'
import type { AdapterOutcome } from './adapter-driver.ts'
import { type AdapterStage, outcomeOf, whoAmITool } from './adapter-stage.ts'
import { testScopes } from './test-connections.ts'

/** A run pauses until its user has acted, and goes on with the same call. */
export function testInterrupts(stage: () => AdapterStage): void {
  test('says in the interrupt what to connect, and where', async () => {
    const { app, vault } = stage()
    const user = vault.newUser()
    const tool = whoAmITool(vault, 'google-oauth2', { scopes: [testScopes.readEvents] })
    const { run, events } = await app({ tools: [tool], users: [user] })

    const ran = await run({
      user: user.id,
      calls: [{ id: 'call-1', tool: tool.name, input: { text: 'go' } }],
    })

    const interrupt = interruptOf(outcomeOf(ran, 'call-1'))
    expect(interrupt).toMatchObject({
      type: 'valetkey.interrupt',
      version: 1,
      kind: 'connect',
      reason: 'not_connected',
      connection: 'google-oauth2',
      requiredScopes: [testScopes.readEvents],
      message: expect.stringMatching(/\S/),
    })
    if (interrupt?.kind !== 'connect') throw new Error('Not a connect interrupt')
    const link = new URL(interrupt.connectUrl ?? '', 'https://app.example.com')
    expect(link.pathname).toBe('/connect')
    expect(link.searchParams.get('connection')).toBe('google-oauth2')
    expect(link.searchParams.getAll('scopes')).toEqual([testScopes.readEvents])
    expect(events).toContainEqual(expect.objectContaining({ name: 'interrupt_raised' }))
  })

  test('runs the same call when its user has connected', async () => {
    const { app, vault } = stage()
    const user = vault.newUser()
    const tool = whoAmITool(vault, 'google-oauth2')
    const { run } = await app({ tools: [tool], users: [user] })
    const paused = await run({
      user: user.id,
      calls: [{ id: 'call-1', tool: tool.name, input: { text: 'the same input' } }],
    })
    expect(outcomeOf(paused, 'call-1').status).toBe('interrupted')
    expect(tool.runs()).toBe(0)

    await user.connect({ connection: 'google-oauth2' })
    const resumed = await paused.resume()

    expect(outcomeOf(resumed, 'call-1')).toMatchObject({
      status: 'completed',
      output: { text: 'the same input', owner: user.id },
    })
    expect([...resumed.outcomes.keys()]).toEqual(['call-1'])
    expect(tool.runs()).toBe(1)
  })

  test('runs the same call when its user has granted one scope more', async () => {
    const { app, vault } = stage()
    const user = vault.newUser()
    await user.connect({ connection: 'google-oauth2' })
    const tool = whoAmITool(vault, 'google-oauth2', {
      scopes: [testScopes.email, testScopes.writeEvents],
    })
    const { run } = await app({ tools: [tool], users: [user] })
    const paused = await run({
      user: user.id,
      calls: [{ id: 'call-1', tool: tool.name, input: { text: 'go' } }],
    })
    expect(interruptOf(outcomeOf(paused, 'call-1'))).toMatchObject({
      reason: 'scopes_missing',
      missingScopes: [testScopes.writeEvents],
      // The user has two accounts at the provider, and only one of them is meant.
      authorizationParams: { login_hint: expect.stringMatching(/^cac_/) },
    })

    await user.connect({ connection: 'google-oauth2', scopes: [testScopes.writeEvents] })
    const resumed = await paused.resume()

    expect(outcomeOf(resumed, 'call-1')).toMatchObject({ status: 'completed' })
    expect(tool.runs()).toBe(1)
  })

  test('runs the same call when its user has allowed this client, and not another one', async () => {
    const { app, vault } = stage()
    const user = vault.newUser()
    await user.connect({ connection: 'google-oauth2' })
    const tool = whoAmITool(vault, 'google-oauth2')
    const { id, secret } = vault.guest
    const settings = { clientId: id, clientSecret: secret }
    const { run } = await app({ tools: [tool], users: [user], settings })
    const paused = await run({
      user: user.id,
      calls: [{ id: 'call-1', tool: tool.name, input: { text: 'go' } }],
    })
    expect(interruptOf(outcomeOf(paused, 'call-1'))).toMatchObject({ reason: 'consent_required' })

    await user.connect({ connection: 'google-oauth2' })
    const stillPaused = await paused.resume()
    expect(interruptOf(outcomeOf(stillPaused, 'call-1'))).toMatchObject({
      reason: 'consent_required',
    })
    expect(tool.runs()).toBe(0)

    await user.connect({ connection: 'google-oauth2', client: vault.guest })
    const resumed = await stillPaused.resume()

    expect(outcomeOf(resumed, 'call-1')).toMatchObject({
      status: 'completed',
      output: { text: 'go', owner: user.id },
    })
    expect(tool.runs()).toBe(1)
  })

  test('takes no word for it: who says "done" without connecting is interrupted again', async () => {
    const { app, vault } = stage()
    const user = vault.newUser()
    const tool = whoAmITool(vault, 'google-oauth2')
    const { run } = await app({ tools: [tool], users: [user] })
    const paused = await run({
      user: user.id,
      calls: [{ id: 'call-1', tool: tool.name, input: { text: 'go' } }],
    })

    const resumed = await paused.resume()

    expect(interruptOf(outcomeOf(resumed, 'call-1'))).toMatchObject({ reason: 'not_connected' })
    expect(tool.runs()).toBe(0)

    await user.connect({ connection: 'google-oauth2' })
    const resumedAgain = await resumed.resume()
    expect(outcomeOf(resumedAgain, 'call-1')).toMatchObject({ status: 'completed' })
    expect(tool.runs()).toBe(1)
  })

  test('shows both interrupts of two parallel calls, and resumes both', async () => {
    const { app, vault } = stage()
    const user = vault.newUser()
    const calendar = whoAmITool(vault, 'google-oauth2')
    const repositories = whoAmITool(vault, 'github')
    const { run } = await app({ tools: [calendar, repositories], users: [user] })
    const paused = await run({
      user: user.id,
      calls: [
        { id: 'call-1', tool: calendar.name, input: { text: 'first' } },
        { id: 'call-2', tool: repositories.name, input: { text: 'second' } },
      ],
    })
    expect(interruptOf(outcomeOf(paused, 'call-1'))).toMatchObject({ connection: 'google-oauth2' })
    expect(interruptOf(outcomeOf(paused, 'call-2'))).toMatchObject({ connection: 'github' })

    await user.connect({ connection: 'google-oauth2' })
    await user.connect({ connection: 'github' })
    const resumed = await paused.resume()

    expect(outcomeOf(resumed, 'call-1')).toMatchObject({
      output: { text: 'first', owner: user.id },
    })
    expect(outcomeOf(resumed, 'call-2')).toMatchObject({
      output: { text: 'second', owner: user.id },
    })
    expect([calendar.runs(), repositories.runs()]).toEqual([1, 1])
  })

  test('resumes the one of two parallel calls whose account is there, and asks on for the other', async () => {
    const { app, vault } = stage()
    const user = vault.newUser()
    const calendar = whoAmITool(vault, 'google-oauth2')
    const repositories = whoAmITool(vault, 'github')
    const { run } = await app({ tools: [calendar, repositories], users: [user] })
    const paused = await run({
      user: user.id,
      calls: [
        { id: 'call-1', tool: calendar.name, input: { text: 'first' } },
        { id: 'call-2', tool: repositories.name, input: { text: 'second' } },
      ],
    })

    await user.connect({ connection: 'github' })
    const halfway = await paused.resume()

    expect(interruptOf(outcomeOf(halfway, 'call-1'))).toMatchObject({ connection: 'google-oauth2' })
    expect(outcomeOf(halfway, 'call-2')).toMatchObject({ status: 'completed' })
    expect(calendar.runs()).toBe(0)

    await user.connect({ connection: 'google-oauth2' })
    const resumed = await halfway.resume()
    expect(outcomeOf(resumed, 'call-1')).toMatchObject({ status: 'completed' })
    expect(outcomeOf(resumed, 'call-2')).toMatchObject({ status: 'completed' })
  })

  test('asks for the connections of nested wrappers one after the other', async () => {
    const { app, vault } = stage()
    const user = vault.newUser()
    const tool = whoAmITool(vault, 'google-oauth2', {
      wrappers: [
        { connection: 'google-oauth2', scopes: [testScopes.email] },
        { connection: 'github', scopes: [] },
      ],
    })
    const { run } = await app({ tools: [tool], users: [user] })
    let paused = await run({
      user: user.id,
      calls: [{ id: 'call-1', tool: tool.name, input: { text: 'go' } }],
    })

    for (const connection of ['github', 'google-oauth2'] as const) {
      expect(interruptOf(outcomeOf(paused, 'call-1'))).toMatchObject({ connection })
      await user.connect({ connection })
      paused = await paused.resume()
    }

    expect(outcomeOf(paused, 'call-1')).toMatchObject({ status: 'completed' })
    expect(tool.runs()).toBe(1)
  })

  test('interrupts a generator before its first item', async () => {
    const { app, vault } = stage()
    const user = vault.newUser()
    let hasBegun = false
    const tool = whoAmITool(vault, 'google-oauth2', {
      isGenerator: true,
      execute: async function* () {
        hasBegun = true
        yield 'an item'
      },
    })
    const { run } = await app({ tools: [tool], users: [user] })
    const paused = await run({
      user: user.id,
      calls: [{ id: 'call-1', tool: tool.name, input: { text: 'go' } }],
    })
    expect(interruptOf(outcomeOf(paused, 'call-1'))).toMatchObject({ reason: 'not_connected' })
    expect(hasBegun).toBe(false)

    await user.connect({ connection: 'google-oauth2' })
    const resumed = await paused.resume()

    expect(outcomeOf(resumed, 'call-1')).toMatchObject({ status: 'completed', output: 'an item' })
  })
}

function interruptOf(outcome: AdapterOutcome): ReturnType<typeof parseInterrupt> {
  expect(outcome).toMatchObject({ status: 'interrupted' })
  return outcome.status === 'interrupted' ? parseInterrupt(outcome.interrupt) : undefined
}
