import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  parseAccount,
  parseAccounts,
  parseAttempt,
  parseConnections,
  parseProblem,
} from './my-account-answer.ts'
import { parseErrorAnswer, parseTokenAnswer } from './token-answer.ts'

const runs = Number(process.env['FUZZ_RUNS'] ?? 300)

const good = {
  access_token: 'tok',
  token_type: 'bearer',
  expires_in: 10,
  scope: 'a  b',
  connection: 'github',
  account: 'cac_1',
  generation: 3,
  api_origins: ['https://api.example.com/v1'],
  api_errors: 'slack_ok_false',
}

test('a whole answer is read', () => {
  expect(parseTokenAnswer(JSON.stringify(good))).toEqual({
    accessToken: 'tok',
    tokenType: 'Bearer',
    expiresInSeconds: 10,
    scopes: ['a', 'b'],
    connection: 'github',
    account: 'cac_1',
    generation: 3,
    apiOrigins: [{ origin: 'https://api.example.com', pathPrefix: '/v1/' }],
    apiErrors: 'slack_ok_false',
  })
})

test('a lifetime may come as digits, and a shape of tomorrow is left out', () => {
  const text = JSON.stringify({ ...good, expires_in: '3600', api_errors: 'new_shape' })

  expect(parseTokenAnswer(text)).toMatchObject({ expiresInSeconds: 3600, apiErrors: undefined })
})

test('no answer makes a reader throw, and what is read has its types', () => {
  const key = fc.constantFrom(
    ...Object.keys(good),
    'error',
    'accounts',
    'missing_scope',
    'next',
    'connections',
    'id',
    'scopes',
    '__proto__',
  )
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(...Object.values(good)),
    fc.constant([good]),
  )
  const object = fc.dictionary(key, value).map((change) => JSON.stringify({ ...good, ...change }))
  expect(() =>
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), object), (text) => {
        for (const parse of [
          parseAccount,
          parseAccounts,
          parseAttempt,
          parseConnections,
          parseProblem,
        ]) {
          parse(text)
        }
        return isSoundToken(parseTokenAnswer(text)) && isSoundError(parseErrorAnswer(text))
      }),
      { numRuns: runs },
    ),
  ).not.toThrow()
})

function isSoundToken(answer: ReturnType<typeof parseTokenAnswer>): boolean {
  return (
    answer === undefined ||
    (/^[\x21-\x7e]+$/.test(answer.accessToken) &&
      (answer.expiresInSeconds ?? 0) >= 0 &&
      /^cac_[A-Za-z0-9]+$/.test(answer.account ?? 'cac_x'))
  )
}

function isSoundError(answer: ReturnType<typeof parseErrorAnswer>): boolean {
  return (
    answer === undefined ||
    (answer.error !== '' &&
      answer.missingScopes.length <= 100 &&
      (answer.accounts ?? []).length <= 100)
  )
}
