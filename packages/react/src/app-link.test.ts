import { describe, expect, test } from 'vitest'
import { checkedBasePath, linkOf, ownPath, withParameter } from './app-link.ts'

const interrupt = {
  type: 'valetkey.interrupt',
  version: 1,
  message: 'Connect.',
  kind: 'connect',
  reason: 'not_connected',
  connection: 'google-oauth2',
  requiredScopes: ['a', 'b c'],
  missingScopes: [],
} as const

const ownRoute = '/auth/connect?connection=google-oauth2&scopes=a&scopes=b+c'

describe('the link of an interrupt', () => {
  test('is its connectUrl, where that is a path or its origin is allowed', () => {
    const path = { ...interrupt, connectUrl: '/connect?connection=x' }
    const allowed = { ...interrupt, connectUrl: 'https://app.example/connect' }

    expect(linkOf(path, '/auth', {})).toBe('/connect?connection=x')
    expect(linkOf(allowed, '/auth', { connectOrigins: ['https://app.example'] })).toBe(
      'https://app.example/connect',
    )
  })

  test.each([undefined, 'https://evil.example/connect'])(
    'is the own route, where connectUrl is %s',
    (connectUrl) => {
      expect(linkOf({ ...interrupt, connectUrl }, '/auth', {})).toBe(ownRoute)
    },
  )

  test.each([
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    '//evil.example',
    '/.//evil.example/login',
    '/x/%2e%2e//evil.example/login',
    '/\\evil.example',
    '/\t/evil.example',
    'https://app.example@evil.example/',
  ])('is nothing, where somebody passes an interrupt on unparsed, with %j', (connectUrl) => {
    expect(linkOf({ ...interrupt, connectUrl }, '/auth', {})).toBeUndefined()
  })

  test('leads to the login, and nowhere for an approval', () => {
    const base = { type: 'valetkey.interrupt', version: 1, message: 'Do it.' } as const
    const login = { ...base, kind: 'login', reason: 'login_required' } as const
    const times = { requestedAt: 1, expiresAt: 2, intervalSeconds: 1 }
    const approve = { kind: 'approve', reason: 'approval_required', approvalId: 'a' } as const

    expect(linkOf(login, '/auth', {})).toBe('/auth/login')
    expect(linkOf({ ...base, ...approve, ...times }, '/auth', {})).toBeUndefined()
  })
})

test.each(['auth', '//evil.example', '/\\evil.example', 'https://evil.example', '/auth?x', ''])(
  'takes no base path %j',
  (basePath) => {
    expect(() => checkedBasePath(basePath)).toThrow(/"basePath"/)
  },
)

test('adds a parameter before the fragment, to a path and to a URL', () => {
  expect(withParameter('/connect?a=1#end', 'popup', 'x&y')).toBe('/connect?a=1&popup=x%26y#end')
  expect(withParameter('https://app.example/connect', 'popup', 'x')).toBe(
    'https://app.example/connect?popup=x',
  )
})

test('takes its own parameters out of an address, and leaves the others', () => {
  const address = 'https://app.example/chat?a=1&valetkey_attempt=x&valetkey_error=y&b=2#end'

  expect(ownPath(address)).toBe('/chat?a=1&b=2#end')
})
