import type { ProviderBehaviour } from '@valetkey/emulator'
import { expect, test } from 'vitest'

import { anEmulator, isGood, testClient } from './flow.ts'

type Rotation = NonNullable<ProviderBehaviour['rotation']>

/** Refreshes with the first token, then again with the same one, and tells what became of it all. */
async function replay(
  rotation: Rotation,
  secondsBetween = 0,
): Promise<{ first: string; second: string; accessToken: boolean; successor: string }> {
  await using emulator = await anEmulator({ behaviour: { google: { rotation } } })
  const google = testClient(emulator, 'google')
  const start = await google.connect({ scopes: ['email'] })
  const old = start.refreshToken ?? 'none'
  const first = await google.refresh(old)
  emulator.advance(secondsBetween)
  const second = await google.refresh(old)
  const successor = await google.refresh(first.refreshToken ?? old)
  const describe = (answer: typeof first): string =>
    answer.error ??
    (answer.refreshToken === undefined ? 'none' : answer.refreshToken === old ? 'same' : 'new')
  return {
    first: describe(first),
    second: describe(second),
    accessToken: await isGood(emulator, 'google', start.accessToken),
    successor: describe(successor),
  }
}

test('stable: no new token, the old one goes on', async () => {
  expect(await replay({ rotation: 'stable' })).toEqual({
    first: 'none',
    second: 'none',
    accessToken: true,
    successor: 'none',
  })
})

test('same token returned: the response repeats it', async () => {
  expect(await replay({ rotation: 'same_token' })).toEqual({
    first: 'same',
    second: 'same',
    accessToken: true,
    successor: 'same',
  })
})

test('strict: a replay ends the family, the live access token and the successor too', async () => {
  expect(await replay({ rotation: 'strict' })).toEqual({
    first: 'new',
    second: 'invalid_grant',
    accessToken: false,
    successor: 'invalid_grant',
  })
})

test('single use: a replay is refused, and the successor lives', async () => {
  expect(await replay({ rotation: 'single_use' })).toEqual({
    first: 'new',
    second: 'invalid_grant',
    accessToken: true,
    successor: 'new',
  })
})

test('grace: a replay within the window is answered', async () => {
  expect(await replay({ rotation: 'grace', graceSeconds: 30 }, 29)).toEqual({
    first: 'new',
    second: 'new',
    accessToken: true,
    successor: 'new',
  })
})

test('grace: a replay after the window ends the family', async () => {
  expect(await replay({ rotation: 'grace', graceSeconds: 30 }, 30)).toEqual({
    first: 'new',
    second: 'invalid_grant',
    accessToken: false,
    successor: 'invalid_grant',
  })
})

test('overlapping: every token goes on', async () => {
  expect(await replay({ rotation: 'overlapping' })).toEqual({
    first: 'new',
    second: 'new',
    accessToken: true,
    successor: 'new',
  })
})

test('none: there is no refresh token', async () => {
  await using emulator = await anEmulator({ behaviour: { google: { rotation: 'none' } } })

  expect((await testClient(emulator, 'google').connect()).refreshToken).toBeUndefined()
  expect(emulator.provider('google').refreshToken).toEqual({ issued: 'never' })
})

test('last two: the token before the newest is good, the one before that ends the family', async () => {
  await using emulator = await anEmulator({
    behaviour: { google: { rotation: { rotation: 'last_two' } } },
  })
  const google = testClient(emulator, 'google')
  const { refreshToken: first = '' } = await google.connect()
  const { refreshToken: second = '' } = await google.refresh(first)
  const { refreshToken: third = '' } = await google.refresh(second)

  expect((await google.refresh(first)).error).toBe('invalid_grant')
  expect((await google.refresh(third)).error).toBe('invalid_grant')
})

test('refresh tokens expire when they idle, and at the end of their life', async () => {
  await using emulator = await anEmulator({
    behaviour: {
      google: { refreshTokenIdleLifetimeSeconds: 100, refreshTokenAbsoluteLifetimeSeconds: 250 },
    },
  })
  const google = testClient(emulator, 'google')
  const { refreshToken = '' } = await google.connect()
  const afterSeconds = async (seconds: number): Promise<string | undefined> => {
    emulator.advance(seconds)
    return (await google.refresh(refreshToken)).error
  }

  expect(await afterSeconds(99)).toBeUndefined()
  expect(await afterSeconds(99)).toBeUndefined()
  expect(await afterSeconds(52)).toBe('invalid_grant')

  const { refreshToken: idle = '' } = await google.connect()
  emulator.advance(100)
  expect((await google.refresh(idle)).error).toBe('invalid_grant')
})

test('a mode can be changed while the emulator runs', async () => {
  await using emulator = await anEmulator()
  const google = testClient(emulator, 'google')
  const { refreshToken = '' } = await google.connect()

  emulator.configure('google', { rotation: { rotation: 'strict' } })

  expect((await google.refresh(refreshToken)).refreshToken).toMatch(/\S{16}/)
  expect((await google.refresh(refreshToken)).error).toBe('invalid_grant')
  expect(emulator.provider('google').refreshToken).toMatchObject({ rotation: 'strict' })
})

test('the log holds every presentation of every refresh token', async () => {
  await using emulator = await anEmulator({
    behaviour: { google: { rotation: { rotation: 'strict' } } },
  })
  const google = testClient(emulator, 'google')
  const { refreshToken = '' } = await google.connect()
  const next = await google.refresh(refreshToken)
  await google.refresh(refreshToken)

  const presentations = emulator.log.refreshes({ token: refreshToken })

  expect(presentations.map((entry) => entry.outcome)).toEqual([
    { status: 200 },
    { status: 400, error: 'invalid_grant' },
  ])
  expect(presentations[0]?.issued).toEqual({
    accessToken: next.accessToken,
    refreshToken: next.refreshToken,
  })
  expect(emulator.log.mostAtOnce({ grantType: 'refresh_token' })).toBe(1)
})
