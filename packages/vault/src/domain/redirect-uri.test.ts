import { describe, expect, test } from 'vitest'

import { isRegisteredRedirectUri, returnHost, withAnswer } from './redirect-uri.ts'

const registered = [
  'https://app.example.com/auth/callback',
  'http://127.0.0.1:3000/callback',
  'http://localhost/callback?kind=connect',
  'com.example.app:/callback',
]

describe('isRegisteredRedirectUri', () => {
  test.each(registered)('RV-64: takes a registered one as it is: %s', (uri) => {
    expect(isRegisteredRedirectUri(registered, uri)).toBe(true)
  })

  test.each([
    'http://127.0.0.1/callback',
    'http://127.0.0.1:65535/callback',
    'http://localhost:8080/callback?kind=connect',
  ])('RV-64: lets the port of a loopback address vary: %s', (uri) => {
    expect(isRegisteredRedirectUri(registered, uri)).toBe(true)
  })

  test.each([
    'https://app.example.com/auth/callback/',
    'https://app.example.com/auth/callback?x=1',
    'https://app.example.com/auth/callback#x',
    'https://app.example.com:8443/auth/callback',
    'https://APP.example.com/auth/callback',
    'https://app.example.com/auth/../auth/callback',
    'https://app.example.com/auth%2Fcallback',
    'https://app.example.com@evil.example/auth/callback',
    'https://app.example.com.evil.example/auth/callback',
    'http://app.example.com/auth/callback',
    'https://127.0.0.1:3000/callback',
    'http://127.0.0.1:3000/callback/more',
    'http://127.0.0.1:3000@evil.example/callback',
    'http://127.0.0.1.evil.example/callback',
    'http://127.0.0.2/callback',
    'http://localhost/callback?kind=other',
    'http://localhost:99999999/callback?kind=connect',
    'http://localhost:70000/callback?kind=connect',
    'http://[::1]/callback',
    'javascript:alert(1)',
    '//app.example.com/auth/callback',
    'not a url',
    '',
  ])('RV-64: refuses everything else: %s', (uri) => {
    expect(isRegisteredRedirectUri(registered, uri)).toBe(false)
  })
})

describe('withAnswer', () => {
  test('begins a query, or goes on with the one that is there, untouched', () => {
    expect(withAnswer('https://a.example/cb', { state: 's p' })).toBe(
      'https://a.example/cb?state=s+p',
    )
    expect(withAnswer('https://a.example/cb?a=%20b', { state: 's' })).toBe(
      'https://a.example/cb?a=%20b&state=s',
    )
    expect(withAnswer('https://a.example/cb?', { state: 's' })).toBe('https://a.example/cb?state=s')
  })

  test('leaves out what is absent and encodes what could end a header or a parameter', () => {
    expect(
      withAnswer('https://a.example/cb', { connect_code: 'c', state: 'a&b=c\r\nSet-Cookie: x' }),
    ).toBe('https://a.example/cb?connect_code=c&state=a%26b%3Dc%0D%0ASet-Cookie%3A+x')
    expect(withAnswer('https://a.example/cb', { error: 'e', state: undefined })).toBe(
      'https://a.example/cb?error=e',
    )
  })
})

test('names the host a person returns to, or the scheme of an app', () => {
  expect(returnHost('https://app.example.com:8443/cb')).toBe('app.example.com:8443')
  expect(returnHost('com.example.app:/callback')).toBe('com.example.app')
})
