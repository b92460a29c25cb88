import * as entry from '@valetkey/vercel-ai'
import * as interruptsEntry from '@valetkey/vercel-ai/interrupts'
import { expect, test } from 'vitest'

test('exports these values and no others', () => {
  expect(Object.keys(entry).toSorted()).toEqual([
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
    'interruptText',
    'isInterruptError',
    'isValetKeyError',
    'parseInterrupt',
    'stopOnInterrupt',
  ])
  expect(Object.keys(interruptsEntry).toSorted()).toEqual(['getInterrupts', 'parseInterrupt'])
})
