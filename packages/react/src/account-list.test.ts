import { expect, test } from 'vitest'
import { errorCodeIn, parseAccountList } from './account-list.ts'

test('reads accounts, and what is missing as missing', () => {
  const account = { id: 'cac_1', connection: 'github', label: 'a', scopes: ['repo', 7], state: 'x' }
  const bare = { id: 'cac_2', connection: 'slack', label: '', more: true }

  expect(parseAccountList({ accounts: [account, bare], more: true })).toEqual([
    { ...account, scopes: ['repo'] },
    { id: 'cac_2', connection: 'slack', label: undefined, scopes: [], state: undefined },
  ])
})

test.each([
  undefined,
  null,
  [],
  {},
  { accounts: {} },
  { accounts: [null] },
  { accounts: [{ id: 'cac_1' }] },
  { accounts: [{ id: 7, connection: 'github' }] },
])('takes no other answer: %j', (value) => {
  expect(parseAccountList(value)).toBeUndefined()
})

test('finds the code in an answer that failed', () => {
  expect(errorCodeIn({ error: 'vault_unavailable' })).toBe('vault_unavailable')
  expect([undefined, 'error', { error: {} }].map(errorCodeIn)).toEqual(
    Array.from({ length: 3 }, () => undefined),
  )
})
