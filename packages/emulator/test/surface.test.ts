import * as entry from '@valetkey/emulator'
import * as msw from '@valetkey/emulator/msw'
import { expect, test } from 'vitest'

test('exports these values and no others', () => {
  expect(Object.keys(entry).toSorted()).toEqual([
    'connectEmulator',
    'createVirtualClock',
    'defaultUsers',
    'startEmulator',
  ])
  expect(Object.keys(msw).toSorted()).toEqual(['providerHandlers', 'vaultHandlers'])
})
