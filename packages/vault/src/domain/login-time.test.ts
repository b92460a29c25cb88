import { expect, test } from 'vitest'

import { loginTime } from './login-time.ts'

test.each([
  { said: undefined, at: 1_000 },
  { said: 400, at: 400 },
  { said: 1_000, at: 1_000 },
  { said: 9_999_999_999, at: 1_000 },
])('a login that the provider dates $said was at $at', ({ said, at }) => {
  expect(loginTime(said, 1_000)).toBe(at)
})
