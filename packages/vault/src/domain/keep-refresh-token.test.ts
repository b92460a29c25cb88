import { expect, test } from 'vitest'

import type { Account, AccountState } from './account.ts'
import type { Connection, RotationMode } from './connection.ts'
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

function refreshTokensAre(rotation: RotationMode): Pick<Connection, 'behaviour'> {
  return { behaviour: { rotation, revocation: 'grant', refreshKillsAccessToken: false } }
}

test.each<[RotationMode, boolean]>([
  ['stable', true],
  ['overlapping', true],
  ['grace', false],
  ['strict', false],
])('where refresh tokens are %s: %s', (rotation, expected) => {
  expect(mayKeepRefreshToken(account, ['read', 'send'], refreshTokensAre(rotation))).toBe(expected)
})

test.each<AccountState>(['uncertain', 'reauth_required', 'revoked'])(
  'not of an account that is %s: its token may be dead',
  (state) => {
    expect(mayKeepRefreshToken({ ...account, state }, ['read'], refreshTokensAre('stable'))).toBe(
      false,
    )
  },
)

test('not when it could do more than the user granted just now', () => {
  expect(mayKeepRefreshToken(account, ['send'], refreshTokensAre('stable'))).toBe(false)
})

test('what was granted just now counts with all that it covers', () => {
  const connection = { ...refreshTokensAre('stable'), impliedScopes: { admin: ['read'] } }

  expect(mayKeepRefreshToken(account, ['admin'], connection)).toBe(true)
})

test('not when there is none', () => {
  const without = { ...account, refreshToken: undefined }

  expect(mayKeepRefreshToken(without, ['read'], refreshTokensAre('stable'))).toBe(false)
})
