import { expect, test } from 'vitest'
import { callsOfStream, type LangGraphStream, settleStream } from './langgraph-stream.ts'

const value = {
  type: 'valetkey.interrupt',
  version: 1,
  message: 'Log in.',
  kind: 'login',
  reason: 'login_required',
} as const
const done = { type: 'valetkey.resume', version: 1, outcome: 'done' }
const declined = { ...done, outcome: 'declined' }

/** A graph that is interrupted so, and what it was resumed with. */
function streamWith(interrupts: LangGraphStream['interrupts'], isLoading = false) {
  const resumed: unknown[] = []
  const stream: LangGraphStream = {
    isLoading,
    interrupts,
    submit: async (_values, { command }) => void resumed.push(command.resume),
  }
  return { stream, resumed, calls: callsOfStream(stream, {}) }
}

test('finds its own interrupts among those of others, and leaves the others to the app', () => {
  const { stream, calls, resumed } = streamWith([
    { id: 'a', value },
    { id: 'b', value: { question: 'Send it?' } },
    { id: 'c', value: JSON.stringify(value) },
    { id: 'd' },
  ])

  expect(calls.map(({ id }) => id)).toEqual(['a', 'c'])
  settleStream(
    stream,
    calls,
    new Map([
      ['a', 'resume'],
      ['c', 'decline'],
    ]),
  )
  expect(resumed).toEqual([{ a: done, c: declined }])
})

test('answers an interrupt without an id by its value alone', () => {
  const { stream, calls, resumed } = streamWith([{ value }])
  const [call] = calls

  settleStream(stream, calls, new Map([[call?.pause ?? '', 'resume']]))

  expect(resumed).toEqual([done])
})

test('shows and answers nothing while the graph runs', () => {
  const { stream, calls } = streamWith([{ id: 'a', value }], true)
  const earlier = streamWith([{ id: 'a', value }]).calls

  expect(calls).toEqual([])
  expect(settleStream(stream, earlier, new Map([['a', 'resume']]))).toBeUndefined()
})

test('waits until all are answered, and answers LangChain by its own way', async () => {
  const responses: unknown[] = []
  const stream = {
    isLoading: false,
    interrupts: [
      { id: 'a', value },
      { id: 'b', value },
    ],
    respondAll: async (byId: Record<string, unknown>) => void responses.push(byId),
  }
  const calls = callsOfStream(stream, {})

  expect(settleStream(stream, calls, new Map([['b', 'resume']]))).toBeUndefined()
  const answers = new Map([
    ['a', 'decline'],
    ['b', 'resume'],
  ] as const)
  await settleStream(stream, calls, answers)?.run

  expect(responses).toEqual([{ a: declined, b: done }])
})
