import * as entry from '@valetkey/next'
import { expect, test } from 'vitest'

test('exports these values and no others', () => {
  expect(Object.keys(entry).toSorted()).toEqual([
    'AccessTokenError',
    'FederatedConnectionError',
    'FederatedConnectionInterrupt',
    'InterruptError',
    'ValetKeyError',
    'createConnectHandlers',
    'createValetKey',
    'findValetKeyError',
    'isInterruptError',
    'isValetKeyError',
    'parseInterrupt',
  ])
})
