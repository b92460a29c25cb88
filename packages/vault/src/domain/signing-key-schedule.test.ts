import { expect, test } from 'vitest'

import {
  PUBLISHED_BEFORE_USE_SECONDS,
  ROTATE_AFTER_SECONDS,
  scheduleKeys,
} from './signing-key-schedule.ts'

const START = 1_800_000_000
const first = { kid: 'first', position: 1, createdAt: START }
const second = { kid: 'second', position: 2, createdAt: START + ROTATE_AFTER_SECONDS }
const third = { kid: 'third', position: 3, createdAt: second.createdAt + ROTATE_AFTER_SECONDS }

const names = (keys: readonly { readonly kid: string }[]): readonly string[] =>
  keys.map(({ kid }) => kid)

test('the first key signs at once, and is due after its time', () => {
  expect(scheduleKeys([first], START)).toMatchObject({ current: first, isDue: false })
  expect(scheduleKeys([first], second.createdAt - 1)).toMatchObject({ isDue: false })
  expect(scheduleKeys([first], second.createdAt)).toMatchObject({ current: first, isDue: true })
})

test('the next key is published before it signs, and the last one after', () => {
  const early = scheduleKeys([first, second], second.createdAt + PUBLISHED_BEFORE_USE_SECONDS - 1)
  const taken = scheduleKeys([first, second], second.createdAt + PUBLISHED_BEFORE_USE_SECONDS)

  expect([early.current.kid, names(early.live), early.isDue]).toEqual([
    'first',
    ['first', 'second'],
    false,
  ])
  expect([taken.current.kid, names(taken.live), names(taken.retired)]).toEqual([
    'second',
    ['second', 'first'],
    [],
  ])
})

test('a key retires when no token of its can be good any more', () => {
  const over = second.createdAt + PUBLISHED_BEFORE_USE_SECONDS + 172_800

  expect(names(scheduleKeys([first, second], over - 1).retired)).toEqual([])
  expect(names(scheduleKeys([first, second], over).retired)).toEqual(['first'])
  expect(names(scheduleKeys([first, second], over).live)).toEqual(['second'])
})

test('a vault that slept for long still publishes what may have signed until then', () => {
  const schedule = scheduleKeys([first, second, third], third.createdAt + 1)

  expect(schedule.current.kid).toBe('second')
  expect(names(schedule.live)).toEqual(['second', 'third'])
  expect(names(schedule.retired)).toEqual(['first'])
})
