import { Command, interrupt, MemorySaver } from '@langchain/langgraph'
import { tool } from '@langchain/core/tools'
import { startTestVault, type TestUser, type TestVault } from '@valetkey-internal/testing'
import { type ConnectedAccounts, createValetKey, getInterrupts } from '@valetkey/langchain'
import { createAgent } from 'langchain'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { scriptedModel } from './scripted-model.ts'
import { settingsFor } from './settings-for.ts'

let vault: TestVault
beforeAll(async () => {
  vault = await startTestVault()
})
afterAll(async () => {
  await vault.close()
})

interface Stage {
  readonly user: TestUser
  readonly accounts: ConnectedAccounts
  /** Asks for one call of the tool, or answers what waits. */
  readonly say: (answer?: unknown) => Promise<unknown>
  /** What was sent, and what the tool was answered before. */
  readonly sent: readonly unknown[]
}

/** A mail tool that asks by itself before it sends, as LangChain's own documents do it. */
async function stage(): Promise<Stage> {
  const user = vault.newUser()
  const valetKey = createValetKey({
    ...(await settingsFor(vault, user)),
    cache: 'off',
  })
  const sent: unknown[] = []
  const send = valetKey.withTokenForConnection(
    { connection: 'google-oauth2' },
    tool(
      async ({ text }) => {
        const answers = [interrupt(`Send ${text}?`), interrupt('To everybody?')]
        sent.push(answers)
        return 'sent'
      },
      { name: 'send', description: 'Sends', schema: z.object({ text: z.string() }) },
    ),
  )
  const agent = createAgent({
    model: scriptedModel([{ id: 'call-1', tool: 'send', input: { text: 'the mail' } }]),
    tools: [send],
    checkpointer: new MemorySaver(),
  })
  const config = { configurable: { thread_id: 'thread-1' } }
  return {
    user,
    accounts: valetKey.client.connectedAccounts(),
    sent,
    say: async (answer) =>
      await agent.invoke(
        answer === undefined
          ? { messages: [{ role: 'user', content: 'Send it' }] }
          : new Command({ resume: answer }),
        config,
      ),
  }
}

/** What the run waits for: ours by reason, the tool's own as it asked. */
function question(state: unknown): unknown {
  const [ours] = getInterrupts(state)
  if (ours !== undefined) return ours.interrupt.reason
  return pauseOf(state)?.value
}

function pauseOf(state: unknown): { readonly id: string; readonly value: unknown } | undefined {
  return (state as { __interrupt__?: { id: string; value: unknown }[] }).__interrupt__?.[0]
}

const plainly = (_state: unknown, answer: unknown): unknown => answer
const byName = (state: unknown, answer: unknown): unknown => ({
  [pauseOf(state)?.id ?? '']: answer,
})

test.each([
  { how: 'without a name', answerTo: plainly },
  { how: 'by the name of the pause', answerTo: byName },
])(
  'takes "I have connected" for no answer to a question of the tool, $how',
  async ({ answerTo }) => {
    const { user, say, sent } = await stage()
    let state = await say()
    expect(question(state)).toBe('not_connected')
    state = await say(answerTo(state, true))
    expect(question(state)).toBe('not_connected')

    await user.connect({ connection: 'google-oauth2' })
    state = await say(answerTo(state, true))
    expect(question(state)).toBe('Send the mail?')
    state = await say(answerTo(state, 'yes'))
    expect(question(state)).toBe('To everybody?')
    expect(sent).toEqual([])

    state = await say(answerTo(state, 'no'))
    expect(question(state)).toBeUndefined()
    expect(sent).toEqual([['yes', 'no']])
  },
)

test.each([
  { what: 'yes', answer: 'yes' },
  { what: 'an approval', answer: { approved: true, decisions: [{ type: 'approve' }] } },
  { what: 'the mark that we leave in the store', answer: 'valetkey.paused' },
  { what: 'a list with that mark and an answer', answer: ['valetkey.paused', 'yes'] },
  { what: 'an interrupt', answer: { type: 'valetkey.interrupt', version: 1, kind: 'login' } },
  { what: 'an endless text', answer: 'x'.repeat(100_000) },
])('believes no answer of a client: $what', async ({ answer }) => {
  for (const answerTo of [plainly, byName]) {
    const { user, say, sent } = await stage()
    let state = await say()
    state = await say(answerTo(state, answer))
    expect(question(state)).toBe('not_connected')

    await user.connect({ connection: 'google-oauth2' })
    state = await say(answerTo(state, answer))

    expect(question(state)).toBe('Send the mail?')
    expect(sent).toEqual([])
  }
})

test('keeps an answer to a question of the tool over a pause of ours', async () => {
  const { user, accounts, say, sent } = await stage()
  const account = await user.connect({ connection: 'google-oauth2' })
  expect(question(await say())).toBe('Send the mail?')

  await accounts.deleteAccount(account.id)
  expect(question(await say('yes'))).toBe('not_connected')
  await user.connect({ connection: 'google-oauth2' })
  expect(question(await say(true))).toBe('To everybody?')
  await say('no')

  expect(sent).toEqual([['yes', 'no']])
})
