import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Account } from './account.ts'
import type { RotationMode } from './connection.ts'
import {
  decideAfterFailure,
  decideRefresh,
  type FailureQuestion,
  MIN_HANDED_OUT_SECONDS,
} from './decide-refresh.ts'
import type { ProviderFailure } from './provider-tokens.ts'

const NOW = 1_800_000_000
const HOUR = 3_600

describe('decideRefresh', () => {
  test.each<[string, number, string]>([
    ['fresh', HOUR, 'serve'],
    ['outside the margin', 361, 'serve'],
    ['within a tenth of its life', 360, 'serve_and_refresh'],
    ['half a minute', 30, 'serve_and_refresh'],
    ['less than half a minute', 29, 'refresh'],
    ['nothing', 0, 'refresh'],
    ['less than nothing', -HOUR, 'refresh'],
  ])('an hour`s token with %s left', (_, left, act) => {
    // An hour's margin would be 360 s, and is 300 at most.
    const expected = left === 360 ? 'serve' : act

    expect(decide({ accessExpiresAt: NOW + left, accessIssuedAt: NOW + left - HOUR })).toBe(
      expected,
    )
  })

  test.each<[string, number, number]>([
    ['five minutes of a day', 86_400, 300],
    ['a tenth of twenty minutes', 1_200, 120],
    ['a minute of five', 300, 60],
    ['half of a minute and a half', 90, 45],
  ])('the margin is %s', (_, life, margin) => {
    const at = (left: number): string =>
      decide({ accessExpiresAt: NOW + left, accessIssuedAt: NOW + left - life })

    expect(at(margin + 1)).toBe('serve')
    expect(at(margin)).toBe('serve_and_refresh')
  })

  test('each node begins at its own moment', () => {
    const account = anAccount({ accessExpiresAt: NOW + 310, accessIssuedAt: NOW + 310 - 86_400 })
    const behaviour = { refreshKillsAccessToken: false }

    expect(decideRefresh({ account, behaviour, now: NOW, jitter: 0 }).act).toBe('serve')
    expect(decideRefresh({ account, behaviour, now: NOW, jitter: 0.99 }).act).toBe(
      'serve_and_refresh',
    )
  })

  test('a token without expiry is good', () => {
    expect(decide({ accessExpiresAt: undefined })).toBe('serve')
    expect(decide({ accessExpiresAt: undefined, refreshToken: undefined })).toBe('serve')
  })

  test('without refresh token it is served to its end, and then only the user can help', () => {
    expect(decide({ accessExpiresAt: NOW + 30, refreshToken: undefined })).toBe('serve')
    expect(
      decideRefresh({
        account: anAccount({ accessExpiresAt: NOW + 29, refreshToken: undefined }),
        behaviour: { refreshKillsAccessToken: false },
        now: NOW,
        jitter: 0,
      }),
    ).toEqual({ act: 'reconnect', why: 'expired' })
  })

  test('where a refresh kills the token, it is not refreshed while others may use it', () => {
    const account = anAccount({ accessExpiresAt: NOW + 30 })
    const question = { account, behaviour: { refreshKillsAccessToken: true }, jitter: 0 }

    expect(decideRefresh({ ...question, now: NOW }).act).toBe('serve')
    expect(decideRefresh({ ...question, now: NOW + 1 }).act).toBe('refresh')
  })

  test('backing off: a good token is served, a bad one has to wait', () => {
    const refresh = { failCount: 3, nextAttemptAt: NOW + 20 }

    expect(decide({ accessExpiresAt: NOW + 40, refresh })).toBe('serve')
    expect(
      decideRefresh({
        account: anAccount({ accessExpiresAt: NOW + 5, refresh }),
        behaviour: { refreshKillsAccessToken: false },
        now: NOW,
        jitter: 0,
      }),
    ).toEqual({ act: 'wait', retryAfterSeconds: 20 })
    expect(decide({ accessExpiresAt: NOW, refresh: { failCount: 3, nextAttemptAt: NOW } })).toBe(
      'refresh',
    )
  })

  test('an ended account is never refreshed', () => {
    for (const state of ['revoked', 'reauth_required'] as const) {
      expect(decide({ state, accessExpiresAt: NOW + HOUR })).toBe('reconnect')
    }
  })

  test('RV-32: nothing with less than half a minute left is ever served', () => {
    fc.assert(
      fc.property(
        fc.record({
          state: fc.constantFrom('active', 'uncertain', 'reauth_required', 'revoked'),
          left: fc.integer({ min: -100_000, max: 100_000 }),
          life: fc.integer({ min: 1, max: 100_000 }),
          hasRefreshToken: fc.boolean(),
          nextAttemptAt: fc.option(fc.integer({ min: NOW - 500, max: NOW + 500 })),
          kills: fc.boolean(),
          jitter: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        ({ state, left, life, hasRefreshToken, nextAttemptAt, kills, jitter }) => {
          const { act } = decideRefresh({
            account: anAccount({
              state,
              accessExpiresAt: NOW + left,
              accessIssuedAt: NOW + left - life,
              ...(!hasRefreshToken && { refreshToken: undefined }),
              refresh: { failCount: 0, nextAttemptAt: nextAttemptAt ?? undefined },
            }),
            behaviour: { refreshKillsAccessToken: kills },
            now: NOW,
            jitter,
          })

          const hasEnded = state === 'revoked' || state === 'reauth_required'
          expect(left < MIN_HANDED_OUT_SECONDS && act.startsWith('serve')).toBe(false)
          expect(hasEnded ? act : 'reconnect').toBe('reconnect')
        },
      ),
    )
  })
})

describe('decideAfterFailure', () => {
  const modes: readonly RotationMode[] = ['stable', 'overlapping', 'grace', 'strict']

  test.each(modes.filter((mode) => mode !== 'strict'))(
    'a no of a provider with rotation %s is confirmed after 2 to 5 seconds',
    (rotation) => {
      expect(after({ failure: aNo(), rotation, random: 0 })).toEqual({
        act: 'confirm',
        afterSeconds: 2,
      })
      expect(after({ failure: aNo(), rotation, random: 0.999 })).toMatchObject({
        afterSeconds: expect.closeTo(5, 1),
      })
      expect(after({ failure: aNo(), rotation, isConfirmed: true })).toEqual({
        act: 'reconnect',
        why: 'revoked',
      })
    },
  )

  test('a no of a strict provider is believed at once', () => {
    expect(after({ failure: aNo(), rotation: 'strict' })).toEqual({
      act: 'reconnect',
      why: 'revoked',
    })
  })

  test('a no to a second presentation means that the rotation was lost', () => {
    expect(after({ failure: aNo(), rotation: 'strict', mayHaveBeenSpentBefore: true })).toEqual({
      act: 'reconnect',
      why: 'rotation_lost',
    })
    const confirmed = { mayHaveBeenSpentBefore: true, isConfirmed: true }
    expect(after({ failure: aNo(), rotation: 'grace', ...confirmed })).toMatchObject({
      why: 'rotation_lost',
    })
    expect(after({ failure: aNo(), rotation: 'stable', ...confirmed })).toMatchObject({
      why: 'revoked',
    })
  })

  test('a no after the refresh token`s own end is an expiry', () => {
    expect(
      after({ failure: aNo(), rotation: 'strict', account: { refreshExpiresAt: NOW } }),
    ).toMatchObject({ why: 'expired' })
  })

  test.each(modes)('a wrong client of ours changes no account`s state: %s', (rotation) => {
    const failure = { kind: 'operator', code: 'invalid_client', mayHaveBeenSpent: false } as const

    expect(after({ failure, rotation })).toEqual({
      act: 'release',
      state: 'active',
      intent: 'clear',
      backOffSeconds: 30,
    })
  })

  test('an account for which alone the client is refused is tried less and less', () => {
    const failure = { kind: 'operator', code: 'http_401', mayHaveBeenSpent: true } as const
    const account = { refresh: { failCount: 20 } }

    expect(after({ failure, rotation: 'stable', account, random: 0.99 })).toMatchObject({
      act: 'release',
      backOffSeconds: 297,
    })
  })

  test.each<[string, boolean, RotationMode, string, string]>([
    ['429', false, 'strict', 'active', 'clear'],
    ['connect_failed', false, 'grace', 'active', 'clear'],
    ['timeout', true, 'strict', 'uncertain', 'keep'],
    ['timeout', true, 'grace', 'uncertain', 'keep'],
    ['http_503', true, 'stable', 'active', 'keep'],
    ['http_503', true, 'overlapping', 'active', 'keep'],
  ])(
    '%s (spent: %s) of a %s provider leaves it %s, intent: %s',
    (code, spent, rotation, state, intent) => {
      const failure = { kind: 'transient', code, mayHaveBeenSpent: spent } as const

      expect(after({ failure, rotation })).toMatchObject({ act: 'release', state, intent })
    },
  )

  test('R15: a failure that proves nothing of this attempt says nothing of the one before', () => {
    const failure = { kind: 'transient', code: 'http_429', mayHaveBeenSpent: false } as const

    expect(after({ failure, rotation: 'strict', mayHaveBeenSpentBefore: true })).toMatchObject({
      state: 'uncertain',
      intent: 'keep',
    })
  })

  test.each<[number, number, number]>([
    [0, 0, 1],
    [0, 0.99, 1],
    [3, 0.99, 8],
    [3, 0.5, 4],
    [20, 0.99, 297],
    [1_000_000, 1, 300],
  ])('after %i failures, at %f, it waits %i s', (failCount, random, seconds) => {
    const account = { refresh: { failCount } }

    expect(after({ failure: aTimeout(), rotation: 'stable', account, random })).toMatchObject({
      backOffSeconds: seconds,
    })
  })

  test('Retry-After is honoured, an hour at most', () => {
    const failure = (retryAfterSeconds: number): ProviderFailure => ({
      ...aTimeout(),
      retryAfterSeconds,
    })

    expect(after({ failure: failure(77), rotation: 'stable' })).toMatchObject({
      backOffSeconds: 77,
    })
    expect(after({ failure: failure(10 ** 9), rotation: 'stable' })).toMatchObject({
      backOffSeconds: HOUR,
    })
  })

  test('only a no ever needs the user', () => {
    fc.assert(
      fc.property(
        fc.record({
          kind: fc.constantFrom('permanent', 'operator', 'transient'),
          code: fc.string(),
          mayHaveBeenSpent: fc.boolean(),
        }),
        fc.record({
          rotation: fc.constantFrom(...modes),
          mayHaveBeenSpentBefore: fc.boolean(),
          isConfirmed: fc.boolean(),
          random: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        (failure, rest) => {
          const { act } = after({ failure, ...rest })

          const isFinal = rest.rotation === 'strict' || rest.isConfirmed
          expect(act === 'release').toBe(failure.kind !== 'permanent')
          expect(isFinal && act === 'confirm').toBe(false)
        },
      ),
    )
  })

  function aNo(): ProviderFailure {
    return { kind: 'permanent', code: 'invalid_grant', mayHaveBeenSpent: false }
  }

  function aTimeout(): ProviderFailure {
    return { kind: 'transient', code: 'timeout', mayHaveBeenSpent: true }
  }

  function after({
    failure,
    rotation,
    account = {},
    ...rest
  }: { failure: ProviderFailure; rotation: RotationMode; account?: Partial<Account> } & Partial<
    Pick<FailureQuestion, 'mayHaveBeenSpentBefore' | 'isConfirmed' | 'random'>
  >) {
    return decideAfterFailure({
      failure,
      account: anAccount(account),
      behaviour: { rotation },
      mayHaveBeenSpentBefore: false,
      isConfirmed: false,
      now: NOW,
      random: 0,
      ...rest,
    })
  }
})

function decide(account: Partial<Account>): string {
  return decideRefresh({
    account: anAccount(account),
    behaviour: { refreshKillsAccessToken: false },
    now: NOW,
    jitter: 0,
  }).act
}

function anAccount(overrides: Partial<Account> = {}): Account {
  return {
    tenant: 'default',
    id: 'cac_1',
    userId: 'usr_1',
    connection: 'google',
    providerAccountId: '111',
    label: 'alice@example.com',
    state: 'active',
    scopes: [],
    generation: 1,
    accessToken: new Uint8Array(),
    refreshToken: new Uint8Array(),
    accessIssuedAt: NOW - HOUR,
    accessExpiresAt: NOW,
    refresh: { failCount: 0 },
    createdAt: 0,
    updatedAt: 0,
    ...overrides,
  }
}
