import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { secret } from './secret.ts'

test('a secret shows itself to nobody but reveal()', () => {
  const box = secret('canary')

  expect(box.reveal()).toBe('canary')
  const shown = [
    Reflect.apply(Object.getPrototypeOf(box).toString, box, []),
    JSON.stringify({ box }),
    inspect(box, { showHidden: true, depth: 9 }),
    inspect({ nested: { box } }, { customInspect: false, showHidden: true, depth: 9 }),
    JSON.stringify(structuredClone(box)),
    JSON.stringify(Object.entries(box)),
  ]
  expect(shown.join()).not.toContain('canary')
  expect(shown.slice(0, 3)).toEqual(['[redacted]', '{"box":"[redacted]"}', '[redacted]'])
})
