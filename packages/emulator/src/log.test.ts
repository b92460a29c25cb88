import { expect, test } from 'vitest'

import { createLog, type LogEntry } from './log.ts'

const request: Omit<LogEntry, 'began' | 'ended' | 'issued' | 'outcome'> = {
  at: 1_000,
  provider: 'google',
  route: 'token',
  method: 'POST',
  path: '/google/token',
  parameters: {},
  grantType: 'refresh_token',
  presented: { refreshToken: 'rt-1' },
}

test('shows a request from the moment it is read, and its outcome once there is one', () => {
  const log = createLog()
  const entry = log.begin(request)

  expect(log.entries()[0]).toMatchObject({ presented: { refreshToken: 'rt-1' } })
  expect(log.entries()[0]?.outcome).toBeUndefined()

  entry.note({ issued: { accessToken: 'at-2' } })
  entry.end({ status: 200 })

  expect(log.entries()).toHaveLength(1)
  expect(log.entries()[0]).toMatchObject({
    issued: { accessToken: 'at-2' },
    outcome: { status: 200 },
    began: 1,
    ended: 2,
  })
})

test('finds requests by any token presented, by user, route and tick', () => {
  const log = createLog()
  log.begin(request)
  log.begin({ ...request, presented: { code: 'c-1' }, grantType: 'authorization_code' })
  const tick = log.tick()
  log.begin({ ...request, provider: 'slack', route: 'api', user: 'bob' })

  expect(log.refreshes({ token: 'rt-1' })).toHaveLength(1)
  expect(log.entries({ token: 'c-1' })).toHaveLength(1)
  expect(log.tokenRequests('google')).toHaveLength(2)
  expect(log.apiCalls('slack')).toHaveLength(1)
  expect(log.entries({ user: 'bob' })).toHaveLength(1)
  expect(log.entries({ after: tick })).toHaveLength(1)
})

test('counts how many requests were open at the same moment', () => {
  const log = createLog()
  const first = log.begin(request)
  const second = log.begin(request)
  first.end({ status: 200 })
  const third = log.begin(request)
  second.end({ status: 200 })
  third.end({ status: 200 })
  log.begin(request)

  expect(log.mostAtOnce()).toBe(2)
  expect(log.mostAtOnce({ provider: 'slack' })).toBe(0)
})

test('tells of an arrival as soon as it happens, also when it already has', async () => {
  const log = createLog()
  const both = log.arrival({ route: 'token' }, 2)

  log.begin(request)
  log.begin({ ...request, route: 'api' })
  log.begin(request)

  expect(await both).toHaveLength(2)
  expect(await log.arrival({ route: 'api' })).toHaveLength(1)
})
