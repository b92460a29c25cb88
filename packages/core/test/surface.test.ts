import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as adapter from '../src/adapter.ts'
import * as core from '../src/index.ts'
import * as interrupts from '../src/interrupts.ts'
import * as testing from '../src/testing.ts'

test('what each entry exports is what is meant to be public', () => {
  expect({
    '.': Object.keys(core).toSorted(),
    './adapter': Object.keys(adapter).toSorted(),
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
      "./adapter": [
        "attemptCookieName",
        "clearAttemptCookie",
        "clientAuthentication",
        "cookiesOf",
        "findAttemptCookie",
        "isConnectionName",
        "isLoopbackHost",
        "isSigned",
        "jsonAnswer",
        "methodNotAllowed",
        "parseReturnPath",
        "plainAnswer",
        "processEnvironment",
        "redirect",
        "refuseForeign",
        "refuseNonNavigation",
        "sendOnce",
        "setAttemptCookies",
        "subjectResolver",
        "withQuery",
      ],
      "./interrupts": [
        "connectChannelName",
        "findInterrupt",
        "interruptText",
        "interruptsInParts",
        "isDeclined",
        "isInterruptError",
        "parseConnectMessage",
        "parseInterrupt",
        "serializeInterrupt",
      ],
      "./testing": [
        "withFakeToken",
      ],
    }
  `)
})

/** Every module that a source file imports at run time, by following its own imports. */
function importsOf(file: URL, seen = new Map<string, readonly string[]>()): typeof seen {
  if (seen.has(file.href)) return seen
  const source = readFileSync(file, 'utf8')
  const names = [...source.matchAll(/^(?:import|export) (?!type )[^;]*? from '([^']+)'/gms)].map(
    ([, name = '']) => name,
  )
  seen.set(file.href, names)
  for (const name of names) {
    if (name.startsWith('.')) importsOf(new URL(name, file), seen)
  }
  return seen
}

test('./interrupts runs in a browser: nothing of Node, no library', () => {
  const imports = importsOf(new URL('../src/interrupts.ts', import.meta.url))

  expect([...imports.values()].flat().filter((name) => !name.startsWith('.'))).toEqual([])
  expect(
    [...imports.keys()].map((file) => file.slice(file.lastIndexOf('/') + 1)).toSorted(),
  ).toEqual([
    'connect-failure.ts',
    'connect-message.ts',
    'interrupt-error.ts',
    'interrupts-in-parts.ts',
    'interrupts.ts',
    'parse-interrupt.ts',
    'resume-answer.ts',
    'valet-key-error.ts',
  ])
})

test('importing core loads no library: openid-client, jose and zod come with the first exchange', () => {
  const imports = importsOf(new URL('../src/index.ts', import.meta.url))
  const outside = [...imports.values()].flat().filter((name) => !name.startsWith('.'))

  expect(new Set(outside)).toEqual(new Set(['node:async_hooks']))
})
