import { expect, test } from 'vitest'

import { admit, CLOSED, settle, type Breaker, type BreakerOutcome } from './breaker.ts'

/** The breaker after calls that all were admitted, one after the other, at one instant. */
function after(outcomes: readonly BreakerOutcome[], now = 1000, from = CLOSED): Breaker {
  return outcomes.reduce((breaker, outcome) => settle(breaker, outcome, now), from)
}

function admitted(breaker: Breaker, now: number): Breaker {
  const admission = admit(breaker, now)
  if (!admission.admitted) throw new Error(`held back for ${admission.waitSeconds} s`)
  return admission.next
}

test('opens after three refusals in a row', () => {
  expect(admit(after(['refused', 'refused']), 1000).admitted).toBe(true)
  expect(admit(after(['refused', 'refused', 'refused']), 1000)).toEqual({
    admitted: false,
    waitSeconds: 30,
  })
  expect(admit(after(['refused', 'refused', 'answered', 'refused']), 1000).admitted).toBe(true)
})

test('trouble that says nothing about the client neither opens nor forgives', () => {
  expect(after(['unknown', 'unknown', 'unknown', 'unknown'])).toEqual(CLOSED)
  expect(after(['refused', 'refused', 'unknown', 'refused'])).toMatchObject({ status: 'open' })
})

test('lets one call through when the time has come, and only one', () => {
  const open = after(['refused', 'refused', 'refused'])
  expect(admit(open, 1029).admitted).toBe(false)

  const probing = admitted(open, 1030)

  expect(admit(probing, 1030)).toEqual({ admitted: false, waitSeconds: 15 })
  expect(settle(probing, 'answered', 1031)).toEqual(CLOSED)
})

test('waits twice as long after each failed probe, five minutes at most', () => {
  let breaker = after(['refused', 'refused', 'refused'])
  let now = 1000
  const waits: number[] = []
  for (let index = 0; index < 6; index += 1) {
    const held = admit(breaker, now)
    if (held.admitted) throw new Error('should be held back')
    waits.push(held.waitSeconds)
    now += held.waitSeconds
    breaker = settle(admitted(breaker, now), 'refused', now)
  }

  expect(waits).toEqual([30, 60, 120, 240, 300, 300])
})

test('a probe that told nothing, or never came back, makes way for the next', () => {
  const probing = admitted(after(['refused', 'refused', 'refused']), 1030)

  expect(admit(settle(probing, 'unknown', 1040), 1040).admitted).toBe(true)
  expect(admit(probing, 1045).admitted).toBe(true)
})

test('calls from before it opened do not prolong it', () => {
  const open = after(['refused', 'refused', 'refused'])

  expect(settle(open, 'refused', 1020)).toEqual(open)
  expect(settle(open, 'unknown', 1020)).toEqual(open)
})
