import { setTimeout as wait } from 'node:timers/promises'
import type { LogEntry } from '@valetkey/emulator'
import { findValetKeyError, type Interrupt } from '@valetkey/vercel-ai'
import type { LanguageModel, ModelMessage } from 'ai'
import { resumeAgent, runAgent, type Turn } from '../agent.ts'
import { check } from './check.ts'
import { answeredIds, callsOf } from './conversation.ts'
import { say } from './terminal.ts'
import { clickThrough, openLink } from './user-browser.ts'
import { tokenLifeSeconds, type World } from './world.ts'

/** One step of the story; it throws where it does not come true. */
export interface Step {
  readonly title: string
  readonly run: () => Promise<void>
}

/** What the story is told with. */
export interface Cast {
  readonly world: World
  readonly model: LanguageModel
  /** A real model words its calls as it likes. */
  readonly isScripted: boolean
  /** `2026-11-23`, where the providers are. */
  readonly today: string
  /** Who clicks: this program, or a person in a browser. */
  readonly clicks: 'automatic' | 'person'
}

/** The eight steps, in their order: each begins where the one before ended. */
export function tellStory({ world, model, isScripted, today, clicks }: Cast): readonly Step[] {
  const { emulator, requestsAfter } = world
  const todaysEvents = `What is on my calendar today, ${today}?`
  let messages: readonly ModelMessage[] = []
  let paused: Turn | undefined
  let link = ''

  async function ask(question: string): Promise<Turn> {
    say('user', question)
    messages = [...messages, { role: 'user', content: question }]
    const turn = await runAgent(model, messages)
    for (const { id, name, input } of callsOf(turn.messages.slice(messages.length))) {
      say('model', `${name}(${JSON.stringify(input)})  ${id}`)
    }
    return turn
  }

  async function resume(turn: Turn): Promise<Turn> {
    const resumed = await resumeAgent(model, turn)
    say('agent', resumed.text)
    return resumed
  }

  function expectInterrupt(turn: Turn, reason: Interrupt['reason']): string {
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
  }

  async function connect(link: string): Promise<void> {
    const tick = await emulator.log.tick()
    if (clicks === 'automatic') {
      const { url, pages } = await clickThrough(link)
      say('browser', `said yes on ${pages} pages, came back to ${new URL(url).pathname}`)
      check(new URL(url).pathname === '/connected', 'the browser is back in the app', url)
    } else {
      say('browser', 'waiting for you')
      const returned = world.app.nextReturn()
      openLink(link)
      await returned
    }
    check((await codesRedeemed(tick)).length === 1, 'one code was redeemed at the provider')
  }

  async function codesRedeemed(tick: number): Promise<readonly LogEntry[]> {
    const requests = await requestsAfter(tick, 'token')
    return requests.filter(
      ({ grantType, issued }) => grantType === 'authorization_code' && issued.accessToken,
    )
  }

  async function refreshesAfter(after: number): Promise<readonly LogEntry[]> {
    // Of whichever user: a provider that is down does not get to know whose token it is.
    return await emulator.log.refreshes({ provider: 'google', after })
  }

  /** The vault takes the token for expired by its own clock, the provider by its virtual one. */
  async function letTokenExpire(): Promise<void> {
    const issued = (await requestsAfter(0, 'token')).findLast((entry) => entry.issued.accessToken)
    const wornOutAt = (issued?.at ?? 0) + tokenLifeSeconds - 30 + 1
    while ((await emulator.now()) < wornOutAt) await wait(100)
    await emulator.advance(tokenLifeSeconds)
    say('time', 'the access token has expired')
  }

  return [
    {
      title: 'Nothing is connected: the run pauses, with a link',
      run: async () => {
        const tick = await emulator.log.tick()
        paused = await ask(todaysEvents)
        link = expectInterrupt(paused, 'not_connected')
        check((await requestsAfter(tick, 'api')).length === 0, "the provider's API was not called")
      },
    },
    {
      title: 'The user connects',
      run: async () => {
        await connect(link)
      },
    },
    {
      title: 'The same run goes on: same tool call, now with a token',
      run: async () => {
        const before = paused
        if (before === undefined) throw new Error('No run has paused')
        const tick = await emulator.log.tick()
        const turn = await resume(before)
        const asked = before.interrupts.map(({ toolCallId }) => toolCallId)
        const answered = answeredIds(turn.messages.slice(before.messages.length))
        check(
          asked.every((id) => answered.includes(id)),
          `${asked.join(', ')} has its result`,
          answered,
        )
        const calls = await requestsAfter(tick, 'api')
        check(succeeded(calls) === asked.length, 'the provider saw the call, as this user', calls)
        messages = turn.messages
      },
    },
    {
      title: 'The token expires, five tools ask at once, the vault refreshes once',
      run: async () => {
        await letTokenExpire()
        const tick = await emulator.log.tick()
        const turn = await ask('And in the next five days? Ask for all five days at once.')
        say('agent', turn.text)
        const calls = await requestsAfter(tick, 'api')
        check(
          isScripted ? succeeded(calls) === 5 : succeeded(calls) > 0,
          `${succeeded(calls)} calls were answered`,
          calls.map(({ outcome }) => outcome),
        )
        const refreshes = await refreshesAfter(tick)
        check(refreshes.length === 1, 'the provider saw exactly one refresh', refreshes.length)
        messages = turn.messages
      },
    },
    {
      title: 'One scope more: step up, and go on',
      run: async () => {
        const turn = await ask('What is my full name? Use your tool.')
        await connect(expectInterrupt(turn, 'scopes_missing'))
        const tick = await emulator.log.tick()
        const resumed = await resume(turn)
        const calls = await requestsAfter(tick, 'userinfo')
        check(succeeded(calls) === 1, 'the provider answered with the name', calls)
        check(/Demo User/.test(JSON.stringify(resumed.messages)), 'the agent knows it')
        messages = resumed.messages
      },
    },
    {
      title: 'The user takes the access back at the provider',
      run: async () => {
        await emulator.revokeGrant({ provider: 'google', user: world.user })
        const tick = await emulator.log.tick()
        const conversation = messages
        const turn = await ask(todaysEvents)
        const reconnectLink = expectInterrupt(turn, 'reconnect_required')
        check(succeeded(await requestsAfter(tick, 'api')) === 0, 'no call was answered')
        await connect(reconnectLink)
        // The tool had begun, so its run is started again.
        messages = conversation
        const again = await ask(todaysEvents)
        say('agent', again.text)
        check(again.interrupts.length === 0 && again.errors.length === 0, 'it works again')
        messages = again.messages
      },
    },
    {
      title: 'The provider is down: an outage is no reason to ask the user',
      run: async () => {
        await letTokenExpire()
        const fault = { kind: 'server_error', status: 503 } as const
        await emulator.faults.add('google', { at: 'refresh', fault, times: 'always' })
        const tick = await emulator.log.tick()
        const turn = await ask(todaysEvents)
        say('agent', turn.text)
        const codes = turn.errors.map((error) => findValetKeyError(error)?.code)
        check(
          codes.length > 0 && codes.every((code) => code === 'provider_unavailable'),
          'the tool fails with provider_unavailable',
          turn.errors.map(String),
        )
        check(turn.interrupts.length === 0, 'nobody is interrupted')
        const refreshes = await refreshesAfter(tick)
        check(
          refreshes.length > 0 && refreshes.every(({ fault: played }) => played !== undefined),
          `the provider answered ${refreshes.length} of ${refreshes.length} refreshes with 503`,
        )
        await emulator.faults.clear({ provider: 'google' })
      },
    },
    {
      title: 'Every hand-out is in the audit log, and the log is whole',
      run: async () => {
        const { ok, output } = world.verifyAudit()
        say('vault', output)
        check(ok, 'valetkey audit verify agrees', output)
        const tokens = (await emulator.log.entries()).flatMap(({ issued }) =>
          [issued.accessToken, issued.refreshToken].filter((token) => token !== undefined),
        )
        const conversation = JSON.stringify(messages)
        check(
          tokens.length > 0 && tokens.every((token) => !conversation.includes(token)),
          `none of the ${tokens.length} tokens the provider issued is in the conversation`,
        )
      },
    },
  ]
}

function succeeded(requests: readonly LogEntry[]): number {
  return requests.filter(
    ({ outcome }) => outcome !== undefined && 'status' in outcome && outcome.status === 200,
  ).length
}
