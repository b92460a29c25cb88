import { expect, test } from 'vitest'

import type { Account, AccountState } from './account.ts'
import type { ProviderBehaviour, RotationMode } from './connection.ts'
import { mayKeepRefreshToken } from './keep-refresh-token.ts'

const account: Account = {
  tenant: 't',
  id: 'cac_1',
  userId: 'usr_1',
  connection: 'c',
  providerAccountId: '1',
  label: 'a',
  state: 'active',
  scopes: ['read'],
  generation: 1,
  accessToken: new Uint8Array(),
  refreshToken: new Uint8Array(),
  accessIssuedAt: 0,
  refresh: { failCount: 0 },
  createdAt: 0,
  updatedAt: 0,
}

function behaviour(rotation: RotationMode): ProviderBehaviour {
  return { rotation, revocation: 'grant', refreshKillsAccessToken: false }
}

test.each<[RotationMode, boolean]>([
  ['stable', true],
  ['overlapping', true],
  ['grace', false],
  ['strict', false],
])('where refresh tokens are %s: %s', (rotation, expected) => {
  expect(mayKeepRefreshToken(account, ['read', 'send'], behaviour(rotation))).toBe(expected)
})

test.each<AccountState>(['uncertain', 'reauth_required', 'revoked'])(
  'not of an account that is %s: its token may be dead',
  (state) => {
    expect(mayKeepRefreshToken({ ...account, state }, ['read'], behaviour('stable'))).toBe(false)
  },
)

test('not when it could do more than the user granted just now', () => {
  expect(mayKeepRefreshToken(account, ['send'], behaviour('stable'))).toBe(false)
})

test('not when there is none', () => {
  const without = { ...account, refreshToken: undefined }

  expect(mayKeepRefreshToken(without, ['read'], behaviour('stable'))).toBe(false)
})
