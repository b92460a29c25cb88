import { expect, test } from 'vitest'
import { isDeclined } from './resume-answer.ts'

const declined = { type: 'valetkey.resume', version: 1, outcome: 'declined' }

test('tells a user who will not', () => {
  expect(isDeclined(declined)).toBe(true)
})

test.each([
  { ...declined, outcome: 'done' },
  { ...declined, version: 2 },
  { ...declined, type: 'resume' },
  { ...declined, more: true },
  JSON.stringify(declined),
  'declined',
  [declined],
  null,
  undefined,
  false,
])('takes %j for "look again"', (value) => {
  expect(isDeclined(value)).toBe(false)
})

test('never throws', () => {
  const trap = new Proxy(declined, {
    ownKeys: () => {
      throw new Error('trap')
    },
  })

  expect(isDeclined(trap)).toBe(false)
})
