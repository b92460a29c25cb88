import { describe, expect, test } from 'vitest'

import { parseForceRefresh } from './force-refresh.ts'

describe('parseForceRefresh', () => {
  test('reads an account and a generation', () => {
    expect(parseForceRefresh('cac_Ab1:7')).toEqual({ accountId: 'cac_Ab1', generation: 7 })
    expect(parseForceRefresh('cac_1:0')).toEqual({ accountId: 'cac_1', generation: 0 })
  })

  test.each([
    '',
    'cac_1',
    'cac_1:',
    ':1',
    'cac_:1',
    'usr_1:1',
    'cac_1:-1',
    'cac_1:1.5',
    'cac_1:1e3',
    'cac_1:01',
    'cac_1: 1',
    'cac_1:1:1',
    'cac_a-b:1',
    'cac_1:1\n',
    'cac_1:9999999999999999',
    'true',
  ])('refuses %j', (text) => {
    expect(parseForceRefresh(text)).toBeUndefined()
  })
})
