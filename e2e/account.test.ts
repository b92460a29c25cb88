import {
  accessibilityProblems,
  overflowOf,
  startChromium,
} from '@valetkey-internal/testing/chromium'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type LoginWorld, openProfile, type Profile, startLoginWorld } from './src/login-world.ts'

let browser: Browser
let world: LoginWorld
beforeAll(async () => {
  ;[browser, world] = await Promise.all([startChromium(), startLoginWorld()])
})
afterAll(async () => {
  await browser.close()
  await world.close()
})

const heading = (page: Page) => page.getByRole('heading', { level: 1 }).innerText()
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const follow = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).click()

async function atPage(page: Page, path: string): Promise<string> {
  await page.waitForURL((url) => url.pathname === path)
  return await heading(page)
}

describe('logging in by clicks', () => {
  test('R13: choosing a connection leads through the provider back to the app, and the browser lets every hop pass', async () => {
    await using profile = await openProfile(browser, world)
    const { page, complaints, allowAs } = profile

    await page.goto(world.authorizationUrl('aurora'))
    expect(await heading(page)).toBe('Log in to Aurora Assistant')
    await press(page, 'Continue with Google')
    await allowAs('alice')

    expect(await atPage(page, '/callback')).toBe('Welcome')
    expect(complaints).toEqual([])
  })

  test('RV-72: the session is one for apps and the account page, and no script can read its cookie', async () => {
    await using profile = await openProfile(browser, world)
    const { page, allowAs } = profile
    await page.goto(world.authorizationUrl('aurora'))
    await press(page, 'Continue with Google')
    await allowAs('bob')
    await atPage(page, '/callback')

    await page.goto(`${world.vault.issuer}account`)

    expect(await heading(page)).toBe('Your account')
    expect(await page.evaluate(() => document.cookie)).toBe('')
    const cookies = await page.context().cookies(world.vault.issuer)
    const session = cookies.find(({ name }) => name === 'valetkey-session')
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
  })

  test('a client that has to ask shows what it asks for', async () => {
    await using profile = await openProfile(browser, world)
    const { page, allowAs } = profile
    await page.goto(world.authorizationUrl('borealis'))
    await press(page, 'Continue with Google')
    await allowAs('demo')

    await page.getByRole('heading', { name: 'Allow Borealis Reports?' }).waitFor()
    await page.getByText('To act for you while you are away').waitFor()
    await press(page, 'Allow')

    expect(await atPage(page, '/callback')).toBe('Welcome')
  })

  test('Cancel leads back to the app, and to nowhere when the account page asked', async () => {
    await using profile = await openProfile(browser, world)
    const { page } = profile
    await page.goto(world.authorizationUrl('aurora'))
    await press(page, 'Cancel')
    expect(await atPage(page, '/callback')).toBe('Welcome')
    expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied')

    await page.goto(`${world.vault.issuer}account`)
    await press(page, 'Cancel')

    expect(await atPage(page, '/account/signed-in')).toBe('You are not logged in')
  })
})

describe('the account page by clicks', () => {
  test('a second way to log in is added and removed, and logging out ends the session', async () => {
    await using profile = await openProfile(browser, world)
    const { page, complaints, allowAs, open } = profile
    await open('account', 'alice')
    expect(await atPage(page, '/account')).toBe('Your account')

    await press(page, 'Add GitHub')
    await allowAs('alice')
    await page.getByRole('link', { name: 'Remove GitHub', exact: true }).waitFor()
    await follow(page, 'Remove GitHub')
    expect(await heading(page)).toMatch(/^Remove GitHub/)
    await press(page, 'Remove')
    expect(await atPage(page, '/account')).toBe('Your account')
    expect(await page.getByRole('link', { name: 'Remove GitHub' }).count()).toBe(0)
    await press(page, 'Log out')

    expect(await heading(page)).toBe('You are logged out')
    await page.goto(`${world.vault.issuer}account`)
    expect(await heading(page)).toBe('Log in to Valet Key')
    expect(complaints).toEqual([])
  })

  test("somebody else's login is not taken over, and the page says so", async () => {
    await using other = await openProfile(browser, world)
    await other.open('account', 'bob', 'GitHub')
    await atPage(other.page, '/account')
    await using profile = await openProfile(browser, world)
    const { page, allowAs, open } = profile
    await open('account', 'demo')

    await press(page, 'Add GitHub')
    await allowAs('bob')

    expect(await atPage(page, '/account/not-added/taken')).toBe(
      'This login belongs to somebody else',
    )
  })

  test('an account is connected by a link, shown in words, and disconnected', async () => {
    await using profile = await openProfile(browser, world)
    const { page, complaints, allowAs, open } = profile
    await open(await world.connectLink('bobby'), 'bobby')
    expect(await heading(page)).toBe('Connect Google to Aurora Assistant?')
    expect(
      await page.getByRole('list', { name: 'What it will be able to do' }).innerText(),
    ).toContain('See and edit events on all your calendars')

    await press(page, 'Continue to Google')
    await allowAs('bobby')
    expect(await atPage(page, '/connect/done')).toBe('Google is connected')
    await follow(page, 'See what is connected')
    await page.getByText('What it allows').click()
    expect(await page.getByText('See and edit events on all your calendars').isVisible()).toBe(true)
    await follow(page, 'Disconnect bobby@example.com')
    await press(page, 'Disconnect')

    expect(await atPage(page, '/account')).toBe('Your account')
    expect(await page.getByText('Nothing is connected.').isVisible()).toBe(true)
    expect(complaints).toEqual([])
  })

  test('sessions of other browsers are listed and ended', async () => {
    await using here = await openProfile(browser, world)
    await using there = await openProfile(browser, world)
    await here.open('account', 'demo', 'GitHub')
    await there.open('account', 'demo', 'GitHub')
    await atPage(there.page, '/account')

    await press(there.page, 'End all others')
    expect(await atPage(there.page, '/account')).toBe('Your account')
    await here.page.reload()

    expect(await heading(here.page)).toBe('Log in to Valet Key')
  })

  test("T16, RV-66: in bob's browser alice's link shows nothing of hers, and connects nothing", async () => {
    const link = await world.connectLink('alice')
    await using bob = await openProfile(browser, world)

    await bob.open(link, 'bob')

    expect(await atPage(bob.page, new URL(link).pathname)).toBe('This link does not work for you')
    expect(await bob.page.locator('body').innerText()).not.toMatch(/alice|Aurora|Google/i)
    await using alice = await openProfile(browser, world)
    await alice.open(link, 'alice')
    expect(await heading(alice.page)).toBe('Connect Google to Aurora Assistant?')
  })

  test('T33, RV-71: no page of the account lets itself be framed', async () => {
    await using profile = await openProfile(browser, world)
    const { page, open } = profile
    await open('account', 'demo')
    await page.goto(world.callback)
    const complaint = page.waitForEvent('console', (message) => message.text().includes('frame'))

    await page.evaluate((address) => {
      const frame = document.createElement('iframe')
      frame.src = address
      document.body.append(frame)
    }, `${world.vault.issuer}account`)

    expect((await complaint).text()).toMatch(/frame-ancestors|X-Frame-Options|frame/)
  })
})

describe('device pages by clicks', () => {
  test('a code is typed in, a wrong one is called that, and the device is confirmed', async () => {
    const { address, userCode } = await world.device()
    await using profile = await openProfile(browser, world)
    const { page, allowAs } = profile

    await page.goto(address)
    await page.getByRole('textbox').fill('XXXX-XXXX')
    await page.getByRole('button').first().click()
    await page.getByText('This code is not valid').waitFor()
    await page.getByRole('textbox').fill(userCode)
    await page.getByRole('button').first().click()
    expect(await page.locator('.user-code').innerText()).toBe(userCode)
    await press(page, 'Connect')
    await press(page, 'Continue with Google')
    await allowAs('alice')

    await page.getByRole('heading', { name: 'Device connected' }).waitFor()
  })
})

/** Every page of logins, accounts, links and devices that people may see, and how one gets there. */
const PAGES: Readonly<Record<string, (profile: Profile) => Promise<unknown>>> = {
  login: ({ page }) => page.goto(world.authorizationUrl('aurora')),
  'login not valid': ({ page }) => page.goto(`${world.vault.issuer}login/unknown`),
  'wrong request': ({ page }) => page.goto(`${world.vault.issuer}authorize?client_id=unknown`),
  'device code': async ({ page }) => page.goto((await world.device()).address),
  'device code that is wrong': async ({ page }) => {
    await page.goto((await world.device()).address)
    await page.getByRole('textbox').fill('XXXX-XXXX')
    await page.getByRole('button').first().click()
    await page.getByText('This code is not valid').waitFor()
  },
  'device confirmation': async ({ page }) => {
    const { address, userCode } = await world.device()
    await page.goto(address)
    await page.getByRole('textbox').fill(userCode)
    await page.getByRole('button').first().click()
    await page.locator('.user-code').waitFor()
  },
  link: async (profile) => {
    await profile.open(await world.connectLink('alice'), 'alice')
    await profile.page.getByRole('button', { name: 'Continue to Google' }).waitFor()
  },
  connected: async ({ page, allowAs }) => {
    await press(page, 'Continue to Google')
    await allowAs('alice')
    await page.getByRole('heading', { name: 'Google is connected' }).waitFor()
  },
  account: async ({ page }) => {
    await page.goto(`${world.vault.issuer}account`)
    await page.getByText('What it allows').click()
  },
  disconnect: async ({ page }) => {
    await follow(page, 'Disconnect alice@example.com')
    await page.getByRole('heading', { name: 'Disconnect alice@example.com?' }).waitFor()
  },
  'account without accounts': async ({ page }) => {
    await press(page, 'Disconnect')
    await page.getByText('Nothing is connected.').waitFor()
  },
  "somebody else's link": async ({ page }) => page.goto(await world.connectLink('bob')),
  'identity of somebody else': ({ page }) =>
    page.goto(`${world.vault.issuer}account/not-added/taken`),
  'not connected': ({ page }) => page.goto(`${world.vault.issuer}connect/done?error=access_denied`),
  consent: async ({ page, allowAs }) => {
    await page.context().clearCookies()
    await page.goto(world.authorizationUrl('borealis'))
    await press(page, 'Continue with GitHub')
    await allowAs('alice')
    await page.getByRole('button', { name: 'Allow', exact: true }).waitFor()
  },
  'log out': ({ page }) => page.goto(`${world.vault.issuer}oidc/logout`),
}

describe('for everybody', () => {
  test.each(['light', 'dark'] as const)(
    'axe finds nothing wrong with any page, in %s colours',
    async (colorScheme) => {
      await using profile = await openProfile(browser, world, { colorScheme })

      const problems: Record<string, readonly string[]> = {}
      for (const [name, show] of Object.entries(PAGES)) {
        await show(profile)
        problems[name] = await accessibilityProblems(profile.page)
        await keepPicture(profile.page, `${colorScheme}-${name}`)
      }

      expect(problems).toEqual(Object.fromEntries(Object.keys(PAGES).map((name) => [name, []])))
    },
  )

  test.each([320, 390])(
    'nothing is cut off or scrolls sideways at %i pixels, and all that is pressed is large enough to hit',
    async (width) => {
      await using profile = await openProfile(browser, world, { viewport: { width, height: 700 } })
      const { page } = profile

      for (const [name, show] of Object.entries(PAGES)) {
        await show(profile)
        await keepPicture(page, `${width}-${name}`)
        expect({ name, overflow: await overflowOf(page) }).toEqual({ name, overflow: 0 })
        for (const target of await page.locator('button, a.button').all()) {
          const box = await target.boundingBox()
          expect(box?.height).toBeGreaterThanOrEqual(44)
          expect((box?.x ?? width) + (box?.width ?? 0)).toBeLessThanOrEqual(width)
        }
      }
    },
  )

  test('the keyboard alone logs in, connects by a link and ends it all', async () => {
    await using profile = await openProfile(browser, world)
    const { page } = profile
    const { keyboard } = page
    const reach = async (name: string): Promise<void> => {
      for (let step = 0; step < 40; step++) {
        await keyboard.press('Tab')
        if ((await focused(page)) === name) return
      }
      throw new Error(`Nothing called ${name} can be reached by the keyboard on ${page.url()}`)
    }

    await page.goto(`${world.vault.issuer}account`)
    await reach('Continue with Emulator Login')
    await keyboard.press('Enter')
    await page.getByRole('button', { name: 'Allow', exact: true }).waitFor()
    await keyboard.press('Tab')
    await keyboard.type('Bob Baker')
    await reach('Allow')
    await keyboard.press('Enter')
    await atPage(page, '/account')
    expect(await page.getByText('Bob Baker (bob@example.com)').isVisible()).toBe(true)
    await page.goto(await world.connectLink('bob'))
    await reach('Continue to Google')
    await keyboard.press('Enter')
    await page.getByRole('button', { name: 'Allow', exact: true }).waitFor()
    await keyboard.press('Tab')
    await keyboard.type('Bob Baker')
    await reach('Allow')
    await keyboard.press('Enter')
    await atPage(page, '/connect/done')
    await reach('See what is connected')
    await keyboard.press('Enter')
    await atPage(page, '/account')
    await reach('Disconnect bob@example.com')
    await keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Disconnect bob@example.com?' }).waitFor()
    await reach('Disconnect')
    await keyboard.press('Enter')
    await atPage(page, '/account')
    await reach('Log out')
    await keyboard.press('Enter')
    await page.getByRole('heading', { name: 'You are logged out' }).waitFor()
  })

  test('RV-68: a screen reader is told who connects what for whom, asked by whom, and where it ends', async () => {
    await using profile = await openProfile(browser, world)
    const { page, open } = profile
    await open(await world.connectLink('demo'), 'demo')
    await page.getByRole('button', { name: 'Continue to Google' }).waitFor()

    expect(await page.locator('body').ariaSnapshot()).toBe(LINK_PAGE_AS_SPOKEN)
  })
})

/** What the keyboard would act on, by its whole name; nothing when a person could not see that it is there. */
async function focused(page: Page): Promise<string> {
  return await page.evaluate(() => {
    const element = document.activeElement
    if (!(element instanceof HTMLElement)) return ''
    const { outlineStyle, outlineWidth } = getComputedStyle(element)
    const isVisible = outlineStyle === 'solid' && Number.parseFloat(outlineWidth) >= 2
    return isVisible ? (element.textContent ?? '').trim() : ''
  })
}

/** For people who want to look at the pages: `E2E_PICTURES` names a folder. */
async function keepPicture(page: Page, name: string): Promise<void> {
  const { E2E_PICTURES: folder } = process.env
  if (folder === undefined || folder === '') return
  await page.screenshot({ path: `${folder}/${name.replaceAll(/\W+/g, '-')}.png`, fullPage: true })
}

const LINK_PAGE_AS_SPOKEN = `
- main:
  - paragraph: Valet Key
  - heading "Connect Google to Aurora Assistant?" [level=1]
  - paragraph:
    - text: You are connecting
    - strong: Google
    - text: for
    - strong: Demo User (demo@example.com)
    - text: ", asked by"
    - strong: Aurora Assistant
    - text: . Go on only if that is you, and you just asked it to act for you.
  - heading "What it will be able to do" [level=2]
  - list "What it will be able to do":
    - listitem: To know that it is you
    - listitem: Your e-mail address
    - listitem: See and edit events on all your calendars
    - listitem:
      - code: https://www.googleapis.com/auth/calendar.acls.readonly
  - term: Connection
  - definition:
    - code: google-oauth2
  - term: Then you return to
  - definition: This vault. Go back to the app yourself
  - button "Continue to Google"
  - button "Cancel"
  - paragraph:
    - text: Not you?
    - link "See who is logged in":
      - /url: /account
    - text: . You log in at Google, never here. Access is kept sealed in this vault, and you can disconnect at any time.
`.trim()
