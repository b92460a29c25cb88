import { readFileSync } from 'node:fs'
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

test('loads nothing of Node or of core besides its interrupts into a browser', () => {
  const seen = new Set<string>()
  const foreign = new Set<string>()
  const follow = (url: string): void => {
    if (seen.has(url)) return
    seen.add(url)
    const code = readFileSync(new URL(url), 'utf8')
    for (const [, from = ''] of code.matchAll(/(?:from|import)\s*\(?["']([^"']+)["']/g)) {
      if (from.startsWith('.')) follow(new URL(from, url).href)
      else foreign.add(from)
    }
  }

  follow(import.meta.resolve('@valetkey/vercel-ai/interrupts'))

  expect([...foreign]).toEqual(['@valetkey/core/interrupts'])
})
