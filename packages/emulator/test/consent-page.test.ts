import { expect, test } from 'vitest'

import { anEmulator, REDIRECT_URI, testClient } from './flow.ts'

interface ShownForm {
  readonly url: string
  readonly consent: string
  readonly html: string
  readonly policy: string
}

async function open(url: string): Promise<ShownForm> {
  const response = await fetch(url)
  const html = await response.text()
  return {
    url: new URL(/action="([^"]+)"/.exec(html)?.[1] ?? '', url).href,
    consent: /name="consent" value="([^"]+)"/.exec(html)?.[1] ?? '',
    html,
    policy: response.headers.get('content-security-policy') ?? '',
  }
}

function send(form: ShownForm, fields: Record<string, string>): Promise<Response> {
  return fetch(form.url, {
    method: 'POST',
    body: new URLSearchParams({ consent: form.consent, ...fields }),
    redirect: 'manual',
  })
}

test('a person chooses who they are and which scopes, and goes back with a code', async () => {
  await using emulator = await anEmulator({ consent: 'page' })
  const google = testClient(emulator, 'google')
  const form = await open(google.authorizationUrl({ scopes: ['email', 'profile'] }))

  const response = await send(form, { decision: 'allow', user: 'alice', 'scope-1': 'on' })

  expect(response.status).toBe(303)
  const back = new URL(response.headers.get('location') ?? '')
  expect(back.href.startsWith(REDIRECT_URI)).toBe(true)
  const { body } = await google.redeem(back.searchParams.get('code') ?? '')
  expect(body['scope']).toBe('https://www.googleapis.com/auth/userinfo.profile')
  expect(emulator.log.tokenRequests()[0]?.user).toBe('alice')
})

test('a person can deny', async () => {
  await using emulator = await anEmulator({ consent: 'page' })
  const form = await open(testClient(emulator, 'google').authorizationUrl())

  const response = await send(form, { decision: 'deny', user: 'demo' })

  expect(response.headers.get('location')).toBe(`${REDIRECT_URI}?error=access_denied&state=state-1`)
})

test('the page lists every scope ticked, chooses the hinted user, and escapes what it is given', async () => {
  await using emulator = await anEmulator({ consent: 'page' })
  const form = await open(
    testClient(emulator, 'google').authorizationUrl({
      scopes: ["<img/src=x>&'"],
      parameters: { login_hint: 'bob' },
    }),
  )

  expect(form.html.replaceAll('<wbr>', '')).toContain('&lt;img/src=x&gt;&amp;&#39;')
  expect(form.html).not.toContain('<img')
  expect(form.html).toContain('<option value="bob" selected>')
  expect(form.html.match(/type="checkbox"[^>]* checked/g)).toHaveLength(1)
  expect(form.html).toContain('lang="en"')
})

test('its policy lets the form lead to the client and on from there, and runs no scripts', async () => {
  await using emulator = await anEmulator({ consent: 'page' })
  const { policy } = await open(testClient(emulator, 'google').authorizationUrl())

  expect(policy).toContain("form-action 'self' http: https:;")
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('script-src')
})

test.each<readonly [string, Record<string, string>]>([
  ['an unknown page', { consent: 'consent_unknown', decision: 'allow', user: 'demo' }],
  ['an unknown user', { decision: 'allow', user: 'nobody' }],
  ['no decision', { user: 'demo' }],
])('does nothing for %s', async (_, fields) => {
  await using emulator = await anEmulator({ consent: 'page' })
  const form = await open(testClient(emulator, 'google').authorizationUrl())

  const response = await send(form, fields)

  expect(response.status).toBe(400)
  expect(response.headers.get('location')).toBeNull()
})

test('a page works once, and not for another provider, and not for long', async () => {
  await using emulator = await anEmulator({ consent: 'page' })
  const google = testClient(emulator, 'google')
  const allow = { decision: 'allow', user: 'demo' }
  const used = await open(google.authorizationUrl())
  await send(used, allow)
  const foreign = await open(google.authorizationUrl())
  const old = await open(google.authorizationUrl())

  expect((await send(used, allow)).status).toBe(400)
  const elsewhere = { ...foreign, url: foreign.url.replace('/google/', '/slack/') }
  expect((await send(elsewhere, allow)).status).toBe(400)
  emulator.advance(600)
  expect((await send(old, allow)).status).toBe(400)
})
