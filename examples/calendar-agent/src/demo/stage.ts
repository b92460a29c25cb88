import { setTimeout as wait } from 'node:timers/promises'
import type { LogEntry } from '@valetkey/emulator'
import type { Interrupt } from '@valetkey/vercel-ai'
import type { LanguageModel, ModelMessage } from 'ai'
import { resumeAgent, runAgent, type Turn } from '../agent.ts'
import type { Options } from '../options.ts'
import { check } from '@valetkey-examples/backstage/check'
import { answeredIds, callsOf } from './conversation.ts'
import { say } from '@valetkey-examples/backstage/terminal'
import { clickThrough, openLink } from '@valetkey-examples/backstage/user-browser'
import { tokenLifeSeconds, type World } from './world.ts'

/** What the story is told with. */
export interface Cast extends Options {
  readonly world: World
  readonly model: LanguageModel
  /** A real model words its calls as it likes. */
  readonly isScripted: boolean
  /** `2026-11-23`, where the providers are. */
  readonly today: string
}

/** What the steps of a story are made of. */
export interface Stage {
  /** The user says something; the conversation goes on with what came of it. */
  readonly ask: (question: string) => Promise<Turn>
  /** The run goes on with the same tool calls: each has its result, and the provider has seen it. */
  readonly resume: (paused: Turn, route: LogEntry['route'], provider?: string) => Promise<Turn>
  /** The link of the interrupt that a run has paused with. */
  readonly expectLink: (turn: Turn, reason: Interrupt['reason']) => string
  /** Sends the user's browser along; one code reaches the provider, and the browser ends at `path`. */
  readonly visit: (link: string, path: string, provider?: string) => Promise<void>
  /** Google's access token is over for everybody. */
  readonly letTokenExpire: () => Promise<void>
  readonly refreshesAfter: (tick: number) => Promise<readonly LogEntry[]>
  readonly messages: () => readonly ModelMessage[]
  /** Forgets what was said after these. */
  readonly goBackTo: (messages: readonly ModelMessage[]) => void
}

/** Builds the stage; nothing has been said yet. */
export function createStage({ world, model, clicks }: Cast): Stage {
  const { emulator, requestsAfter } = world
  let messages: readonly ModelMessage[] = []

  async function tokensIssuedAfter(tick: number, provider?: string): Promise<readonly LogEntry[]> {
    const requests = await requestsAfter(tick, 'token', provider)
    return requests.filter(({ issued }) => issued.accessToken !== undefined)
  }

  return {
    ask: async (question) => {
      say('user', question)
      const asked: readonly ModelMessage[] = [...messages, { role: 'user', content: question }]
      const turn = await runAgent(model, asked)
      for (const { id, name, input } of callsOf(turn.messages.slice(asked.length))) {
        say('model', `${name}(${JSON.stringify(input)})  ${id}`)
      }
      messages = turn.messages
      return turn
    },

    resume: async (paused, route, provider) => {
      const tick = await emulator.log.tick()
      const turn = await resumeAgent(model, paused)
      say('agent', turn.text)
      const asked = paused.interrupts.map(({ toolCallId }) => toolCallId)
      const answered = answeredIds(turn.messages.slice(paused.messages.length))
      check(
        asked.every((id) => answered.includes(id)),
        `${asked.join(', ')} has its result`,
        answered,
      )
      const calls = await requestsAfter(tick, route, provider)
      check(succeeded(calls) === asked.length, 'the provider saw the call, as this user', calls)
      messages = turn.messages
      return turn
    },

    expectLink: (turn, reason) => {
      const [pending] = turn.interrupts
      check(
        pending?.interrupt.reason === reason,
        `the run pauses: ${reason}`,
        turn.errors.map(String),
      )
      if (pending?.interrupt.kind !== 'connect') throw new Error('Not a connect interrupt')
      const { message, connectUrl = '' } = pending.interrupt
      say('tells', message)
      const { href } = new URL(connectUrl, world.app.url)
      say('link', href)
      return href
    },

    visit: async (link, path, provider) => {
      const tick = await emulator.log.tick()
      if (clicks === 'automatic') {
        const { url, pages } = await clickThrough(link)
        const pagesInWords = pages === 1 ? 'one page' : `${pages} pages`
        say('browser', `said yes on ${pagesInWords}, came back to ${new URL(url).pathname}`)
        check(new URL(url).pathname === path, 'the browser is back in the app', url)
      } else {
        say('browser', 'waiting for you')
        const returned = world.app.nextReturn()
        openLink(link)
        await returned
      }
      const codes = (await tokensIssuedAfter(tick, provider)).filter(
        ({ grantType }) => grantType !== 'refresh_token',
      )
      check(codes.length === 1, 'one code was redeemed at the provider', codes)
    },

    /** The vault takes the token for expired by its own clock, the provider by its virtual one. */
    letTokenExpire: async () => {
      const issued = (await tokensIssuedAfter(0)).at(-1)
      const wornOutAt = (issued?.at ?? 0) + tokenLifeSeconds - 30 + 1
      while ((await emulator.now()) < wornOutAt) await wait(100)
      await emulator.advance(tokenLifeSeconds)
      say('time', 'the access token has expired')
    },

    // Of whichever user: a provider that is down does not get to know whose token it is.
    refreshesAfter: async (after) => await emulator.log.refreshes({ provider: 'google', after }),

    messages: () => messages,
    goBackTo: (earlier) => {
      messages = earlier
    },
  }
}

/** How many of the requests were answered. */
export function succeeded(requests: readonly LogEntry[]): number {
  return requests.filter(
    ({ outcome }) => outcome !== undefined && 'status' in outcome && outcome.status === 200,
  ).length
}
