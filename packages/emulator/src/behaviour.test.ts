import { providers } from '@valetkey/providers'
import { expect, test } from 'vitest'

import { withBehaviour } from './behaviour.ts'

const { google, slack, github } = providers
const githubApp = providers['github-app']

test('leaves a definition as it is when nothing is asked', () => {
  for (const provider of Object.values(providers)) {
    expect(withBehaviour(provider, {})).toEqual(provider)
  }
})

test('rotates as asked, and keeps the lifetimes of the definition', () => {
  const { refreshToken } = withBehaviour(google, {
    rotation: { rotation: 'grace', graceSeconds: 30 },
  })

  expect(refreshToken).toEqual({
    issued: 'default',
    rotation: 'grace',
    graceSeconds: 30,
    idleLifetimeSeconds: 15_552_000,
  })
})

test('switches refresh tokens off', () => {
  expect(withBehaviour(google, { rotation: 'none' }).refreshToken).toEqual({ issued: 'never' })
})

test('switches them on where the provider has none, with access tokens that expire', () => {
  const definition = withBehaviour(github, { rotation: { rotation: 'strict' } })

  expect(definition.refreshToken).toEqual({ issued: 'default', rotation: 'strict' })
  expect(definition.accessToken).toEqual({ expiry: 'always', lifetimeSeconds: 3_600 })
})

test('switches a setting of the client on', () => {
  expect(withBehaviour(slack, { clientSetting: 'on' }).refreshToken).toEqual({
    issued: 'default',
    rotation: 'single_use',
  })
  expect(withBehaviour(google, { clientSetting: 'on' })).toEqual(google)
})

test('changes lifetimes and nothing else', () => {
  const definition = withBehaviour(githubApp, {
    accessTokenLifetimeSeconds: 5,
    refreshTokenAbsoluteLifetimeSeconds: 50,
    refreshTokenIdleLifetimeSeconds: 20,
  })

  expect(definition.accessToken).toEqual({ expiry: 'always', lifetimeSeconds: 5 })
  expect(definition.refreshToken).toEqual({
    ...githubApp.refreshToken,
    absoluteLifetimeSeconds: 50,
    idleLifetimeSeconds: 20,
  })
})
