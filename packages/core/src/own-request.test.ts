import { expect, test } from 'vitest'
import { refuseForeign } from './own-request.ts'

const origin = 'https://app.example.com'

test.for<[string, Record<string, string>]>([
  ['a form or a script of the app', { origin, 'sec-fetch-site': 'same-origin' }],
  ['a browser that says its origin only', { origin }],
  ['an app without a referrer', { origin: 'null', 'sec-fetch-site': 'same-origin' }],
  ['a browser that leaves the origin out', { 'sec-fetch-site': 'same-origin' }],
])('lets pass: %s', ([, headers]) => {
  expect(refuseForeign(new Request(origin, { headers }), origin)).toBeUndefined()
})

test.for<[string, Record<string, string>]>([
  ['nothing said', {}],
  ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['another site, by an old browser', { origin: 'https://evil.example' }],
  ['a sister site', { origin: 'https://evil.example.com', 'sec-fetch-site': 'same-site' }],
  ['a sister site that claims the origin', { origin, 'sec-fetch-site': 'same-site' }],
  ['an address that was typed', { 'sec-fetch-site': 'none' }],
  ['an opaque origin', { origin: 'null' }],
  ['an opaque origin of another site', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
  ['plain http', { origin: 'http://app.example.com' }],
  ['another port', { origin: 'https://app.example.com:8443', 'sec-fetch-site': 'same-origin' }],
  ['a longer name', { origin: 'https://app.example.com.evil.example' }],
])('T33: refuses %s', async ([, headers]) => {
  const answer = refuseForeign(new Request(origin, { headers }), origin)

  expect(answer?.status).toBe(403)
})
