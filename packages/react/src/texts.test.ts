import { expect, test } from 'vitest'
import { defaultTexts, fill, parseErrorCode, serviceName } from './texts.ts'

test('has a sentence for every code, and one for any other', () => {
  for (const [code, sentence] of Object.entries(defaultTexts.failures)) {
    expect(parseErrorCode(code)).toBe(code)
    expect(sentence).toMatch(/\.$/)
  }
  expect(['', 'nonsense', '__proto__', 'constructor', 'toString'].map(parseErrorCode)).toEqual(
    Array.from({ length: 5 }, () => 'unknown'),
  )
})

test('puts a name in its place, and does not look into the name', () => {
  expect(fill('Connect {service}, {other}.', { service: '{service} $& <b>' })).toBe(
    'Connect {service} $& <b>, {other}.',
  )
})

test('calls a connection as people do, as the app does, or as it is named', () => {
  expect(serviceName('google-oauth2', undefined)).toBe('Google')
  expect(serviceName('google-oauth2', { 'google-oauth2': 'Work mail' })).toBe('Work mail')
  expect(serviceName('constructor', {})).toBe('constructor')
})
