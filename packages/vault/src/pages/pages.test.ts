import { describe, expect, test } from 'vitest'

import type { ConnectPageView } from '../use-cases/open-connect-page.ts'
import { consentPage } from './consent-page.tsx'
import { messagePage } from './message-page.tsx'

const NASTY = `</title><script>alert("1")</script>'&lt;`

const page = (scopes: readonly string[], more: Partial<ConnectPageView> = {}): string =>
  consentPage({
    view: {
      clientName: NASTY,
      consent: 'implied',
      providerName: NASTY,
      connection: NASTY,
      scopes,
      returnHost: NASTY,
      redirectUri: 'https://app.example.com/',
      consentOrigins: [],
      ...more,
    },
    action: '/connect',
    ticket: NASTY,
    formToken: NASTY,
    stylesheet: '/connect/style.css?v=1',
  })

describe('the consent page', () => {
  test('escapes every text and attribute', () => {
    const html = page([NASTY])

    expect(html).toMatch(/^<!doctype html><html lang="en">/)
    expect(html).not.toMatch(/<script|alert\("/)
    expect(html.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(6)
    expect(html).not.toContain(`value="${NASTY}`)
  })

  test('has one heading of the page, a list with a name, and two buttons that say what they do', () => {
    const html = page(['read'])

    expect(html.match(/<h1>/g)).toHaveLength(1)
    expect(html).toContain('<ul class="scopes" aria-labelledby="scopes">')
    expect(html).toContain('<h2 id="scopes">')
    expect(html.match(/<button/g)).toHaveLength(2)
    expect(html).toContain('name="viewport"')
  })

  test('says so when there are no scopes', () => {
    expect(page([])).not.toContain('<ul')
  })

  test('names the agent that will act, and who knows it by that name', () => {
    const actor = { issuer: 'https://agents.example.com/', subject: NASTY }

    const html = page([], { actor })

    expect(html).toContain('<dt>Agent</dt>')
    expect(html).toContain('<bdi>https://agents.example.com/</bdi>')
    expect(html).not.toContain('<script')
    expect(page([])).not.toContain('<dt>Agent</dt>')
  })

  test('says that it is asked about one account, where the client has to ask', () => {
    expect(page([], { consent: 'ask' })).toContain('may use only the account that you choose there')
    expect(page([])).not.toContain('may use only')
  })

  test('lets long scopes wrap at their joints, without changing them', () => {
    const scope = 'https://www.googleapis.com/auth/calendar.events'

    const html = page([scope])

    expect(html.replaceAll(/<wbr\s*\/?>/g, '')).toContain(`<code>${scope}</code>`)
    expect(html).toMatch(/auth\/<wbr\s*\/?>calendar/)
  })
})

test('a message is announced, and escaped', () => {
  const html = messagePage({ title: NASTY, text: NASTY, advice: NASTY, stylesheet: '/s.css' })

  expect(html).toContain('<p role="alert">')
  expect(html).not.toContain('<script')
})
