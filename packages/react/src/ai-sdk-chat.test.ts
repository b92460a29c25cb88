import { describe, expect, test } from 'vitest'
import { type AiSdkChat, callsOfChat, settleChat } from './ai-sdk-chat.ts'
import type { Answer } from './waiting-call.ts'

const text = JSON.stringify({
  type: 'valetkey.interrupt',
  version: 1,
  message: 'Log in.',
  kind: 'login',
  reason: 'login_required',
})
const approval = (call: string) => ({
  type: 'tool-x',
  toolCallId: call,
  state: 'approval-requested',
  approval: { id: `approval-of-${call}`, requestReason: text },
})
const failure = (call: string) => ({
  type: 'tool-x',
  toolCallId: call,
  state: 'output-error',
  errorText: text,
})

/** A chat whose last answer has these parts, and what it was told. */
function chatWith(parts: readonly object[], status = 'ready') {
  const told: string[] = []
  const chat: AiSdkChat = {
    status,
    messages: [{ id: 'message', role: 'assistant', parts: parts as { type: string }[] }],
    regenerate: async () => void told.push('regenerate'),
    sendMessage: async () => void told.push('go on'),
    addToolApprovalResponse: ({ id, approved }) => void told.push(`${id}: ${approved}`),
  }
  const calls = callsOfChat(chat, {})
  return {
    chat,
    calls,
    told,
    /** Settles with answers by call. */
    settle: (answers: Readonly<Record<string, Answer>>) =>
      settleChat(
        chat,
        calls,
        new Map(calls.flatMap(({ id, pause }) => (answers[id] ? [[pause, answers[id]]] : []))),
      ).map(({ id }) => id),
  }
}

test('names the pauses of one call apart: before it ran, after it failed, in another message', () => {
  const [before] = chatWith([approval('a')]).calls
  const [after] = chatWith([failure('a')]).calls

  expect(before?.id).toBe(after?.id)
  expect(before?.pause).not.toBe(after?.pause)
})

test('looks at nothing but the last answer', () => {
  const { chat } = chatWith([approval('a')])
  const question = { id: 'next', role: 'user', parts: [approval('b')] }

  expect(callsOfChat({ ...chat, messages: [] }, {})).toEqual([])
  expect(callsOfChat({ ...chat, messages: [...chat.messages, question] }, {})).toEqual([])
})

test('answers approvals at once, also while the answer still comes', () => {
  const { settle, told } = chatWith([approval('a'), approval('b')], 'streaming')

  expect(settle({ b: 'decline' })).toEqual(['b'])
  expect(told).toEqual(['approval-of-b: false'])
})

describe('where a call failed', () => {
  test.each([
    { answers: { a: 'resume' }, status: 'ready' },
    { answers: { a: 'resume', b: 'resume' }, status: 'streaming' },
    { answers: { a: 'resume', b: 'resume' }, status: 'submitted' },
  ] as const)('waits: $answers, $status', ({ answers, status }) => {
    const { settle, told } = chatWith([failure('a'), failure('b')], status)

    expect(settle(answers)).toEqual([])
    expect(told).toEqual([])
  })

  test.each([
    { answers: { a: 'resume', b: 'resume' }, told: ['regenerate'] },
    { answers: { a: 'decline', b: 'resume' }, told: ['regenerate'] },
    { answers: { a: 'decline', b: 'decline' }, told: ['go on'] },
  ] as const)(
    'once all are answered, says one thing: $answers → $told',
    ({ answers, told: expected }) => {
      const { settle, told } = chatWith([failure('a'), failure('b')])

      expect(settle(answers)).toEqual(['a', 'b'])
      expect(told).toEqual(expected)
    },
  )
})

describe('where one call failed and another waits for approval', () => {
  const parts = [failure('failed'), approval('paused')]

  test('holds the approval back: a call that ran now would run again with the answer', () => {
    const { settle, told } = chatWith(parts)

    expect(settle({ paused: 'resume' })).toEqual([])
    expect(told).toEqual([])
  })

  test('makes the answer anew where the failed call is to run', () => {
    const { settle, told } = chatWith(parts)

    expect(settle({ failed: 'resume', paused: 'resume' })).toEqual(['failed', 'paused'])
    expect(told).toEqual(['regenerate'])
  })

  test('answers the approval where the failed call is not to run', () => {
    const { settle, told } = chatWith(parts)

    expect(settle({ failed: 'decline', paused: 'resume' })).toEqual(['failed', 'paused'])
    expect(told).toEqual(['approval-of-paused: true'])
  })
})
