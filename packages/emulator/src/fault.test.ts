import { expect, test } from 'vitest'

import { parseFaultPlan, type Fault } from './fault.ts'

const everyKind: readonly Fault[] = [
  { kind: 'delay', milliseconds: 5 },
  { kind: 'hold', when: 'after' },
  { kind: 'reset', when: 'midway' },
  { kind: 'truncated_body' },
  { kind: 'html', when: 'before' },
  { kind: 'rate_limited', retryAfterSeconds: 3 },
  { kind: 'server_error', status: 502, when: 'after' },
  { kind: 'error', error: 'invalid_grant', status: 403 },
  { kind: 'error_in_200', error: 'bad_refresh_token' },
  { kind: 'redirect', location: 'https://elsewhere.example/' },
  { kind: 'missing_expires_in' },
  { kind: 'missing_refresh_token' },
  { kind: 'narrowed_scope', scopes: ['email'] },
  { kind: 'odd_types' },
  { kind: 'control_characters' },
  { kind: 'huge_token', bytes: 10 },
  { kind: 'huge_body', bytes: 10 },
  { kind: 'deep_json', depth: 10 },
  { kind: 'not_an_object' },
  { kind: 'clock_skew', seconds: -30 },
]

test.each(everyKind)('takes $kind', (fault) => {
  expect(parseFaultPlan({ at: 'refresh', fault, times: 'always' })).toEqual({
    at: 'refresh',
    fault,
    times: 'always',
  })
})

test.each<readonly [string, unknown]>([
  ['A fault plan', null],
  ['A fault plan', []],
  ['"at"', { fault: { kind: 'hold' } }],
  ['"at"', { at: 'everywhere', fault: { kind: 'hold' } }],
  ['"times"', { at: 'token', fault: { kind: 'hold' }, times: 0 }],
  ['"times"', { at: 'token', fault: { kind: 'hold' }, times: 'often' }],
  ['"fault"', { at: 'token' }],
  ['"fault.kind"', { at: 'token', fault: {} }],
  ['"fault.kind"', { at: 'token', fault: { kind: 'toString' } }],
  ['"fault.milliseconds"', { at: 'token', fault: { kind: 'delay' } }],
  ['"fault.milliseconds"', { at: 'token', fault: { kind: 'delay', milliseconds: -1 } }],
  ['"fault.when"', { at: 'token', fault: { kind: 'html', when: 'midway' } }],
  ['"fault.status"', { at: 'token', fault: { kind: 'server_error', status: 200 } }],
  ['"fault.scopes"', { at: 'token', fault: { kind: 'narrowed_scope', scopes: 'a' } }],
  ['no field "typo"', { at: 'token', fault: { kind: 'hold', typo: 1 } }],
])('says that %s is wrong', (what, plan) => {
  expect(() => parseFaultPlan(plan)).toThrow(
    expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(what) }),
  )
})
