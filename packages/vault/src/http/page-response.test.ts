import { expect, test } from 'vitest'

import { cspSourceOf, pageResponse } from './page-response.ts'

test.each([
  ['https://app.example.com/connected?x=1', 'https://app.example.com'],
  ['http://127.0.0.1:3000/connected', 'http://127.0.0.1:3000'],
  ['http://[::1]:3000/connected', 'http:'],
  ['com.example.app:/connected', 'com.example.app:'],
  ['https://a;b/connected', 'https:'],
  ["https://a'b/connected", 'https:'],
])('the CSP source of %s is %s', (redirectUri, source) => {
  expect(cspSourceOf(redirectUri)).toBe(source)
})

test('names each place a form may lead to once', () => {
  const response = pageResponse('', {
    status: 200,
    formTargets: [
      'https://accounts.example.com',
      'https://app.example.com',
      'https://app.example.com',
    ],
  })

  expect(response.headers.get('content-security-policy')).toContain(
    "; form-action 'self' https://accounts.example.com https://app.example.com; ",
  )
})
