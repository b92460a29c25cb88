import type { RefreshTokenRotation } from '@valetkey/providers'
import { describe, expect, test } from 'vitest'

import { hasRefreshTokenExpired, judgeRotation, type RefreshTokenHistory } from './rotation.ts'

const NOW = 1_000

const fresh: RefreshTokenHistory = { issuedAt: 900, behind: 0 }
const usedOnce: RefreshTokenHistory = {
  issuedAt: 900,
  firstUsedAt: 990,
  lastUsedAt: 990,
  behind: 1,
}
const twoBehind: RefreshTokenHistory = { ...usedOnce, behind: 2 }

const TAKEN = {
  new: { accepted: true, next: 'new' },
  same: { accepted: true, next: 'same' },
  none: { accepted: true, next: 'none' },
} as const
const REFUSED = { accepted: false, familyEnds: false } as const
const FATAL = { accepted: false, familyEnds: true } as const

describe.each<{
  mode: RefreshTokenRotation
  first: object
  replay: object
  older: object
}>([
  { mode: { rotation: 'stable' }, first: TAKEN.none, replay: TAKEN.none, older: TAKEN.none },
  { mode: { rotation: 'same_token' }, first: TAKEN.same, replay: TAKEN.same, older: TAKEN.same },
  { mode: { rotation: 'overlapping' }, first: TAKEN.new, replay: TAKEN.new, older: TAKEN.new },
  { mode: { rotation: 'strict' }, first: TAKEN.new, replay: FATAL, older: FATAL },
  { mode: { rotation: 'single_use' }, first: TAKEN.new, replay: REFUSED, older: REFUSED },
  { mode: { rotation: 'last_two' }, first: TAKEN.new, replay: TAKEN.new, older: FATAL },
  {
    mode: { rotation: 'grace', graceSeconds: 11 },
    first: TAKEN.new,
    replay: TAKEN.new,
    older: TAKEN.new,
  },
  { mode: { rotation: 'grace', graceSeconds: 10 }, first: TAKEN.new, replay: FATAL, older: FATAL },
])('$mode', ({ mode, first, replay, older }) => {
  test('judges the first use', () => {
    expect(judgeRotation(mode, fresh, NOW)).toEqual(first)
  })

  test('judges a second use, ten seconds later', () => {
    expect(judgeRotation(mode, usedOnce, NOW)).toEqual(replay)
  })

  test('judges a use after two newer tokens', () => {
    expect(judgeRotation(mode, twoBehind, NOW)).toEqual(older)
  })
})

test.each([
  [{}, false],
  [{ absoluteLifetimeSeconds: 101 }, false],
  [{ absoluteLifetimeSeconds: 100 }, true],
  [{ idleLifetimeSeconds: 11 }, false],
  [{ idleLifetimeSeconds: 10 }, true],
  [{ absoluteLifetimeSeconds: 1_000, idleLifetimeSeconds: 10 }, true],
])('a token issued 100 s and used 10 s ago with %j has expired: %s', (life, expired) => {
  expect(hasRefreshTokenExpired(life, usedOnce, NOW)).toBe(expired)
})

test('an unused token idles since it was issued', () => {
  expect(hasRefreshTokenExpired({ idleLifetimeSeconds: 100 }, fresh, NOW)).toBe(true)
  expect(hasRefreshTokenExpired({ idleLifetimeSeconds: 101 }, fresh, NOW)).toBe(false)
})
