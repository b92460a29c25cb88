import { afterEach, describe, expect, test, vi } from 'vitest'
import { createAppSettings } from './app-settings.ts'
import { checkAppOptions, type NextValetKeyOptions } from './options.ts'

const secret = 'a-secret-of-the-tests-0123456789abcd'

afterEach(() => vi.unstubAllEnvs())

function settle(
  options: NextValetKeyOptions,
  environment: Readonly<Record<string, string>> = {},
): ReturnType<ReturnType<typeof createAppSettings>> {
  const empty = {
    NODE_ENV: 'production',
    PORT: '',
    VALETKEY_APP_URL: '',
    VALETKEY_COOKIE_SECRET: '',
  }
  for (const [name, value] of Object.entries({ ...empty, ...environment })) vi.stubEnv(name, value)
  return createAppSettings(checkAppOptions(options))()
}

describe('what the environment leaves out', () => {
  test('shows at first use, all of it at once', () => {
    const get = createAppSettings(checkAppOptions({}))
    vi.stubEnv('NODE_ENV', 'production')
    vi.stubEnv('VALETKEY_APP_URL', '')
    vi.stubEnv('VALETKEY_COOKIE_SECRET', '')

    expect(get).toThrow(/VALETKEY_APP_URL, VALETKEY_COOKIE_SECRET/)
    expect(get).toThrow(expect.objectContaining({ code: 'client_misconfigured' }))
  })

  test('under development the app is where Next is', () => {
    const development = { NODE_ENV: 'development', VALETKEY_COOKIE_SECRET: secret }

    expect(settle({}, development)).toMatchObject({
      origin: 'http://localhost:3000',
      isSecure: false,
    })
    expect(settle({}, { ...development, PORT: '4321' }).origin).toBe('http://localhost:4321')
    expect(settle({}, { ...development, PORT: 'x@evil' }).origin).toBe('http://localhost:3000')
  })
})

test('reads the environment, where an option says nothing', () => {
  const environment = {
    VALETKEY_APP_URL: 'https://app.example.com/',
    VALETKEY_COOKIE_SECRET: `${secret}, ${secret}2`,
  }

  expect(settle({}, environment)).toEqual({
    origin: 'https://app.example.com',
    isSecure: true,
    cookieSecrets: [secret, `${secret}2`],
  })
  expect(
    settle({ appUrl: 'http://localhost:1', cookieSecret: [`${secret}3`] }, environment),
  ).toEqual({
    origin: 'http://localhost:1',
    isSecure: false,
    cookieSecrets: [`${secret}3`],
  })
})

test.for([
  ['VALETKEY_APP_URL', 'app.example.com'],
  ['VALETKEY_APP_URL', 'http://app.example.com'],
  ['VALETKEY_APP_URL', 'https://app.example.com/docs'],
  ['VALETKEY_COOKIE_SECRET', 'short'],
  ['VALETKEY_COOKIE_SECRET', `${secret},short`],
  ['VALETKEY_COOKIE_SECRET', `${secret},`],
])('%s=%s is refused by its name', ([name = '', value = '']) => {
  const good = { VALETKEY_APP_URL: 'https://app.example.com', VALETKEY_COOKIE_SECRET: secret }

  const get = (): unknown => settle({}, { ...good, [name]: value })

  expect(get).toThrow(expect.objectContaining({ code: 'client_misconfigured' }))
  expect(get).toThrow(name)
  expect(get).not.toThrow(secret)
})

test.for<[string, NextValetKeyOptions]>([
  ['appUrl', { appUrl: 'https://app.example.com/x' }],
  ['appUrl', { appUrl: 'http://app.example.com' }],
  ['appUrl', { appUrl: 'javascript:alert(1)' }],
  ['basePath', { basePath: 'api' }],
  ['basePath', { basePath: '/api/' }],
  ['basePath', { basePath: '/api/../x?y' }],
  ['cookieSecret', { cookieSecret: 'short' }],
  ['cookieSecret', { cookieSecret: [] }],
  ['cookieSecret', { cookieSecret: [secret, ''] }],
  ['session.idleSeconds', { session: { idleSeconds: 1 } }],
  ['session.absoluteSeconds', { session: { absoluteSeconds: Number.NaN } }],
  ['loginParameters', { loginParameters: { state: 'mine' } }],
  ['loginParameters', { loginParameters: { redirect_uri: 'https://evil.example' } }],
  ['loginParameters.scope', { loginParameters: { scope: 'openid' } }],
  ['loginParameters.connection', { loginParameters: { connection: 'No Name' } }],
  ['defaultReturnPath', { defaultReturnPath: '//evil.example' }],
])('a wrong "%s" is a TypeError that names it: %o', ([name, options]) => {
  expect(() => checkAppOptions(options)).toThrow(TypeError)
  expect(() => checkAppOptions(options)).toThrow(`"${name}"`)
})
