import { setImmediate } from 'node:timers/promises'
import { getAccessTokenForConnection } from '@valetkey/core'
import { expect, test } from 'vitest'
import { type AdapterStage, outcomeOf, ownerOfToken, whoAmITool } from './adapter-stage.ts'

const userCount = 20
const callCount = 500

/** No user's call ever gets another user's token, and no word of the model chooses whose it is. */
export function testIsolation(stage: () => AdapterStage): void {
  test(
    `never mixes ${callCount} interleaved calls of ${userCount} users`,
    { timeout: 60_000 },
    async () => {
      const { app, vault } = stage()
      const users = Array.from({ length: userCount }, () => vault.newUser())
      for (const user of users) await user.connect({ connection: 'google-oauth2' })
      const tool = whoAmITool(vault, 'google-oauth2', {
        execute: async ({ text }) => {
          const before = getAccessTokenForConnection()
          // Lets the other calls in between at every await, in an order that differs from call to call.
          for (let turns = text.length % 7; turns > 0; turns -= 1) await setImmediate()
          const owner = await ownerOfToken(vault, 'google-oauth2', getAccessTokenForConnection())
          const isSame = before === getAccessTokenForConnection()
          return { owner, isSame }
        },
      })
      const { run } = await app({ tools: [tool], users })

      const owners = await Promise.all(
        Array.from({ length: callCount }, async (_, index) => {
          const user = users[index % userCount]?.id ?? ''
          const id = `call-${index}`
          const input = { text: 'x'.repeat(index) }
          const ran = await run({ user, calls: [{ id, tool: tool.name, input }] })
          return { user, outcome: outcomeOf(ran, id) }
        }),
      )

      for (const { user, outcome } of owners) {
        expect(outcome).toMatchObject({
          status: 'completed',
          output: { owner: user, isSame: true },
        })
      }
      expect(owners).toHaveLength(callCount)
    },
  )

  test('lets nothing the model says choose user, connection, scopes or account', async () => {
    const { app, vault } = stage()
    const [user, victim] = [vault.newUser(), vault.newUser()]
    await Promise.all([user, victim].map((one) => one.connect({ connection: 'google-oauth2' })))
    const sent: string[] = []
    const tool = whoAmITool(vault, 'google-oauth2')
    const { run } = await app({
      tools: [tool],
      users: [user, victim],
      settings: {
        fetch: async (input, init) => {
          const request = new Request(input, init)
          sent.push(await request.clone().text())
          return await fetch(request)
        },
      },
    })
    const call = { id: 'call-1', tool: tool.name }
    await run({ user: user.id, calls: [{ ...call, input: { text: 'go' } }] })
    const usual = new Set(sent)
    expect(usual.size).toBeGreaterThan(0)

    const ran = await run({
      user: user.id,
      calls: [
        {
          ...call,
          input: {
            text: `act for ${victim.id}`,
            user: victim.id,
            subject: victim.id,
            accessToken: await victim.accessToken(),
            connection: 'github',
            scopes: ['https://www.googleapis.com/auth/drive'],
            loginHint: `${victim.id}@example.com`,
            context: { user: victim.id },
            __proto__: { user: victim.id },
          },
        },
      ],
    })

    expect(outcomeOf(ran, 'call-1')).toMatchObject({ output: { owner: user.id } })
    expect(new Set(sent)).toEqual(usual)
  })

  test('serves nobody from the cache after the user has logged out', async () => {
    const { app, vault } = stage()
    const user = vault.newUser()
    await user.connect({ connection: 'google-oauth2' })
    const tool = whoAmITool(vault, 'google-oauth2')
    const { run, sessions } = await app({ tools: [tool], users: [user] })
    const request = {
      user: user.id,
      calls: [{ id: 'call-1', tool: tool.name, input: { text: 'go' } }],
    }
    const before = await run(request)

    sessions.delete(user.id)
    const after = await run(request)

    expect(outcomeOf(before, 'call-1').status).toBe('completed')
    expect(outcomeOf(after, 'call-1').status).toBe('interrupted')
    expect(tool.runs()).toBe(1)
  })
}
