import { expect, test } from 'vitest'

import { answerToProviderFailure } from './callback-answer.ts'

function answerTo(code: string) {
  return answerToProviderFailure({ code, kind: 'permanent', mayHaveBeenSpent: false })
}

/** RFC 6749 section 5.2: no quote, backslash or line break. */
const DESCRIPTION = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/

test.each(['access_denied', 'invalid_scope', 'temporarily_unavailable', 'login_required'])(
  'passes on %s, in words of ours',
  (code) => {
    const answer = answerTo(code)

    expect(answer.error).toBe(code)
    expect(answer.error_description).toMatch(DESCRIPTION)
  },
)

test.each([
  '',
  'server_error',
  'ACCESS_DENIED',
  '<script>',
  'toString',
  '__proto__',
  'invalid_client',
])('makes server_error of %j', (code) => {
  expect(answerTo(code).error).toBe('server_error')
})

test('tells an outage apart from a refusal', () => {
  const failure = { code: 'x', mayHaveBeenSpent: false }

  expect(answerToProviderFailure({ ...failure, kind: 'transient' }).error).toBe(
    'temporarily_unavailable',
  )
  expect(answerToProviderFailure({ ...failure, kind: 'permanent' }).error).toBe('server_error')
  expect(answerToProviderFailure({ ...failure, kind: 'operator' }).error).toBe('server_error')
})
