import { expect, test } from 'vitest'

import { admit, CLOSED, settle, type Breaker, type BreakerOutcome } from './breaker.ts'

/** The breaker after calls for one account after the other, all admitted, at one instant. */
function after(kinds: readonly BreakerOutcome['kind'][], now = 1000): Breaker {
  return kinds.reduce(
    (breaker, kind, index) => settle(breaker, { kind, accountId: `cac_${index}` }, now),
    CLOSED,
  )
}

/** Open since 1000, until 1030; refused last was `cac_2`. */
const OPEN = after(['refused', 'refused', 'refused'])

function admitted(breaker: Breaker, accountId: string, now: number): Breaker {
  const admission = admit(breaker, accountId, now)
  if (!admission.admitted) throw new Error(`held back for ${admission.waitSeconds} s`)
  return admission.next
}

test('opens after refusals of three accounts in a row', () => {
  expect(admit(after(['refused', 'refused']), 'cac_9', 1000).admitted).toBe(true)
  expect(admit(OPEN, 'cac_9', 1000)).toEqual({ admitted: false, waitSeconds: 30 })
  const forgiven = after(['refused', 'refused', 'answered', 'refused'])
  expect(admit(forgiven, 'cac_9', 1000).admitted).toBe(true)
})

test('one account that is refused for ever holds nobody back', () => {
  const refused = { kind: 'refused', accountId: 'cac_dead' } as const
  let breaker = CLOSED
  for (let index = 0; index < 20; index += 1) breaker = settle(breaker, refused, 1000 + index)

  expect(admit(breaker, 'cac_9', 1020).admitted).toBe(true)
})

test('trouble that says nothing about the client neither opens nor forgives', () => {
  expect(after(['unknown', 'unknown', 'unknown', 'unknown'])).toEqual(CLOSED)
  expect(after(['refused', 'refused', 'unknown', 'refused'])).toMatchObject({ status: 'open' })
})

test('lets one call through when the time has come, and only one', () => {
  expect(admit(OPEN, 'cac_0', 1029).admitted).toBe(false)

  const probing = admitted(OPEN, 'cac_0', 1030)

  expect(admit(probing, 'cac_1', 1030)).toEqual({ admitted: false, waitSeconds: 15 })
  expect(settle(probing, { kind: 'answered' }, 1031)).toEqual(CLOSED)
})

test('the account refused last is the probe only when no other has come for as long again', () => {
  expect(admit(OPEN, 'cac_2', 1030)).toEqual({ admitted: false, waitSeconds: 30 })
  expect(admit(OPEN, 'cac_1', 1030).admitted).toBe(true)
  expect(admit(OPEN, 'cac_2', 1060).admitted).toBe(true)

  const again = settle(admitted(OPEN, 'cac_1', 1030), { kind: 'refused', accountId: 'cac_1' }, 1031)
  expect(admit(again, 'cac_1', 1091).admitted).toBe(false)
  expect(admit(again, 'cac_2', 1091).admitted).toBe(true)
})

test('waits twice as long after each failed probe, five minutes at most', () => {
  let breaker = OPEN
  let now = 1000
  const waits: number[] = []
  for (let index = 0; index < 6; index += 1) {
    const accountId = `cac_probe${index}`
    const held = admit(breaker, accountId, now)
    if (held.admitted) throw new Error('should be held back')
    waits.push(held.waitSeconds)
    now += held.waitSeconds
    breaker = settle(admitted(breaker, accountId, now), { kind: 'refused', accountId }, now)
  }

  expect(waits).toEqual([30, 60, 120, 240, 300, 300])
})

test('a probe that told nothing, or never came back, makes way for the next', () => {
  const probing = admitted(OPEN, 'cac_0', 1030)
  const toldNothing = settle(probing, { kind: 'unknown' }, 1040)

  expect(admit(toldNothing, 'cac_1', 1040).admitted).toBe(true)
  expect(admit(probing, 'cac_1', 1045).admitted).toBe(true)
})

test('calls from before it opened do not prolong it', () => {
  expect(settle(OPEN, { kind: 'refused', accountId: 'cac_5' }, 1020)).toEqual(OPEN)
  expect(settle(OPEN, { kind: 'unknown' }, 1020)).toEqual(OPEN)
})
