import * as entry from '@valetkey/langchain'
import * as middleware from '@valetkey/langchain/middleware'
import { expect, test } from 'vitest'

test('exports these values and no others', () => {
  expect(Object.keys(entry).toSorted()).toEqual([
    'DeclinedError',
    'FederatedConnectionError',
    'FederatedConnectionInterrupt',
    'InterruptError',
    'ValetKeyError',
    'createConnectHandlers',
    'createValetKey',
    'fetchForConnection',
    'findValetKeyError',
    'getAccessTokenForConnection',
    'getCredentialsForConnection',
    'getInterrupts',
    'isDeclinedError',
    'isInterruptError',
    'isValetKeyError',
    'parseInterrupt',
  ])
  expect(Object.keys(middleware)).toEqual(['valetKeyMiddleware'])
})
