import { providers, type ProviderDefinition } from '@valetkey/providers'
import { describe, expect, test } from 'vitest'

import { parseJsonObject } from './parse-json-object.ts'
import { ProviderFailureError } from './provider-failure-error.ts'
import { providerTokensOf } from './provider-tokens-of.ts'
import { toStandardResponse } from './standard-response.ts'
import { readTokenMembers } from './token-members.ts'

const { google, github, slack, notion } = providers
const good = { access_token: 'token', token_type: 'Bearer', expires_in: 60 }

describe('RV-74, RV-93: members of a token response', () => {
  test.each([
    ['a CR LF in the token', { access_token: 'a\r\nx-injected: yes' }],
    ['a space in the token', { access_token: 'a b' }],
    ['an empty token', { access_token: '' }],
    ['no token', { access_token: undefined }],
    ['a number as token', { access_token: 7 }],
    ['an array as token', { access_token: ['a'] }],
    ['a token beyond ASCII', { access_token: 'tökén' }],
    ['a delete character', { access_token: 'a\u007f' }],
    ['a token of more than 16 KiB', { access_token: 'a'.repeat(16_385) }],
    ['a NUL in the refresh token', { refresh_token: 'a\0' }],
    ['an object as refresh token', { refresh_token: {} }],
    ['a line break in the ID token', { id_token: 'a\nb' }],
    ['no token type', { token_type: undefined }],
    ['a MAC token', { token_type: 'mac' }],
    ['a DPoP token', { token_type: 'DPoP' }],
    ['a word as expires_in', { expires_in: 'soon' }],
    ['an array as expires_in', { expires_in: [60] }],
    ['a hexadecimal expires_in', { expires_in: '0x10' }],
    ['an infinite expires_in', { expires_in: Infinity }],
    ['an array as scope', { scope: ['a'] }],
    ['a quote in a scope', { scope: 'a "b"' }],
    ['a line break in a scope', { scope: 'a\nb' }],
  ])('with %s are refused', (_name, wrong) => {
    expect(readTokenMembers(google, { ...good, ...wrong })).toBeUndefined()
  })

  test('of the longest token allowed are read', () => {
    const longest = 'a'.repeat(16_384)

    expect(readTokenMembers(google, { ...good, access_token: longest })?.accessToken).toBe(longest)
  })

  test.each<readonly [unknown, number | undefined]>([
    [3599, 3599],
    ['28800', 28_800],
    ['3599.9', 3599],
    [0, 1],
    [-5, 1],
    ['-5', 1],
    [1e12, 31_536_000],
    [null, undefined],
    [undefined, undefined],
  ])('read expires_in %j as %j', (value, seconds) => {
    expect(readTokenMembers(google, { ...good, expires_in: value })?.expiresInSeconds).toBe(seconds)
  })

  test('take any spelling of bearer, an empty or null refresh token for none, and nothing unknown', () => {
    const read = readTokenMembers(google, {
      ...good,
      token_type: 'BEARER',
      refresh_token: '',
      id_token: null,
      extra: 'x',
    })

    expect(read).toEqual({ accessToken: 'token', expiresInSeconds: 60 })
  })

  test.each<readonly [ProviderDefinition, string | undefined, readonly string[] | undefined]>([
    [google, 'a  b a', ['a', 'b']],
    [google, '', []],
    [google, undefined, undefined],
    [github, 'repo,read:user gist', ['repo', 'read:user', 'gist']],
    [github, '', []],
    [notion, '', undefined],
    [notion, 'whatever', undefined],
    [withScopes('absent_as_granted'), '', undefined],
    [withScopes('absent_as_granted'), 'a', ['a']],
  ])('read scopes as the provider writes them (%#)', (definition, scope, scopes) => {
    expect(readTokenMembers(definition, { ...good, scope })?.scopes).toEqual(scopes)
  })

  test('of Slack are the user’s, never the bot’s', () => {
    const bot = { access_token: 'xoxb', token_type: 'bot' }
    const user = { access_token: 'xoxp', token_type: 'user', scope: 'a,b' }

    expect(readTokenMembers(slack, { ...bot, authed_user: user })).toMatchObject({
      accessToken: 'xoxp',
      scopes: ['a', 'b'],
    })
    expect(readTokenMembers(slack, { ...user, team: {} })?.accessToken).toBe('xoxp')
    expect(readTokenMembers(slack, bot)).toBeUndefined()
    expect(readTokenMembers(slack, { ...bot, authed_user: { id: 'U1' } })).toBeUndefined()
    expect(readTokenMembers(slack, { ...bot, token_type: 'bearer' })).toBeUndefined()
  })

  function withScopes(scope: 'absent_as_granted'): ProviderDefinition {
    return { ...google, tokenResponse: { ...google.tokenResponse, scope } }
  }
})

describe('a provider’s answer as RFC 6749 has it', () => {
  test('GitHub’s form, and its errors with status 200', async () => {
    const form = 'access_token=gho_x&scope=repo%2Cgist&token_type=bearer'
    const type = 'application/x-www-form-urlencoded; charset=utf-8'
    const success = toStandardResponse(github, answer(200, form, type))
    const failure = toStandardResponse(github, answer(200, 'error=bad_verification_code', type))

    expect(await success.response.json()).toEqual({
      access_token: 'gho_x',
      token_type: 'bearer',
      scope: 'repo gist',
    })
    expect(failure.response.status).toBe(400)
    expect(await failure.response.json()).toEqual({ error: 'invalid_grant' })
    expect(failure.tokens).toBeUndefined()
  })

  test('a form is JSON gone wrong everywhere else', async () => {
    const { response } = toStandardResponse(
      google,
      answer(200, 'access_token=x&token_type=bearer', 'application/x-www-form-urlencoded'),
    )

    expect(await response.text()).toBe('')
  })

  test.each([
    [slack, { ok: false, error: 'invalid_refresh_token' }, 'invalid_grant'],
    [slack, { ok: false, error: 'bad_client_secret' }, 'invalid_client'],
    [slack, { ok: false, error: 'fatal_error' }, 'unknown'],
    [slack, { ok: false }, 'unknown'],
    [slack, { ok: false, error: 'x', access_token: 'xoxp', token_type: 'user' }, 'unknown'],
    [github, { error: 'incorrect_client_credentials' }, 'invalid_client'],
    [github, { error: 'bad_refresh_token' }, 'invalid_grant'],
    [google, { ...good, error: 'invalid_grant' }, 'invalid_grant'],
  ] as const)(
    'an error in a 200 becomes a 400 in the RFC’s words (%#)',
    async (definition, body, error) => {
      const { response } = toStandardResponse(definition, answer(200, JSON.stringify(body)))

      expect(response.status).toBe(400)
      expect(await response.json()).toEqual({ error })
    },
  )

  test('nothing that a provider says in an error goes further, but Retry-After', async () => {
    const body = JSON.stringify({ error: 'canary', error_description: 'canary', token: 'canary' })
    const { response } = toStandardResponse(google, {
      ...answer(429, body),
      headers: new Headers({
        'retry-after': '7',
        'www-authenticate': 'canary',
        'x-other': 'canary',
      }),
    })

    expect(JSON.stringify([await response.text(), ...response.headers])).not.toContain('canary')
    expect(response.headers.get('retry-after')).toBe('7')
    expect(response.status).toBe(429)
  })

  test.each([204, 205, 201, 299])(
    'a status of %i with tokens is a success, without them none',
    async (status) => {
      const full = toStandardResponse(google, answer(status, JSON.stringify(good)))
      const empty = toStandardResponse(google, answer(status, ''))

      expect(full.response.status).toBe(200)
      expect(full.tokens?.accessToken).toBe('token')
      expect(await empty.response.text()).toBe('')
      expect(empty.tokens).toBeUndefined()
    },
  )

  test.each([304, 399, 600, 999])('a status of %i is a failure, whatever the body', (status) => {
    for (const body of ['', '{}', '{"error":"x"}', JSON.stringify(good)]) {
      expect(() => toStandardResponse(google, answer(status, body))).toThrow(ProviderFailureError)
    }
  })
})

describe('JSON of someone else', () => {
  test.each(['', 'null', '[]', '"text"', '1', '{', '{"a":1}}', '<html>', '\u0000'])(
    '%j is no object',
    (text) => {
      expect(parseJsonObject(text)).toBeUndefined()
    },
  )

  test('may be nested 32 deep and no deeper, however large', () => {
    const nested = (depth: number): string => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`

    expect(parseJsonObject(nested(31))).toBeDefined()
    expect(parseJsonObject(nested(33))).toBeUndefined()
    expect(parseJsonObject(nested(100_000))).toBeUndefined()
  })

  test('changes no prototype', () => {
    const parsed = parseJsonObject('{"__proto__":{"access_token":"x","token_type":"bearer"}}')

    expect(readTokenMembers(google, parsed ?? {})).toBeUndefined()
  })
})

describe('lifetimes', () => {
  const options = { issuedAt: 1000, answers: 'code' } as const

  test('count from the start of the request', () => {
    const members = { accessToken: 'a', expiresInSeconds: 60, refreshTokenExpiresInSeconds: 600 }

    expect(providerTokensOf(notion, members, options)).toMatchObject({
      accessExpiresAt: 1060,
      refreshExpiresAt: 1600,
      issuedAt: 1000,
    })
  })

  test('that are not stated are the usual one, none, or none without a refresh token', () => {
    const expiry = (definition: ProviderDefinition, refreshToken?: string): number | undefined =>
      providerTokensOf(definition, { accessToken: 'a', refreshToken }, options).accessExpiresAt

    expect(expiry(google)).toBe(4599)
    expect(expiry(github)).toBeUndefined()
    expect(expiry(notion)).toBeUndefined()
    expect(expiry(slack)).toBeUndefined()
    expect(expiry(slack, 'r')).toBe(44_200)
    expect(
      providerTokensOf(slack, { accessToken: 'a' }, { ...options, answers: 'refresh' })
        .accessExpiresAt,
    ).toBe(44_200)
  })
})

function answer(
  status: number,
  body: string,
  type = 'application/json',
): Parameters<typeof toStandardResponse>[1] {
  return { ok: true, status, headers: new Headers({ 'content-type': type }), body }
}
