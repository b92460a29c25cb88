import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { createBrowser } from './browser.ts'
import { type ConnectWorld, startConnectWorld } from './connect-world.ts'
import { aUser, begin } from './steps.ts'

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300)
const timeout = 60_000 + numRuns * 100

let world: ConnectWorld
beforeAll(async () => {
  world = await startConnectWorld()
})
afterAll(async () => {
  await world.close()
})

const CANARY = 'cAnArY7'

const anyText = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('', '\u0000', '<script>', '"\'><b>', 'https://evil.example', '%', '\r\nX: y'),
  )
  .map((text) => `${CANARY}${text.replaceAll(/\p{Cs}/gu, '?')}`)

const anyParameters = fc.array(
  fc.tuple(
    fc.oneof(
      fc.constantFrom(
        'state',
        'code',
        'error',
        'error_description',
        'iss',
        'ticket',
        'form_token',
        'decision',
      ),
      anyText,
    ),
    anyText,
  ),
  { maxLength: 6 },
)

/** What is wrong with an answer that ought to be one of our pages. */
async function faultsOf(response: Response): Promise<string[]> {
  const html = await response.text()
  const policy = response.headers.get('content-security-policy') ?? ''
  return [
    response.status >= 500 ? `status ${response.status}` : '',
    response.headers.has('location') ? 'a redirect' : '',
    html.includes(CANARY) ? 'an echo' : '',
    /\.ts:\d|node:|at \w+ \(/.test(html) ? 'a stack trace' : '',
    policy.startsWith("default-src 'none'") ? '' : 'no policy',
  ].filter((fault) => fault !== '')
}

test('RV-73: no callback of anybody gets further than a page of ours', { timeout }, async () => {
  const anyConnection = fc.oneof(
    fc.constantFrom('google-oauth2', 'github', '__proto__', '..', '%00'),
    anyText.map(encodeURIComponent),
  )

  await fc.assert(
    fc.asyncProperty(anyConnection, anyParameters, async (connection, parameters) => {
      const query = new URLSearchParams(parameters).toString()
      const headers = { cookie: `valetkey-connect-att_x=${CANARY}; ;=; valetkey-connect-=%zz` }

      const response = await fetch(`${world.issuer}callback/${connection}?${query}`, {
        redirect: 'manual',
        headers,
      })

      expect(await faultsOf(response)).toEqual([])
    }),
    { numRuns },
  )
})

test(
  'a true state with anything beside it ends in a page, or in the app with words of ours',
  { timeout },
  async () => {
    const answers = fc.array(
      fc.tuple(
        fc.constantFrom('code', 'error', 'error_description', 'error_uri', 'iss', 'scope'),
        anyText,
      ),
      { maxLength: 4 },
    )

    await fc.assert(
      fc.asyncProperty(answers, async (parameters) => {
        const begun = await begin(world, aUser('callback-fuzzer'))
        const page = await begun.browser.open(begun.pageUrl)
        const redirect = await begun.browser.submit(page, 'approve')
        const state = new URL(redirect.location ?? '').searchParams.get('state') ?? ''
        const query = new URLSearchParams([['state', state], ...parameters])

        const end = await begun.browser.open(`${world.issuer}callback/google-oauth2?${query}`)

        expect(end.status).toBe(303)
        const answer = new URL(end.location ?? '')
        expect(answer.origin).toBe('https://app.example.com')
        expect(answer.searchParams.get('error')).toMatch(/^[a-z_]+$/)
        expect(answer.searchParams.get('state')).toBe('app-state')
        expect(end.location).not.toContain(CANARY)
      }),
      { numRuns: Math.ceil(numRuns / 10) },
    )
  },
)

test('no ticket and no form of anybody gets further than a page of ours', { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST'),
      anyParameters,
      fc.constantFrom('application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'),
      async (method, parameters, type) => {
        const query = new URLSearchParams(parameters).toString()

        const response =
          method === 'GET'
            ? await fetch(`${world.issuer}connect?${query}`)
            : await fetch(`${world.issuer}connect`, {
                method,
                redirect: 'manual',
                headers: { 'content-type': type, cookie: `valetkey-form=${CANARY}` },
                body: query,
              })

        expect(await faultsOf(response)).toEqual([])
      },
    ),
    { numRuns },
  )
})

test(
  'a real page stays what it is, whatever cookies come with the request',
  { timeout },
  async () => {
    const begun = await begin(world, aUser('cookie-fuzzer'))
    const anyCookie = fc.string({
      unit: fc.constantFrom(...Array.from('ab=;, "\\%valetkey-form0')),
      maxLength: 80,
    })

    await fc.assert(
      fc.asyncProperty(anyCookie, async (cookie) => {
        const response = await fetch(begun.pageUrl, { headers: { cookie } })

        expect(response.status).toBe(200)
        expect(await response.text()).toContain('Calendar Agent')
      }),
      { numRuns: Math.ceil(numRuns / 3) },
    )
    expect((await createBrowser().open(begun.pageUrl)).status).toBe(200)
  },
)
