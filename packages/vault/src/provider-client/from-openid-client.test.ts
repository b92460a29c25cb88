import { ClientError } from 'openid-client'
import { describe, expect, test } from 'vitest'

import { failureOfErrorAnswer, failureOfOutbound, failureOfStatus } from './failure-classes.ts'
import { fromOpenIdClient } from './from-openid-client.ts'
import { ProviderFailureError } from './provider-failure-error.ts'

describe('R15: failure classes', () => {
  test.each([
    ['invalid_grant', 'permanent', false],
    ['invalid_client', 'operator', false],
    ['unauthorized_client', 'operator', false],
    ['invalid_scope', 'transient', false],
    ['server_error', 'transient', true],
  ] as const)('%s is %s', (error, kind, mayHaveBeenSpent) => {
    expect(failureOfErrorAnswer({ status: 400, error })).toMatchObject({
      kind,
      code: error,
      mayHaveBeenSpent,
    })
  })

  test.each([
    [401, 'operator', true],
    [408, 'transient', true],
    [429, 'transient', false],
    [500, 'transient', true],
    [503, 'transient', true],
    [400, 'transient', true],
    [418, 'transient', true],
    [201, 'transient', true],
  ] as const)('status %s alone is %s', (status, kind, mayHaveBeenSpent) => {
    expect(failureOfStatus(status)).toMatchObject({
      kind,
      code: `http_${status}`,
      mayHaveBeenSpent,
    })
  })

  test('throttling and outages are told by the status, whatever the body claims', () => {
    for (const status of [408, 429, 500, 503]) {
      expect(failureOfErrorAnswer({ status, error: 'invalid_grant' })).toMatchObject({
        kind: 'transient',
        code: `http_${status}`,
      })
    }
  })

  test('the words of the provider are never the code', () => {
    const error = 'secret-token-in-error'

    expect(failureOfErrorAnswer({ status: 400, error }).code).toBe('unknown_error')
    expect(failureOfErrorAnswer({ status: 401, error }).code).toBe('http_401')
    expect(failureOfErrorAnswer({ status: 400, error: '__proto__' }).code).toBe('unknown_error')
  })

  test('a request that was not sent spent nothing', () => {
    expect(failureOfOutbound({ ok: false, code: 'dns_failed', sent: false })).toEqual({
      kind: 'transient',
      code: 'dns_failed',
      mayHaveBeenSpent: false,
    })
    expect(failureOfOutbound({ ok: false, code: 'timeout', sent: true }).mayHaveBeenSpent).toBe(
      true,
    )
  })
})

describe('translation of openid-client’s errors', () => {
  const carried = new ProviderFailureError({
    kind: 'transient',
    code: 'timeout',
    mayHaveBeenSpent: true,
  })

  test.each<readonly [string, unknown, string]>([
    ['a failure of ours', carried, 'timeout'],
    ['a failure of ours, wrapped', new ClientError('wrapped', { cause: carried }), 'timeout'],
    [
      'a status that does not conform',
      clientError('OAUTH_RESPONSE_IS_NOT_CONFORM', 502),
      'http_502',
    ],
    ['a missing response', clientError('OAUTH_RESPONSE_IS_NOT_CONFORM'), 'unexpected'],
    ['text instead of JSON', clientError('OAUTH_RESPONSE_IS_NOT_JSON'), 'not_json'],
    ['broken JSON', clientError('OAUTH_PARSE_ERROR'), 'not_json'],
    ['a wrong member', clientError('OAUTH_INVALID_RESPONSE'), 'invalid_answer'],
    ['a wrong token type', clientError('OAUTH_UNSUPPORTED_OPERATION'), 'invalid_answer'],
    ['a code of a later version', clientError('OAUTH_SOMETHING_NEW'), 'unexpected'],
    ['no code', new ClientError('something went wrong'), 'unexpected'],
    ['a bug', new TypeError('x is not a function'), 'unexpected'],
    ['no error at all', 'thrown text', 'unexpected'],
    ['nothing', undefined, 'unexpected'],
  ])('%s', (_name, error, code) => {
    expect(fromOpenIdClient(error, 0)).toMatchObject({
      kind: 'transient',
      code,
      mayHaveBeenSpent: true,
    })
  })
})

function clientError(code: string, status?: number): ClientError {
  const cause = status === undefined ? undefined : new Response('', { status })
  return Object.assign(new ClientError('message with secret', { cause }), { code })
}
