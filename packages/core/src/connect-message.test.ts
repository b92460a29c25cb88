import { expect, test } from 'vitest'
import { parseConnectMessage } from './connect-message.ts'

const connected = {
  type: 'valetkey.connect',
  version: 1,
  popup: 'popup-of-a-test-1',
  connection: 'google-oauth2',
} as const

test.each([connected, { ...connected, error: 'access_denied' as const }])('reads %j', (message) => {
  const parsed = parseConnectMessage(message)

  expect(parsed).toEqual(message)
  expect(parsed).not.toBe(message)
})

test('takes an error that is not there for none', () => {
  expect(parseConnectMessage({ ...connected, error: undefined })).toEqual(connected)
})

test.each([
  undefined,
  null,
  'valetkey.connect',
  JSON.stringify(connected),
  [connected],
  { ...connected, type: 'valetkey.other' },
  { ...connected, version: 2 },
  { ...connected, popup: 'short' },
  { ...connected, popup: ['popup-of-a-test-1'] },
  { ...connected, connection: '../etc' },
  { ...connected, connection: undefined },
  { ...connected, error: 'all is well' },
  { ...connected, error: null },
  { ...connected, token: 'smuggled' },
  { ...connected, error: undefined, token: 'smuggled' },
])('passes over %j', (value) => {
  expect(parseConnectMessage(value)).toBeUndefined()
})

test('never throws', () => {
  const trap = Object.defineProperty({ ...connected }, 'popup', {
    enumerable: true,
    get: () => {
      throw new Error('trap')
    },
  })

  expect(parseConnectMessage(trap)).toBeUndefined()
})
