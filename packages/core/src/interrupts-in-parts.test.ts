import { describe, expect, test } from 'vitest'
import { FederatedConnectionInterrupt } from './interrupt-error.ts'
import { interruptsInParts } from './interrupts-in-parts.ts'
import { ValetKeyError } from './valet-key-error.ts'

const interrupt = {
  type: 'valetkey.interrupt',
  version: 1,
  message: 'Log in to go on.',
  kind: 'login',
  reason: 'login_required',
} as const
const json = JSON.stringify(interrupt)

test('finds interrupts in the parts of a message, in their order', () => {
  const parts = [
    { type: 'step-start' },
    { type: 'text', text: json },
    {
      type: 'tool-calendar',
      toolCallId: 'call-1',
      state: 'approval-requested',
      approval: { id: 'approval-1', requestReason: json },
    },
    { type: 'dynamic-tool', toolCallId: 'call-2', state: 'output-error', errorText: json },
  ]

  expect(interruptsInParts(parts)).toEqual([
    { interrupt, toolCallId: 'call-1', approvalId: 'approval-1' },
    { interrupt, toolCallId: 'call-2', approvalId: undefined },
  ])
})

test('offers no approval again that was given, and led to the interrupt', () => {
  const part = {
    type: 'tool-calendar',
    toolCallId: 'call-1',
    state: 'output-error',
    errorText: json,
    approval: { id: 'approval-1', approved: true, requestReason: json },
  }

  expect(interruptsInParts([part])).toEqual([
    { interrupt, toolCallId: 'call-1', approvalId: undefined },
  ])
})

test('finds interrupts in the content of a result, also in a wrapped error', () => {
  const error = new Error('The tool failed', { cause: Object.assign(login(), { interrupt }) })
  const content = [
    {
      type: 'tool-approval-request',
      approvalId: 'approval-1',
      reason: json,
      toolCall: { toolCallId: 'call-1' },
    },
    { type: 'tool-error', toolCallId: 'call-2', error },
  ]

  expect(interruptsInParts(content)).toEqual([
    { interrupt, toolCallId: 'call-1', approvalId: 'approval-1' },
    { interrupt, toolCallId: 'call-2', approvalId: undefined },
  ])
})

describe('a link to another site', () => {
  const connect = {
    ...interrupt,
    kind: 'connect',
    reason: 'not_connected',
    connection: 'google-oauth2',
    requiredScopes: [],
    missingScopes: [],
  } as const
  const linked = { ...connect, connectUrl: 'https://other.example/connect' }
  const text = JSON.stringify(linked)
  const call = { type: 'tool-x', toolCallId: 'call' }
  const thrown = new FederatedConnectionInterrupt(linked)
  const parts = [
    { ...call, state: 'output-error', errorText: text },
    { ...call, state: 'approval-requested', approval: { id: 'a', requestReason: text } },
    { ...call, type: 'tool-approval-request', approvalId: 'a', reason: text },
    { ...call, type: 'tool-error', error: thrown },
  ]

  test.each(parts)('is left out of $type, $state: a tool may have forged it', (part) => {
    expect(interruptsInParts([part]).map((pending) => pending.interrupt)).toEqual([connect])
  })

  test.each(parts)('is kept in $type, $state, where its origin is allowed', (part) => {
    const options = { connectOrigins: ['https://other.example'] }

    expect(interruptsInParts([part], options).map((pending) => pending.interrupt)).toEqual([linked])
  })
})

test.each([
  { part: { type: 'tool-x', toolCallId: 'call', state: 'approval-requested' } },
  { part: { type: 'tool-x', toolCallId: 'call', state: 'approval-requested', approval: null } },
  { part: { type: 'tool-x', toolCallId: 'call', state: 'approval-requested', approval: json } },
  {
    part: {
      type: 'tool-x',
      toolCallId: 'call',
      state: 'approval-requested',
      approval: { id: 'approval', requestReason: 'Shall I delete everything?' },
    },
  },
  {
    part: {
      type: 'tool-x',
      state: 'approval-requested',
      approval: { id: 'approval', requestReason: json },
    },
  },
  { part: { type: 'tool-x', toolCallId: {}, state: 'output-error', errorText: json } },
  { part: { type: 'tool-x', toolCallId: 'call', state: 'output-available', output: interrupt } },
  {
    part: {
      type: 'tool-x',
      toolCallId: 'call',
      state: 'output-error',
      errorText: `${json} ` + json,
    },
  },
  {
    part: {
      type: 'tool-x',
      toolCallId: 'call',
      state: 'output-error',
      errorText: JSON.stringify({ ...interrupt, token: 'smuggled' }),
    },
  },
  { part: { type: 'tool-error', toolCallId: 'call', error: new RangeError(json) } },
  { part: { type: 'tool-approval-request', approvalId: 'approval', reason: json } },
  {
    part: { type: 'tool-approval-request', approvalId: 'approval', reason: json, toolCall: 'call' },
  },
])('passes over %j', ({ part }) => {
  expect(interruptsInParts([part])).toEqual([])
})

function login(): ValetKeyError {
  return new ValetKeyError('login_required', 'Log in to go on.')
}
