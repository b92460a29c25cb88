import { Command } from '@langchain/langgraph'
import { startTestVault, type TestVault } from '@valetkey-internal/testing'
import {
  createValetKey,
  getAccessTokenForConnection,
  getInterrupts,
  type ToolConfig,
} from '@valetkey/langchain'
import { valetKeyMiddleware } from '@valetkey/langchain/middleware'
import { createAgent, tool } from 'langchain'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { checkpointers } from './checkpointers.ts'
import { scriptedModel } from './scripted-model.ts'

let vault: TestVault
beforeAll(async () => {
  vault = await startTestVault()
})
afterAll(async () => {
  await vault.close()
})

const places = [
  {
    place: 'context',
    read: (config: ToolConfig<{ token: string }> | undefined) => config?.context?.token,
  },
  {
    place: 'configurable',
    read: (config: ToolConfig | undefined) => String(config?.configurable?.['token']),
  },
] as const

test.each(checkpointers.flatMap((store) => places.map((place) => ({ ...store, ...place }))))(
  'keeps no token in the checkpoints of $name, with the login token in $place',
  async ({ open, place, read }) => {
    const { saver, stored, close } = await open()
    const user = vault.newUser()
    const token = await user.accessToken()
    const seen: string[] = []
    const valetKey = createValetKey<{ token: string }>({
      issuer: vault.issuer,
      clientId: vault.client.id,
      clientSecret: vault.client.secret,
      connectUrl: '/connect',
      accessToken: ({ context }) => read(context),
    })
    const leaky = valetKey.withTokenForConnection({ connection: 'google-oauth2' })(
      tool(
        async () => {
          seen.push(getAccessTokenForConnection())
          return { marker: 'a result that is stored', leak: getAccessTokenForConnection() }
        },
        { name: 'leaky', description: 'Leaks', schema: z.object({ text: z.string() }) },
      ),
    )
    const agent = createAgent({
      model: scriptedModel([
        { id: 'call-1', tool: 'leaky', input: { text: 'an input that is stored' } },
      ]),
      tools: [leaky],
      middleware: [valetKeyMiddleware()],
      checkpointer: saver,
      contextSchema: z.object({ token: z.string() }),
    })
    const config = {
      configurable: { thread_id: 'thread-1', ...(place === 'configurable' ? { token } : {}) },
      context: { token: place === 'context' ? token : 'no-token' },
    }

    const paused = await agent.invoke({ messages: [{ role: 'user', content: 'Go' }] }, config)
    const [pending] = getInterrupts(paused)
    expect(pending?.interrupt).toMatchObject({
      reason: 'not_connected',
      connectUrl: expect.any(String),
    })
    await user.connect({ connection: 'google-oauth2' })
    const done = await agent.invoke(new Command({ resume: { [pending?.id ?? '']: true } }), config)
    const text = await stored()
    await close()

    expect(getInterrupts(done)).toEqual([])
    expect(seen).toHaveLength(1)
    const issued = vault.emulator.log
      .entries({ provider: 'google', route: 'token', user: user.id })
      .flatMap(({ issued: { accessToken, refreshToken } }) => [accessToken, refreshToken])
    for (const secret of [token, ...seen, ...issued, vault.client.secret]) {
      expect(secret).toMatch(/.{16}/)
      expect(text.includes(secret ?? '')).toBe(false)
    }
    // The positive control: the same search finds what is meant to be stored.
    for (const found of [
      'an input that is stored',
      'a result that is stored',
      '[redacted]',
      'valetkey.interrupt',
    ]) {
      expect(text.includes(found)).toBe(true)
    }
  },
)
