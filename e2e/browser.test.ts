import {
  accessibilityProblems,
  overflowOf,
  startChromium,
} from '@valetkey-internal/testing/chromium'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { visit } from './src/browser-visit.ts'
import {
  APP_NAME,
  type BrowserWorld,
  CALENDAR_SCOPES,
  startBrowserWorld,
} from './src/browser-world.ts'

let browser: Browser
/** Providers agree by themselves: one click sends the browser all the way. */
let quick: BrowserWorld
/** Providers show a page and wait for a person. */
let asking: BrowserWorld
beforeAll(async () => {
  ;[browser, quick, asking] = await Promise.all([
    startChromium(),
    startBrowserWorld('automatic'),
    startBrowserWorld('page'),
  ])
})
afterAll(async () => {
  await browser.close()
  await quick.close()
  await asking.close()
})

const continueTo = (page: Page, provider: string) =>
  page.getByRole('button', { name: `Continue to ${provider}`, exact: true })
const allow = (page: Page) => page.getByRole('button', { name: 'Allow', exact: true })
const heading = (page: Page) => page.getByRole('heading', { level: 1 }).innerText()

/** The app's own page, to which every flow leads back. */
async function backAtApp(page: Page, { app }: BrowserWorld): Promise<string> {
  await page.waitForURL((url) => url.origin === app.origin && url.pathname === '/')
  return await heading(page)
}

describe('connecting by clicks', () => {
  test('R13: one click leads through vault and provider back to the app, and the browser lets every hop pass', async () => {
    const { app, emulator, vault } = quick
    await using profile = await visit(browser, quick, 'alice')
    const { page, requests, complaints } = profile

    await page.goto(quick.connectLinks.calendar)
    await continueTo(page, 'Google').click()

    expect(await backAtApp(page, quick)).toBe('Welcome')
    expect(requests).toEqual([
      `→ GET ${app.origin}/connect`,
      `→ GET ${vault.url}/connect`,
      `GET ${vault.url}/connect/style.css`,
      `→ POST ${vault.url}/connect`,
      `→ GET ${emulator.url}/google/o/oauth2/v2/auth`,
      `→ GET ${vault.url}/callback/google-oauth2`,
      `→ GET ${app.redirectUri}`,
      `→ GET ${app.origin}/`,
    ])
    expect(complaints).toEqual([])
    expect(await quick.accountsOf('alice')).toMatchObject([
      { connection: 'google-oauth2', state: 'active' },
    ])
  })

  test.each(['provider', 'app'] as const)(
    'R13: the browser would stop on the way to the %s if the page did not name it',
    async (hop) => {
      const { app, emulator, vault } = quick
      const origin = hop === 'provider' ? emulator.url : app.origin
      await using profile = await visit(browser, quick, 'bobby')
      const { page } = profile
      await page.goto(quick.connectLinks.calendar)
      await page.route(page.url(), async (route) => {
        const response = await route.fetch()
        const headers = response.headers()
        const policy = (headers['content-security-policy'] ?? '').replace(` ${origin}`, '')
        await route.fulfill({
          response,
          headers: { ...headers, 'content-security-policy': policy },
        })
      })
      await page.reload()
      const complaint = page.waitForEvent('console', (message) =>
        message.text().includes('form-action'),
      )

      await continueTo(page, 'Google').click()

      expect((await complaint).text()).toContain('Content Security Policy')
      expect(page.url()).toContain(vault.url)
      expect(await quick.accountsOf('bobby')).toEqual([])
    },
  )

  test('without scripts, a person chooses an account and fewer scopes at the provider', async () => {
    await using profile = await visit(browser, asking, 'alice', { javaScriptEnabled: false })
    const { page } = profile
    await page.goto(asking.connectLinks.calendar)
    await continueTo(page, 'Google').click()

    await page.getByRole('combobox', { name: 'Signed in as' }).selectOption('bob')
    await page.getByRole('checkbox', { name: CALENDAR_SCOPES[1] }).uncheck()
    await allow(page).click()

    expect(await backAtApp(page, asking)).toBe('Welcome')
    expect(await asking.accountsOf('alice')).toMatchObject([
      { label: 'bob@example.com', scopes: expect.not.arrayContaining([CALENDAR_SCOPES[1]]) },
    ])
  })

  test('two tabs connect side by side, and both arrive', async () => {
    await using profile = await visit(browser, asking, 'bob')
    const { context, page } = profile
    const other = await context.newPage()
    await page.goto(asking.connectLinks.calendar)
    await other.goto(asking.connectLinks.github)
    await continueTo(page, 'Google').click()
    await continueTo(other, 'GitHub').click()

    await allow(other).click()
    expect(await backAtApp(other, asking)).toBe('Welcome')
    await allow(page).click()
    expect(await backAtApp(page, asking)).toBe('Welcome')

    const connections = (await asking.accountsOf('bob')).map(({ connection }) => connection)
    expect(connections.toSorted()).toEqual(['github', 'google-oauth2'])
  })

  test('the back button leads to a page that says so, and forward still arrives', async () => {
    await using profile = await visit(browser, asking, 'bobby')
    const { page } = profile
    await page.goto(asking.connectLinks.github)
    await continueTo(page, 'GitHub').click()
    await allow(page).waitFor()

    await page.goBack()
    expect(await heading(page)).toBe('This link is not valid any more')
    await page.goForward()
    await allow(page).click()

    expect(await backAtApp(page, asking)).toBe('Welcome')
    await page.goBack()
    await page.goBack()
    expect(await heading(page)).toBe('This link is not valid any more')
    expect(await asking.accountsOf('bobby')).toHaveLength(1)
  })

  test('RV-71: no address that the browser was at is told to the provider', async () => {
    await using profile = await visit(browser, asking, 'bobby')
    const { page } = profile
    const referrers: (string | undefined)[] = []
    page.on('request', (request) => {
      if (request.url().startsWith(asking.emulator.url)) {
        referrers.push(request.headers()['referer'])
      }
    })
    await page.goto(asking.connectLinks.github)

    await continueTo(page, 'GitHub').click()
    await allow(page).waitFor()

    expect(referrers).toEqual([undefined])
  })
})

describe('when it does not go well', () => {
  test('a link that is too old, or whose page was open for too long, leads nowhere', async () => {
    await using profile = await visit(browser, quick, 'bob')
    const { page } = profile
    await page.goto(quick.connectLinks.github)

    quick.advance(301)
    await continueTo(page, 'GitHub').click()
    const afterClick = await heading(page)
    await page.goBack()
    const afterReload = await heading(page)
    quick.advance(-301)

    expect([afterClick, afterReload]).toEqual([
      'This link is not valid any more',
      'This link is not valid any more',
    ])
    expect(await quick.accountsOf('bob')).toEqual([])
  })

  test('Cancel leads back to the app, and the provider hears nothing', async () => {
    await using profile = await visit(browser, quick, 'bob')
    const { page } = profile
    const before = quick.emulator.log.tick()
    await page.goto(quick.connectLinks.github)

    await page.getByRole('button', { name: 'Cancel', exact: true }).click()

    expect(await backAtApp(page, quick)).toBe('access_denied')
    expect(quick.emulator.log.entries({ provider: 'github', after: before })).toEqual([])
  })

  test('Deny at the provider leads back to the app', async () => {
    await using profile = await visit(browser, asking, 'demo')
    const { page } = profile
    await page.goto(asking.connectLinks.github)
    await continueTo(page, 'GitHub').click()

    await page.getByRole('button', { name: 'Deny', exact: true }).click()

    expect(await backAtApp(page, asking)).toBe('access_denied')
    expect(await asking.accountsOf('demo')).toEqual([])
  })

  test('a provider that is down is called that, and connecting works once it is back', async () => {
    await using profile = await visit(browser, quick, 'demo')
    const { page } = profile
    quick.emulator.faults.add('github', { at: 'token', fault: { kind: 'server_error' } })

    await page.goto(quick.connectLinks.github)
    await continueTo(page, 'GitHub').click()
    expect(await backAtApp(page, quick)).toBe('provider_unavailable')
    await page.goto(quick.connectLinks.github)
    await continueTo(page, 'GitHub').click()

    expect(await backAtApp(page, quick)).toBe('Welcome')
    expect(await quick.accountsOf('demo')).toHaveLength(1)
  })
})

describe('for everybody', () => {
  test('the keyboard alone is enough, and shows where it is', async () => {
    await using profile = await visit(browser, asking, 'demo')
    const { page } = profile
    const { keyboard } = page
    await page.goto(asking.connectLinks.calendar)

    await keyboard.press('Tab')
    expect(await focused(page)).toEqual({ name: 'Continue to Google', isVisible: true })
    await keyboard.press('Tab')
    expect(await focused(page)).toEqual({ name: 'Cancel', isVisible: true })
    await keyboard.press('Shift+Tab')
    await keyboard.press('Enter')

    await allow(page).waitFor()
    await keyboard.press('Tab')
    await keyboard.type('Alice')
    expect(await page.getByRole('combobox').inputValue()).toBe('alice')
    for (const scope of ['openid', 'email', ...CALENDAR_SCOPES.toSorted()]) {
      await keyboard.press('Tab')
      expect(await focused(page)).toEqual({ name: scope, isVisible: true })
    }
    await keyboard.press('Space')
    await keyboard.press('Tab')
    expect(await focused(page)).toEqual({ name: 'Deny', isVisible: true })
    await keyboard.press('Tab')
    await keyboard.press('Enter')

    expect(await backAtApp(page, asking)).toBe('Welcome')
    expect(await asking.accountsOf('demo')).toMatchObject([
      { label: 'alice@example.com', scopes: expect.not.arrayContaining([CALENDAR_SCOPES[0]]) },
    ])
  })

  test('RV-71: a screen reader is told who asks, for what, and where it leads', async () => {
    await using profile = await visit(browser, asking, 'alice')
    const { page } = profile
    await page.goto(asking.connectLinks.calendar)
    expect(await page.title()).toBe('Connect Google · Valet Key')
    expect(await spoken(page)).toBe(VAULT_PAGE_AS_SPOKEN)

    await continueTo(page, 'Google').click()
    await allow(page).waitFor()
    expect(await spoken(page)).toBe(PROVIDER_PAGE_AS_SPOKEN)
  })

  test.each(['light', 'dark'] as const)(
    'axe finds nothing wrong with any page, in %s colours',
    async (colorScheme) => {
      await using profile = await visit(browser, asking, 'alice', { colorScheme })
      const { page } = profile

      const problems: Record<string, readonly string[]> = {}
      for (const [name, show] of Object.entries(PAGES)) {
        await show(page)
        problems[name] = await accessibilityProblems(page)
      }

      expect(problems).toEqual(Object.fromEntries(Object.keys(PAGES).map((name) => [name, []])))
    },
  )

  test('axe finds what is wrong, so that finding nothing means something', async () => {
    asking.app.publish('/wrong', '<img src="x"><h3 style="color:#ccc">Pale</h3><input>')
    await using profile = await visit(browser, asking, 'alice')
    await profile.page.goto(`${asking.app.origin}/wrong`)

    const rules = (await accessibilityProblems(profile.page)).map(
      (problem) => problem.split(':')[0],
    )

    expect(rules).toEqual(expect.arrayContaining(['color-contrast', 'image-alt', 'label']))
  })

  test.each([320, 360, 768])(
    'nothing is cut off or scrolls sideways at %i pixels, and buttons are large enough to hit',
    async (width) => {
      await using profile = await visit(browser, asking, 'alice', {
        viewport: { width, height: 640 },
      })
      const { page } = profile

      for (const show of Object.values(PAGES)) {
        await show(page)
        expect(await overflowOf(page)).toBe(0)
        for (const button of await page.getByRole('button').all()) {
          const box = await button.boundingBox()
          expect(box?.height).toBeGreaterThanOrEqual(44)
          expect((box?.x ?? width) + (box?.width ?? 0)).toBeLessThanOrEqual(width)
        }
      }
    },
  )

  test('dark is dark, and light is light', async () => {
    await using profile = await visit(browser, asking, 'alice')
    const { page } = profile
    const grounds: Record<string, readonly number[]> = { light: [], dark: [] }

    for (const show of Object.values(PAGES)) {
      await show(page)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        grounds[colorScheme] = [...(grounds[colorScheme] ?? []), await brightnessOf(page)]
      }
    }

    expect(Math.min(...(grounds['light'] ?? []))).toBeGreaterThan(230)
    expect(Math.max(...(grounds['dark'] ?? []))).toBeLessThan(40)
  })
})

describe('against other sites', () => {
  test('RV-71: no page of the vault can be framed', async () => {
    const { app, vault } = quick
    await using profile = await visit(browser, quick, 'alice')
    const { page } = profile
    await page.goto(quick.connectLinks.github)
    const link = page.url()
    app.publish('/framed', '<p>Seen in a frame</p>')
    app.publish(
      '/frames',
      [`${app.origin}/framed`, link, `${vault.url}/errors/not_connected`]
        .map((url) => `<iframe src="${url}"></iframe>`)
        .join(''),
    )

    await page.goto(`${app.origin}/frames`)

    const frames = page.frames().slice(1)
    const texts = await Promise.all(frames.map((frame) => frame.locator('body').innerText()))
    expect(texts[0]).toBe('Seen in a frame')
    expect(frames.slice(1).map((frame) => frame.url())).toEqual([
      'chrome-error://chromewebdata/',
      'chrome-error://chromewebdata/',
    ])
    expect(texts.join()).not.toMatch(/Continue to|connected again|Valet Key/)
  })

  test.each(['another site', 'another port of the same site'] as const)(
    "RV-71: a form of %s cannot say yes in a person's name, not even with the right tokens",
    async (place) => {
      const { app, emulator, vault } = quick
      await using profile = await visit(browser, quick, 'alice')
      const { page } = profile
      await page.goto(quick.connectLinks.github)
      const fields = await page
        .locator('input[type=hidden]')
        .evaluateAll((inputs) => inputs.map((input) => input.outerHTML))
      app.publish(
        '/forged',
        `<form method="post" action="${vault.url}/connect">${fields.join('')}<button name="decision" value="approve">Win a prize</button></form>`,
      )
      const before = emulator.log.tick()

      const { port } = new URL(app.origin)
      await page.goto(
        `http://${place === 'another site' ? 'localhost' : '127.0.0.1'}:${port}/forged`,
      )
      expect(fields).toHaveLength(2)
      await page.getByRole('button', { name: 'Win a prize' }).click()

      expect(await heading(page)).toBe('This could not be confirmed')
      expect(emulator.log.entries({ provider: 'github', after: before })).toEqual([])
    },
  )

  test("T16, RV-66: what bob connects by alice's link is attached to nobody", async () => {
    await using alice = await visit(browser, asking, 'demo')
    await using bob = await visit(browser, asking, 'bob')
    const before = [await asking.accountsOf('demo'), await asking.accountsOf('bob')]
    await alice.page.goto(asking.connectLinks.github)

    await bob.page.goto(alice.page.url())
    expect(await heading(bob.page)).toBe(`Connect GitHub to ${APP_NAME}?`)
    await continueTo(bob.page, 'GitHub').click()
    await allow(bob.page).click()

    expect(await backAtApp(bob.page, asking)).toBe('attempt_invalid')
    expect([await asking.accountsOf('demo'), await asking.accountsOf('bob')]).toEqual(before)
    // Nor can alice go on from her own tab.
    await continueTo(alice.page, 'GitHub').click()
    expect(await heading(alice.page)).toBe('This link is not valid any more')
  })

  test("T17, RV-61: a provider's answer for alice does nothing in bob's browser, and still serves her", async () => {
    const { emulator } = quick
    await using alice = await visit(browser, quick, 'bobby')
    await using bob = await visit(browser, quick, 'bob')
    await alice.page.goto(quick.connectLinks.github)
    // The provider has decided, and its answer is on the way to her browser.
    emulator.faults.add('github', { at: 'authorize', fault: { kind: 'hold', when: 'after' } })
    const before = emulator.log.tick()
    const click = continueTo(alice.page, 'GitHub').click({ noWaitAfter: true })
    await emulator.log.arrival({ provider: 'github', route: 'authorize', after: before })
    await expect.poll(() => emulator.faults.list('github')).toEqual([])
    const [asked] = emulator.log.entries({ provider: 'github', route: 'authorize', after: before })
    const answer = new URL(asked?.parameters['redirect_uri'] ?? '')
    answer.searchParams.set('code', asked?.issued.code ?? '')
    answer.searchParams.set('state', asked?.parameters['state'] ?? '')

    await bob.page.goto(answer.href)
    expect(await heading(bob.page)).toBe('This link is not valid any more')
    expect(await quick.accountsOf('bob')).toEqual([])

    emulator.faults.release('github')
    await click
    expect(await backAtApp(alice.page, quick)).toBe('Welcome')
    expect(await quick.accountsOf('bobby')).toHaveLength(1)
  })
})

/** Every kind of page that people may see, of the vault and of the emulator. */
const PAGES: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  consent: (page) => page.goto(asking.connectLinks.calendar),
  'link not valid': (page) => page.goto(`${asking.vault.url}/connect?ticket=unknown`),
  'help with an error': (page) => page.goto(`${asking.vault.url}/errors/reconnect_required`),
  "the provider's consent": async (page) => {
    await page.goto(asking.connectLinks.calendar)
    await continueTo(page, 'Google').click()
    await allow(page).waitFor()
  },
  "the provider's message": (page) =>
    page.goto(`${asking.emulator.url}/google/o/oauth2/v2/auth?client_id=unknown`),
  'the emulator': (page) => page.goto(asking.emulator.url),
}

/** What the keyboard would act on, and whether a person can see that it is there. */
async function focused(page: Page): Promise<{ name: string; isVisible: boolean }> {
  return await page.evaluate(() => {
    const element = document.activeElement
    if (!(element instanceof HTMLElement)) return { name: '', isVisible: false }
    const { outlineStyle, outlineWidth } = getComputedStyle(element)
    const label = element instanceof HTMLInputElement ? element.labels?.[0] : element
    return {
      name: label?.innerText.trim() ?? '',
      isVisible: outlineStyle === 'solid' && Number.parseFloat(outlineWidth) >= 2,
    }
  })
}

/** The page as the browser tells it to assistive technology; ports are what they are. */
async function spoken(page: Page): Promise<string> {
  return (await page.locator('body').ariaSnapshot()).replaceAll(/:\d{4,5}\b/g, ':PORT')
}

const VAULT_PAGE_AS_SPOKEN = `
- main:
  - paragraph: Valet Key
  - heading "Connect Google to Aurora Assistant?" [level=1]
  - paragraph:
    - strong: Aurora Assistant
    - text: asks to act for you at
    - strong: Google
    - text: . Go on only if you just asked it to.
  - heading "What it will be able to do" [level=2]
  - list "What it will be able to do":
    - listitem: To know that it is you
    - listitem: Your e-mail address
    - listitem:
      - code: https://www.googleapis.com/auth/calendar.acls.readonly
    - listitem: See and edit events on all your calendars
  - term: Connection
  - definition:
    - code: google-oauth2
  - term: Then you return to
  - definition:
    - code: localhost:PORT
  - button "Continue to Google"
  - button "Cancel"
  - paragraph: You log in at Google, never here. Access is kept sealed in this vault, and you can disconnect at any time.
`.trim()

const PROVIDER_PAGE_AS_SPOKEN = `
- main:
  - paragraph: Emulator
  - heading "emulator-google-client wants to use your Google account" [level=1]
  - paragraph: Nothing leaves this machine, and no real account is concerned.
  - text: Signed in as
  - combobox "Signed in as":
    - option "Demo User (demo@example.com)" [selected]
    - option "Alice Archer (alice@example.com)"
    - option "Bob Baker (bob@example.com)"
    - option "Bobby Brown (bobby@example.com)"
  - group "It asks for":
    - text: It asks for
    - checkbox "openid" [checked]
    - text: openid
    - checkbox "email" [checked]
    - text: email
    - checkbox "https://www.googleapis.com/auth/calendar.acls.readonly" [checked]
    - text: https://www.googleapis.com/auth/calendar.acls.readonly
    - checkbox "https://www.googleapis.com/auth/calendar.events" [checked]
    - text: https://www.googleapis.com/auth/calendar.events
  - button "Deny"
  - button "Allow"
  - paragraph: You will return to 127.0.0.1:PORT.
`.trim()

/** Of the ground behind the page, 0 to 255. */
async function brightnessOf(page: Page): Promise<number> {
  const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const parts = colour.match(/\d+/g) ?? []
  return parts.slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3
}
