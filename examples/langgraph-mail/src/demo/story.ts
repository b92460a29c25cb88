import { check } from '@valetkey-examples/backstage/check'
import type { Step } from '@valetkey-examples/backstage/play'
import { say } from '@valetkey-examples/backstage/terminal'
import { clickThrough } from '@valetkey-examples/backstage/user-browser'
import type { Turn, TurnRequest } from '../turn-request.ts'
import type { World } from './world.ts'

const request = 'Write to bob@example.com: lunch on Friday, at noon as always?'

/** The steps, in their order: each begins where the one before ended. */
export function tellStory({ takeTurn, sentMails, ...world }: World): readonly Step[] {
  const thread = { id: 'thread-1', user: world.user }
  const processIds = new Set<number>()
  let turn: Turn | undefined

  async function next(asked: Omit<TurnRequest, 'thread'>): Promise<Turn> {
    turn = await takeTurn({ thread, ...asked })
    say('process', `${turn.processId}, which has ended`)
    check(!processIds.has(turn.processId), 'it was a new process', turn)
    processIds.add(turn.processId)
    return turn
  }

  function reached(): Turn {
    if (turn === undefined) throw new Error('Nothing has been said yet')
    return turn
  }

  async function expectSent(count: number): Promise<void> {
    const mails = await sentMails()
    check(mails.length === count, `the provider has seen ${count} mails of this user`, mails)
  }

  return [
    {
      title: 'The agent shall send a mail: nothing is connected, so the run pauses',
      run: async () => {
        say('user', request)
        const { interrupts } = await next({ say: request })
        const [pending] = interrupts
        check(pending?.interrupt.reason === 'not_connected', 'it waits: not_connected', interrupts)
        say('tells', pending?.interrupt.message ?? '')
        await expectSent(0)
      },
    },
    {
      title: 'Going on without connecting: a word is no account',
      run: async () => {
        const { interrupts } = await next({ answers: answersTo(reached(), true) })
        check(interrupts.length === 1, 'it waits again', interrupts)
        await expectSent(0)
      },
    },
    {
      title: 'The user connects Google',
      run: async () => {
        const [pending] = reached().interrupts
        if (pending?.interrupt.kind !== 'connect') throw new Error('Not a connect interrupt')
        const { href } = new URL(pending.interrupt.connectUrl ?? '', world.appUrl)
        say('link', href)
        const { url } = await clickThrough(href)
        check(new URL(url).pathname === '/connected', 'the browser is back in the app', url)
      },
    },
    {
      title: 'Another process goes on with the same call; now the tool has its own question',
      run: async () => {
        const { calls } = reached()
        const went = await next({ answers: answersTo(reached(), true) })
        check(went.interrupts.length === 0, 'nothing is to be connected', went.interrupts)
        check(went.calls.join() === calls.join() && calls.length === 1, 'it is the same call')
        check(went.questions.length === 1, '"I have connected" was no answer to it', went)
        say('asks', went.questions[0]?.question ?? '')
        await expectSent(0)
      },
    },
    {
      title: 'The user says "send", and a further process sends the mail, once',
      run: async () => {
        const { text, questions } = await next({ answers: answersTo(reached(), 'send') })
        check(questions.length === 0, 'nothing waits', questions)
        say('agent', text)
        await expectSent(1)
      },
    },
    {
      title: 'No token is in the checkpoints',
      run: async () => {
        const issued = (await world.emulator.log.entries()).flatMap(({ issued: one }) => [
          one.accessToken,
          one.refreshToken,
        ])
        const tokens = [...issued, world.loginToken].filter((token) => token !== undefined)
        const stored = world.checkpoints()
        check(stored.includes('Friday'), 'the mail is in them, and a search finds it')
        check(
          tokens.length > 2 && tokens.every((token) => !stored.includes(token)),
          `none of the ${tokens.length} tokens of provider and login is`,
        )
      },
    },
  ]
}

/** The same answer to all that waits. */
function answersTo({ interrupts, questions }: Turn, answer: unknown): Record<string, unknown> {
  return Object.fromEntries([...interrupts, ...questions].map(({ id }) => [id, answer]))
}
