import { describe, expect, test } from 'vitest'

import { createBrowserCookies } from './browser-cookies.ts'

const SEED = 'a'.repeat(32)

function request(cookie: string): Request {
  return new Request('https://vault.example.com/', { headers: { cookie } })
}

describe('over https', () => {
  const cookies = createBrowserCookies({ issuer: 'https://vault.example.com/' })

  test('RV-72, R13: cookies are __Host-, secure, http-only and lax', () => {
    expect(cookies.setFormSeed(SEED)).toBe(
      `__Host-valetkey-form=${SEED}; Path=/; HttpOnly; SameSite=Lax; Secure`,
    )
    expect(cookies.setBinding({ attemptId: 'att_1', secret: 's' })).toBe(
      '__Host-valetkey-connect-att_1=s; Max-Age=600; Path=/; HttpOnly; SameSite=Lax; Secure',
    )
    expect(cookies.clearBinding('att_1')).toBe(
      '__Host-valetkey-connect-att_1=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure',
    )
  })

  test('a cookie without the prefix, which a sibling host could set, does not count', () => {
    expect(cookies.formSeed(request(`valetkey-form=${SEED}`))).toBeUndefined()
    expect(cookies.bindings(request('valetkey-connect-att_1=s')).size).toBe(0)
  })

  test('each attempt has a cookie of its own', () => {
    const sent = request(
      '__Host-valetkey-connect-att_1=a; other=x; __Host-valetkey-connect-att_2=b',
    )

    expect([...cookies.bindings(sent)]).toEqual([
      ['att_1', 'a'],
      ['att_2', 'b'],
    ])
  })

  test.each(['', 'short', `${SEED}x`, '<script>'.padEnd(32, 'x')])(
    'a seed that is none of ours is as good as none: %s',
    (seed) => {
      expect(cookies.formSeed(request(`__Host-valetkey-form=${seed}`))).toBeUndefined()
    },
  )
})

test('R13: over http, which only loopback may use, names are plain and nothing is Secure', () => {
  const cookies = createBrowserCookies({ issuer: 'http://127.0.0.1:8787/' })

  expect(cookies.setFormSeed(SEED)).toBe(`valetkey-form=${SEED}; Path=/; HttpOnly; SameSite=Lax`)
  expect(cookies.formSeed(request(`valetkey-form=${SEED}`))).toBe(SEED)
})
