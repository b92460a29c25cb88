import { expect, test } from 'vitest'
import { getInterrupts } from './get-interrupts.ts'

const login = {
  type: 'valetkey.interrupt',
  version: 1,
  message: 'Log in to go on.',
  kind: 'login',
  reason: 'login_required',
} as const
const connect = {
  ...login,
  kind: 'connect',
  reason: 'not_connected',
  connection: 'google-oauth2',
  requiredScopes: [],
  missingScopes: [],
} as const
const pauses = [
  { id: 'one', value: login },
  { id: 'other', value: 'Shall I send it?' },
  { id: 'two', value: connect },
]
const found = [
  { interrupt: login, id: 'one' },
  { interrupt: connect, id: 'two' },
]

test.each([
  ['what invoke gave', { messages: [], __interrupt__: pauses }],
  [
    'a snapshot of the state',
    { values: {}, tasks: [{ interrupts: pauses.slice(0, 2) }, { interrupts: pauses.slice(2) }] },
  ],
  ['a chunk of one mode', { __interrupt__: pauses }],
  ['a chunk of several modes', ['updates', { __interrupt__: pauses }]],
  ['a chunk of a subgraph', [['tools:1'], 'updates', { __interrupt__: pauses }]],
  ['a state that names them twice', { __interrupt__: pauses, tasks: [{ interrupts: pauses }] }],
])('finds ours, in their order, in %s', (_, state) => {
  expect(getInterrupts(state)).toEqual(found)
})

test('takes a link to another site only from origins that are named', () => {
  const linked = { ...connect, connectUrl: 'https://other.example/connect' }
  const state = { __interrupt__: [{ id: 'one', value: linked }] }

  expect(getInterrupts(state)).toEqual([{ interrupt: connect, id: 'one' }])
  expect(getInterrupts(state, { connectOrigins: ['https://other.example'] })).toEqual([
    { interrupt: linked, id: 'one' },
  ])
  expect(() => getInterrupts(state, { connectOrigins: ['/path'] })).toThrow(TypeError)
})

const revoked = Proxy.revocable([], {})
revoked.revoke()
const hostile = {
  get value(): never {
    throw new Error('Hostile')
  },
}
const loop: unknown[] = []
loop.push(loop, { __interrupt__: pauses })

test.each([
  ['nothing', undefined],
  ['null', null],
  ['a text', JSON.stringify({ __interrupt__: pauses })],
  ['a number', 7],
  ['no list', { __interrupt__: { 0: pauses[0], length: 1 }, tasks: 'tasks' }],
  ['no pause', { __interrupt__: [null, 'text', 7, [], {}] }],
  ['no id', { __interrupt__: [{ value: login }, { id: 7, value: login }] }],
  ['an unknown field', { __interrupt__: [{ id: 'one', value: { ...login, token: 'smuggled' } }] }],
  [
    'script behind the link',
    { __interrupt__: [{ id: 'one', value: { ...connect, connectUrl: 'javascript:alert(1)' } }] },
  ],
  ['a getter that throws', { __interrupt__: [{ id: 'one', value: hostile }] }],
  ['an entry whose getter throws', { tasks: [hostile, { interrupts: [hostile] }] }],
  ['a proxy that is gone', { __interrupt__: revoked.proxy, tasks: [revoked.proxy] }],
  ['an interrupt too deep for any chunk', [[[['updates', { __interrupt__: pauses }]]]]],
])('passes over %s', (_, state) => {
  expect(getInterrupts(state)).toEqual([])
})

test('ends in a loop, and finds what is beside a hostile value', () => {
  expect(getInterrupts(loop)).toEqual(found)
  expect(getInterrupts({ __interrupt__: [hostile, revoked.proxy, ...pauses] })).toEqual(found)
})
