import { findValetKeyError } from '@valetkey/vercel-ai'
import type { Turn } from '../agent.ts'
import { auth } from '../lib/auth.ts'
import { endLogin } from '../lib/vault-login.ts'
import { check } from '@valetkey-examples/backstage/check'
import { type Cast, createStage, type Stage, succeeded } from './stage.ts'
import type { Step } from '@valetkey-examples/backstage/play'
import { say } from '@valetkey-examples/backstage/terminal'

/** The steps, in their order: each begins where the one before ended. */
export function tellStory(cast: Cast): readonly Step[] {
  const stage = createStage(cast)
  const shared = [tokenExpires(cast, stage)]
  const ending = [accessTakenBack(cast, stage), providerIsDown(cast, stage)]
  return cast.issuer === 'vault'
    ? [
        ...loginConnects(cast, stage),
        ...shared,
        ...oneAccountMore(cast, stage),
        ...ending,
        loginEnds(cast, stage),
        auditIsWhole(cast, stage),
      ]
    : [
        ...firstConnect(cast, stage),
        ...shared,
        oneScopeMore(stage),
        ...ending,
        auditIsWhole(cast, stage),
      ]
}

/** A login at the vault. */
function loginConnects(cast: Cast, { visit, ask }: Stage): readonly Step[] {
  const { emulator, app, requestsAfter } = cast.world
  return [
    {
      title: 'The user signs in with Google, at the vault: Google is connected at once',
      run: async () => {
        say('link', `${app.url}/login`)
        await visit(`${app.url}/login`, '/welcome')
        const { user, refreshToken = '' } = (await auth.getSession()) ?? {}
        check(user === `${cast.world.user}@example.com`, `the app knows who it is: ${user}`)
        const issued = (await emulator.log.entries()).flatMap((entry) =>
          Object.values(entry.issued),
        )
        check(
          refreshToken !== '' && issued.length > 0 && !issued.includes(refreshToken),
          "it has a refresh token of the vault's, and none of Google's",
        )
      },
    },
    {
      title: 'The agent reads the calendar: there is nothing to connect',
      run: async () => {
        const tick = await emulator.log.tick()
        const turn = await ask(todaysEvents(cast))
        say('agent', turn.text)
        check(turn.interrupts.length === 0, 'the run does not pause', turn.errors.map(String))
        const calls = await requestsAfter(tick, 'api')
        check(succeeded(calls) > 0, 'the provider saw the call, as this user', calls)
      },
    },
  ]
}

/** A login elsewhere: the vault has never heard of the user. */
function firstConnect(cast: Cast, stage: Stage): readonly Step[] {
  const titles = {
    pause: 'Nothing is connected: the run pauses, with a link',
    connect: 'The user connects',
    resume: 'The same run goes on: same tool call, now with a token',
  }
  return pauseAndConnect(cast, stage, { titles, question: todaysEvents(cast), provider: 'google' })
}

function oneAccountMore(cast: Cast, stage: Stage): readonly Step[] {
  const titles = {
    pause: 'One account more: GitHub is not connected, and the run pauses with a link',
    connect: 'The user connects GitHub',
    resume: 'The same run goes on: same tool call, now with a token',
  }
  const question = 'Which repositories do I have? Use your tool.'
  return pauseAndConnect(cast, stage, { titles, question, provider: 'github' })
}

interface Connecting {
  readonly titles: Readonly<Record<'pause' | 'connect' | 'resume', string>>
  readonly question: string
  readonly provider: string
}

function pauseAndConnect(
  { world: { emulator, requestsAfter } }: Cast,
  { ask, expectLink, visit, resume }: Stage,
  { titles, question, provider }: Connecting,
): readonly Step[] {
  let paused: Turn | undefined
  let link = ''
  return [
    {
      title: titles.pause,
      run: async () => {
        const tick = await emulator.log.tick()
        paused = await ask(question)
        link = expectLink(paused, 'not_connected')
        const calls = await requestsAfter(tick, 'api', provider)
        check(calls.length === 0, "the provider's API was not called", calls)
      },
    },
    { title: titles.connect, run: async () => await visit(link, '/connected', provider) },
    {
      title: titles.resume,
      run: async () => {
        if (paused === undefined) throw new Error('No run has paused')
        await resume(paused, 'api', provider)
      },
    },
  ]
}

function tokenExpires(
  { world: { emulator, requestsAfter }, isScripted }: Cast,
  { letTokenExpire, ask, refreshesAfter }: Stage,
): Step {
  return {
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
    },
  }
}

function oneScopeMore({ ask, visit, expectLink, resume }: Stage): Step {
  return {
    title: 'One scope more: step up, and go on',
    run: async () => {
      const turn = await ask('What is my full name? Use your tool.')
      await visit(expectLink(turn, 'scopes_missing'), '/connected')
      const resumed = await resume(turn, 'userinfo')
      check(/Demo User/.test(JSON.stringify(resumed.messages)), 'the agent knows it')
    },
  }
}

function accessTakenBack(cast: Cast, stage: Stage): Step {
  const { emulator, user, requestsAfter } = cast.world
  const { messages, goBackTo, ask, expectLink, visit } = stage
  return {
    title: 'The user takes the access back at the provider',
    run: async () => {
      await emulator.revokeGrant({ provider: 'google', user })
      const tick = await emulator.log.tick()
      const conversation = messages()
      const turn = await ask(todaysEvents(cast))
      const link = expectLink(turn, 'reconnect_required')
      check(succeeded(await requestsAfter(tick, 'api')) === 0, 'no call was answered')
      await visit(link, '/connected')
      // The tool had begun, so its run is started again.
      goBackTo(conversation)
      const again = await ask(todaysEvents(cast))
      say('agent', again.text)
      check(again.interrupts.length === 0 && again.errors.length === 0, 'it works again')
    },
  }
}

function providerIsDown(cast: Cast, { letTokenExpire, ask, refreshesAfter }: Stage): Step {
  const { emulator } = cast.world
  return {
    title: 'The provider is down: an outage is no reason to ask the user',
    run: async () => {
      await letTokenExpire()
      const fault = { kind: 'server_error', status: 503 } as const
      await emulator.faults.add('google', { at: 'refresh', fault, times: 'always' })
      const tick = await emulator.log.tick()
      const turn = await ask(todaysEvents(cast))
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
  }
}

/** The app still has the refresh token; the vault does not take it any more. */
function loginEnds(cast: Cast, { ask }: Stage): Step {
  const { emulator, requestsAfter } = cast.world
  return {
    title: 'The user logs out: the agent gets nothing more',
    run: async () => {
      const session = await auth.getSession()
      if (session === undefined) throw new Error('Nobody is logged in')
      await endLogin(session)
      const tick = await emulator.log.tick()
      const turn = await ask(todaysEvents(cast))
      const reasons = turn.interrupts.map(({ interrupt }) => interrupt.reason)
      check(
        reasons.length > 0 && reasons.every((reason) => reason === 'login_required'),
        'the run pauses: login_required',
        [reasons, turn.errors.map(String)],
      )
      check((await requestsAfter(tick, 'api')).length === 0, "the provider's API was not called")
    },
  }
}

function auditIsWhole({ world: { emulator, verifyAudit } }: Cast, { messages }: Stage): Step {
  return {
    title: 'Every hand-out is in the audit log, and the log is whole',
    run: async () => {
      const { ok, output } = await verifyAudit()
      say('vault', output)
      check(ok, 'valetkey audit verify agrees', output)
      const { refreshToken, accessToken } = (await auth.getSession()) ?? {}
      const issued = (await emulator.log.entries()).map((entry) => entry.issued)
      const tokens = issued
        .flatMap((one) => [one.accessToken, one.refreshToken])
        .concat(refreshToken, accessToken)
        .filter((token) => token !== undefined)
      const conversation = JSON.stringify(messages())
      check(
        tokens.length > 2 && tokens.every((token) => !conversation.includes(token)),
        `none of the ${tokens.length} tokens of providers and login is in the conversation`,
      )
    },
  }
}

function todaysEvents({ today }: Cast): string {
  return `What is on my calendar today, ${today}?`
}
