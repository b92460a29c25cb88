import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { check } from '@valetkey-examples/backstage/check'
import type { Step } from '@valetkey-examples/backstage/play'
import type { Interrupt } from '@valetkey/vercel-ai'
import * as z from 'zod'
import type { ChatMessage } from '../lib/tools.ts'
import { type ChatUser, createChatUser, waitingIn } from './chat-user.ts'
import type { World } from './world.ts'

const Accounts = z.object({
  accounts: z.array(z.object({ id: z.string(), connection: z.string() })),
})

/** Uses the app as a person would: each step begins where the one before ended. */
export function tellStory(world: World): readonly Step[] {
  const user = createChatUser(world.url)
  return [
    {
      title: 'The user logs in at the vault, with Google',
      run: async () => {
        const welcome = await user.browser.open(world.url)
        check(welcome.html.includes('Log in'), 'a visitor is asked to log in')
        const home = await user.logIn()
        check(home.url === `${world.url}/`, 'the login leads back to the chat', home.url)
        check(home.html.includes('Demo User'), 'the chat knows who it is')
      },
    },
    {
      title: 'The calendar needs a scope that the login did not bring: the chat waits, and goes on',
      run: async () => {
        const paused = await user.send(say('What is on my calendar today?'))
        expectWaiting(paused, ['scopes_missing'])
        const answered = textOf(await connectAndGoOn(user, paused, ['Google']))
        check(answered.includes('3 events today'), 'the assistant tells the day', answered)
      },
    },
    {
      title: 'Two tools need two providers at once',
      run: async () => {
        const waiting = await user.send(
          say('What is new in Slack, and which repositories do I have?'),
        )
        expectWaiting(waiting, ['not_connected', 'not_connected'])
        const both = textOf(await connectAndGoOn(user, waiting, ['Slack', 'GitHub']))
        // Whichever tool ends first is told of first.
        const parts = ['in #general', 'on GitHub']
        check(
          parts.every((part) => both.includes(part)),
          'one answer tells of both',
          both,
        )
      },
    },
    {
      title: 'The user disconnects GitHub, and is asked again',
      run: async () => {
        const list = await user.request('/api/valet-key/accounts', 'GET')
        const { accounts } = Accounts.parse(await list.json())
        const accountId = accounts.find(({ connection }) => connection === 'github')?.id
        check(accountId !== undefined, 'GitHub is among the accounts', accounts)
        const gone = await user.request('/api/valet-key/disconnect', 'POST', { accountId })
        check(gone.ok, 'it is disconnected', gone.status)
        const asked = await user.send(say('Which repositories do I have?'))
        expectWaiting(asked, ['not_connected'])
      },
    },
    {
      title: 'No token is in what the app stores',
      run: async () => {
        const stored = readdirSync(world.chatFolder)
          .map((name) => readFileSync(join(world.chatFolder, name), 'utf8'))
          .join('')
        const tokens = (await world.emulator.log.entries())
          .flatMap(({ issued }) => [issued.accessToken, issued.refreshToken])
          .filter((token) => token !== undefined)
        check(stored.includes('#general'), 'the chat is stored')
        check(
          tokens.length >= 3 && tokens.every((token) => !stored.includes(token)),
          `none of ${tokens.length} tokens is in it`,
        )
      },
    },
    {
      title: 'The user logs out',
      run: async () => {
        const chat = await user.browser.open(world.url)
        const question = await user.browser.click(chat, /^Log out$/)
        const left = await user.browser.click(question, /^Log out$/) // the vault asks, for all its apps
        check(left.html.includes('Log in'), 'the app knows nobody any more', left.url)
        const refused = await user.request('/api/chat', 'POST', say('What is new in Slack?'))
        check(refused.status === 401, 'the chat says nothing without a login', refused.status)
      },
    },
  ]
}

function say(text: string): object {
  return { action: 'say', id: crypto.randomUUID(), text }
}

function expectWaiting(message: ChatMessage, reasons: readonly Interrupt['reason'][]): void {
  const seen = waitingIn(message).map(({ interrupt }) => interrupt.reason)
  check(
    JSON.stringify(seen) === JSON.stringify(reasons),
    `the chat waits: ${reasons.join(' and ')}`,
    message.parts,
  )
}

/** Connects what a message waits for, one after the other, and checks that its own calls go on. */
async function connectAndGoOn(
  user: ChatUser,
  message: ChatMessage,
  providers: readonly string[],
): Promise<ChatMessage> {
  const waiting = waitingIn(message)
  for (const [index, { interrupt, approvalId = '' }] of waiting.entries()) {
    const link = interrupt.kind === 'connect' ? interrupt.connectUrl : undefined
    const page = await user.connect(link ?? '', providers[index] ?? '')
    check(
      new URL(page.url).pathname === '/',
      `${providers[index]} leads back to the chat`,
      page.url,
    )
    await user.approve(approvalId)
  }
  const answered = await user.send({ action: 'go-on' }, message)
  const done = answered.parts.flatMap((part) =>
    'toolCallId' in part && part.state === 'output-available' ? [part.toolCallId] : [],
  )
  check(
    waiting.length > 0 && waiting.every(({ toolCallId }) => done.includes(toolCallId)),
    `the same ${waiting.length === 1 ? 'call runs' : 'calls run'}`,
    answered.parts,
  )
  return answered
}

function textOf({ parts }: ChatMessage): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}
