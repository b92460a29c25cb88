import { expect, test } from 'vitest'

import { isOwnForm } from './own-form.ts'

const ISSUER = 'https://vault.example.com/'

test.each<[Record<string, string>, boolean]>([
  [{ 'sec-fetch-site': 'same-origin', origin: 'null' }, true],
  [{ 'sec-fetch-site': 'same-origin', origin: 'https://vault.example.com' }, true],
  [{ origin: 'https://vault.example.com' }, true],
  [{}, true],
  [{ 'sec-fetch-site': 'same-site', origin: 'https://app.example.com' }, false],
  [{ 'sec-fetch-site': 'cross-site', origin: 'null' }, false],
  [{ 'sec-fetch-site': 'none' }, false],
  [{ 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }, false],
  [{ origin: 'http://vault.example.com' }, false],
  [{ origin: 'https://vault.example.com:8443' }, false],
  [{ origin: 'https://vault.example.com.evil.example' }, false],
])('RV-71: a form with %j is our own: %s', (headers, expected) => {
  const request = new Request(`${ISSUER}connect`, { method: 'POST', headers })

  expect(isOwnForm(request, ISSUER)).toBe(expected)
})
