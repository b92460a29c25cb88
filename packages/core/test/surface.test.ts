import { expect, test } from 'vitest'
import * as core from '../src/index.ts'
import * as interrupts from '../src/interrupts.ts'
import * as testing from '../src/testing.ts'

test('what each entry exports is what is meant to be public', () => {
  expect({
    '.': Object.keys(core).toSorted(),
    './interrupts': Object.keys(interrupts).toSorted(),
    './testing': Object.keys(testing).toSorted(),
  }).toMatchInlineSnapshot(`
    {
      ".": [
        "FederatedConnectionError",
        "FederatedConnectionInterrupt",
        "InterruptError",
        "ValetKeyError",
        "createConnectHandlers",
        "createValetKeyClient",
        "fetchForConnection",
        "findInterrupt",
        "findValetKeyError",
        "getAccessTokenForConnection",
        "getCredentialsForConnection",
        "interruptText",
        "isInterruptError",
        "isValetKeyError",
        "parseInterrupt",
        "serializeInterrupt",
      ],
      "./interrupts": [
        "findInterrupt",
        "interruptText",
        "isInterruptError",
        "parseInterrupt",
        "serializeInterrupt",
      ],
      "./testing": [
        "withFakeToken",
      ],
    }
  `)
})
