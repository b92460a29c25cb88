import { request as httpRequest } from 'node:http'

import { connectEmulator } from '@valetkey/emulator'
import { expect, test } from 'vitest'

import { anEmulator, isGood, testClient } from './flow.ts'

test('another process sees the providers as this one does', async () => {
  await using emulator = await anEmulator()
  const remote = connectEmulator(`${emulator.url}/`)

  expect(await remote.provider('google')).toEqual(emulator.provider('google'))
  expect(await remote.client('slack')).toEqual(emulator.client('slack'))
  expect(await remote.trustedIssuer()).toEqual(emulator.trustedIssuer())
  expect((await remote.users()).map((user) => user.id)).toEqual(['demo', 'alice', 'bob', 'bobby'])
  expect(await remote.now()).toBe(emulator.now())
  await expect(remote.provider('toString')).rejects.toThrow('no provider "toString"')
})

test('another process moves time, and reads the log', async () => {
  await using emulator = await anEmulator()
  const remote = connectEmulator(emulator.url)
  const google = testClient(emulator, 'google')
  const { accessToken, refreshToken = '' } = await google.connect()
  const tick = await remote.log.tick()
  await google.refresh(refreshToken)

  await remote.advance(3_600)

  expect(await isGood(emulator, 'google', accessToken)).toBe(false)
  expect(tick).toBe(4)
  expect(await remote.log.refreshes({ token: refreshToken })).toEqual(
    emulator.log.refreshes({ token: refreshToken }),
  )
  expect(await remote.log.entries({ after: tick, route: 'token' })).toHaveLength(1)
  expect(await remote.log.tokenRequests('google')).toHaveLength(2)
  expect(await remote.log.apiCalls('google')).toHaveLength(1)
})

test('another process plans faults and takes them back', async () => {
  await using emulator = await anEmulator()
  const remote = connectEmulator(emulator.url)
  const plan = await remote.faults.add('google', {
    at: 'token',
    fault: { kind: 'server_error' },
    times: 'always',
  })

  expect(await remote.faults.list('google')).toEqual([plan])
  expect((await fetch(emulator.provider('google').tokenEndpoint, { method: 'POST' })).status).toBe(
    503,
  )
  await remote.faults.clear({ id: plan.id })
  expect(await remote.faults.list()).toEqual([])
  expect(await remote.faults.release()).toBe(0)
  await expect(remote.faults.add('slak', { at: 'token', fault: { kind: 'hold' } })).rejects.toThrow(
    '"slak"',
  )
})

test('another process releases a held request', async () => {
  await using emulator = await anEmulator()
  const remote = connectEmulator(emulator.url)
  await remote.faults.add('google', { at: 'discovery', fault: { kind: 'hold' } })
  const answer = fetch(`${emulator.url}/google/.well-known/openid-configuration`)
  await emulator.log.arrival({ route: 'discovery' })
  while ((await remote.faults.release('google')) === 0) await new Promise(setImmediate)

  expect((await answer).status).toBe(200)
})

test('another process decides consent, changes behaviour, expires and revokes', async () => {
  await using emulator = await anEmulator()
  const remote = connectEmulator(emulator.url)
  const google = testClient(emulator, 'google')
  await remote.configure('google', {
    rotation: { rotation: 'grace', graceSeconds: 5 },
    accessTokenLifetimeSeconds: 60,
  })
  await remote.decideConsent('google', { decision: 'allow', user: 'bob', scopes: ['email'] })
  const { body, accessToken } = await google.connect({ scopes: ['email', 'profile'] })

  expect(body).toMatchObject({
    scope: 'https://www.googleapis.com/auth/userinfo.email',
    expires_in: 60,
  })
  expect(emulator.provider('google').refreshToken).toMatchObject({ graceSeconds: 5 })
  expect(await remote.expireAccessTokens({ provider: 'google', user: 'bob' })).toBe(1)
  expect(await isGood(emulator, 'google', accessToken)).toBe(false)
  expect(await remote.revokeGrant({ provider: 'google', user: 'bob' })).toBe(1)
  expect(await remote.revokeGrant({ provider: 'google', user: 'bob' })).toBe(0)
  expect(await remote.issueLoginToken('alice', { lifetimeSeconds: 5 })).toMatch(/^ey/)
})

test.each([
  ['advance', { seconds: -1 }],
  ['advance', {}],
  ['faults', { provider: 'google' }],
  ['faults', { provider: 1, at: 'token', fault: { kind: 'hold' } }],
  ['faults/clear', { id: 'x' }],
  ['revoke', { provider: 'google' }],
  ['revoke', { provider: 'google', user: 'nobody' }],
  ['expire', { provider: 'nowhere' }],
  ['consent', { provider: 'google', decision: 'maybe' }],
  ['consent', { provider: 'google', decision: 'allow', scopes: 'email' }],
  ['behaviour', { provider: 'google', behaviour: { rotation: 'often' } }],
  ['behaviour', { provider: 'google', behaviour: { rotation: { rotation: 'grace' } } }],
  ['behaviour', { provider: 'google', behaviour: { accessTokenLifetimeSeconds: 'long' } }],
  ['behaviour', { provider: 'google', behaviour: { typo: 1 } }],
])('POST /_emulator/%s says what is wrong with %j', async (path, body) => {
  await using emulator = await anEmulator()

  const response = await fetch(`${emulator.url}/_emulator/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error_description: expect.stringMatching(/"/) })
})

test('a page of another site cannot control it: a form is not JSON', async () => {
  await using emulator = await anEmulator()
  const url = `${emulator.url}/_emulator/advance`
  const before = emulator.now()

  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data']) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': type },
      body: '{"seconds":100}',
    })
    expect(response.status).toBe(415)
  }
  expect((await fetch(url, { method: 'POST' })).status).toBe(415)
  expect(emulator.now()).toBe(before)
})

test('a name that leads to loopback does not open it', async () => {
  await using emulator = await anEmulator()
  const { port } = new URL(emulator.url)
  const status = await new Promise((resolve, reject) => {
    httpRequest(
      { host: '127.0.0.1', port, path: '/_emulator/log', headers: { host: 'rebound.example' } },
      (response) => {
        response.resume()
        resolve(response.statusCode)
      },
    )
      .on('error', reject)
      .end()
  })

  expect(status).toBe(403)
})

test('with a control token, only who knows it controls', async () => {
  await using emulator = await anEmulator({ controlToken: 'let-me-in' })

  await expect(connectEmulator(emulator.url).log.entries()).rejects.toThrow('401')
  await expect(
    connectEmulator(emulator.url, { controlToken: 'let-me-on' }).advance(1),
  ).rejects.toThrow('control token')
  expect(await connectEmulator(emulator.url, { controlToken: 'let-me-in' }).log.entries()).toEqual(
    [],
  )
  expect(await connectEmulator(emulator.url).issueLoginToken('demo')).toMatch(/^ey/)
})

test('the home page lists providers and users, and no secrets', async () => {
  await using emulator = await anEmulator()

  const html = await (await fetch(emulator.url)).text()

  expect(html).toContain('Slack')
  expect(html).toContain('alice')
  expect(html).not.toContain(emulator.client('google').clientSecret)
})
