import { accessibilityProblems, startChromium } from '@valetkey-internal/testing/chromium'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Person, visit } from './person.ts'
import { type ReactWorld, startReactWorld } from './react-world.ts'

let browser: Browser
let world: ReactWorld
beforeAll(async () => {
  ;[browser, world] = await Promise.all([startChromium(), startReactWorld()])
})
afterAll(async () => {
  await browser.close()
  await world.close()
})

const path = '/chat/v7/v19'

/** Somebody whose chat waits for a Google account. */
async function waitingPerson(query = ''): Promise<Person> {
  const person = await visit(browser, world, path + query)
  await person.say('calendar')
  await google(person).waitFor()
  return person
}

const google = (person: Person) => person.waiting('Connect Google')
const link = (person: Person, name = 'Connect Google') =>
  google(person).getByRole('link', { name, exact: true })

async function openPopup(person: Person, name?: string): Promise<Page> {
  const opened = person.page.waitForEvent('popup')
  await link(person, name).click()
  const popup = await opened
  await popup.getByRole('button', { name: 'Continue to Google' }).waitFor()
  return popup
}

async function finish(popup: Page): Promise<void> {
  const closed = popup.waitForEvent('close')
  await popup.getByRole('button', { name: 'Continue to Google' }).click()
  await closed
}

const answer = (person: Person) => person.page.getByText('That is all.')
const callOf = async ({ page }: Person) =>
  await page.locator('[data-call]').first().getAttribute('data-call')

/** A message on the channel of the popups, from a script of the app's origin. */
async function post(page: Page, message: unknown): Promise<void> {
  await page.evaluate((data) => {
    const channel = new BroadcastChannel('valetkey.connect')
    channel.postMessage(data)
    channel.close()
  }, message)
}

describe('by redirect', () => {
  test.each([
    ['asked for', '?redirect'],
    ['because popups are blocked', ''],
  ])('%s: comes back to the same page, and the same call goes on', async (_why, query) => {
    await using person = await waitingPerson(query)
    const { page } = person
    await page.evaluate(() => {
      window.open = () => null
    })
    const call = await callOf(person)

    await link(person).click()
    await page.getByRole('button', { name: 'Continue to Google' }).click()

    await answer(person).waitFor()
    expect(page.url()).toBe(`${world.origin}${path}${query === '' ? '' : '?redirect='}`)
    expect(await callOf(person)).toBe(call)
    expect(await page.evaluate(() => sessionStorage.getItem('valetkey.attempts'))).toBe('[]')
    expect(person.complaints).toEqual([])
  })

  test('denied: comes back to a sentence and two ways on, and says it only once', async () => {
    await using person = await waitingPerson('?redirect')
    const { page } = person
    await link(person).click()
    await page.getByRole('button', { name: 'Cancel' }).click()

    await page.getByRole('alert').filter({ hasText: 'Access at Google was not allowed.' }).waitFor()
    expect(page.url()).not.toContain('valetkey')
    expect(await google(person).getByRole('button', { name: 'Continue without' }).count()).toBe(1)

    await page.reload()
    await link(person).waitFor()
    expect(await page.getByRole('alert').innerText()).toBe('')
  })

  test('turned back by the back button: the call still waits', async () => {
    await using person = await waitingPerson('?redirect')
    const { page } = person
    await link(person).click()
    await page.getByRole('button', { name: 'Continue to Google' }).waitFor()

    await page.goBack()

    await link(person).waitFor()
    expect(await page.locator('[data-call]').getAttribute('data-state')).toBe('approval-requested')
  })
})

describe('in a popup', () => {
  test('no page in the popup can reach the page that opened it', async () => {
    await using person = await waitingPerson()
    // A page that, unlike the vault's own, does not cut itself off.
    await person.context.route('**/api/valet-key/connect?**', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<title>Not cut off</title>' }),
    )
    const opened = person.page.waitForEvent('popup')
    await link(person).click()
    const popup = await opened
    await popup.waitForURL('**/connect?**')

    expect(await popup.title()).toBe('Not cut off')
    expect(await popup.evaluate(() => window.opener)).toBeNull()
  })

  test('a page that cuts itself off from all others still hears', async () => {
    await using person = await waitingPerson()
    const { page } = person
    await page.route(`**${path}`, async (route) => {
      const response = await route.fetch()
      const headers = { ...response.headers(), 'cross-origin-opener-policy': 'same-origin' }
      await route.fulfill({ response, headers })
    })
    const reloaded = await page.reload()
    await finish(await openPopup(person))

    await answer(person).waitFor()
    expect(reloaded?.headers()['cross-origin-opener-policy']).toBe('same-origin')
    expect(person.complaints).toEqual([])
  })

  test('a popup that was not cut off goes when the user begins again', async () => {
    await using person = await waitingPerson()
    await person.context.route('**/api/valet-key/connect?**', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<title>Not cut off</title>' }),
    )
    const opened = person.page.waitForEvent('popup')
    await link(person).click()
    const popup = await opened
    await popup.waitForURL('**/connect?**')
    const closed = popup.waitForEvent('close')

    await person.page.keyboard.press('Escape')

    await closed
    expect(await google(person).getAttribute('data-valetkey-phase')).toBe('idle')
  })

  test('denied: the page says so, and the next try goes on', async () => {
    await using person = await waitingPerson()
    const popup = await openPopup(person)
    await popup.getByRole('button', { name: 'Cancel' }).click()

    const alert = person.page.getByRole('alert')
    await alert.filter({ hasText: 'was not allowed' }).waitFor()
    await finish(await openPopup(person, 'Try again'))

    await answer(person).waitFor()
    expect(person.complaints).toEqual([])
  })

  test('closed by the user: the page notices when it has the focus again', async () => {
    await using person = await waitingPerson()
    const popup = await openPopup(person)
    await popup.close()
    await person.page.evaluate(() => window.dispatchEvent(new Event('focus')))

    await person.page.getByText('This is not finished yet.').waitFor()
    await finish(await openPopup(person, 'Try again'))

    await answer(person).waitFor()
    expect(await google(person).count()).toBe(0)
  })

  test.each(['first', 'second'] as const)(
    'opened again: what the %s window says counts',
    async (which) => {
      await using person = await waitingPerson()
      const first = await openPopup(person)
      const second = await openPopup(person, 'Open again')

      await finish({ first, second }[which])

      await answer(person).waitFor()
      expect(person.complaints).toEqual([])
    },
  )

  test('a click that asks for a new tab is left to the browser', async () => {
    await using person = await waitingPerson()
    const opened = person.context.waitForEvent('page')
    await link(person).click({ modifiers: ['Control'] })
    const tab = await opened
    await tab.getByRole('button', { name: 'Continue to Google' }).click()

    await tab.waitForURL((url) => url.pathname === path)
    expect(await google(person).getAttribute('data-valetkey-phase')).toBe('idle')
  })

  test('the page is loaded again meanwhile: it still hears, and goes on', async () => {
    await using person = await waitingPerson()
    const popup = await openPopup(person)
    await person.page.reload()
    await google(person).getByText('Finish in the other window.').waitFor()

    await finish(popup)

    await answer(person).waitFor()
    expect(person.complaints).toEqual([])
  })

  test('two tabs of a chat: the message is for the one that opened the popup', async () => {
    await using person = await waitingPerson()
    const other = await person.context.newPage()
    await other.goto(world.origin + path)
    const inOther = other.getByRole('group', { name: 'Connect Google' })
    await inOther.waitFor()
    const opened = other.waitForEvent('popup')
    await inOther.getByRole('link', { name: 'Connect Google' }).click()
    const otherPopup = await opened

    await finish(await openPopup(person))

    await answer(person).waitFor()
    expect(await inOther.getAttribute('data-valetkey-phase')).toBe('waiting')
    await finish(otherPopup)
    await other.getByText('That is all.').waitFor()
  })

  test('the session ended meanwhile: the way on is to log in', async () => {
    await using person = await waitingPerson()
    await person.context.clearCookies({ name: 'user' })
    const opened = person.page.waitForEvent('popup')
    await link(person).click()
    await opened

    await person.page.getByText('You are not logged in any more.').waitFor()
    await link(person, 'Log in').click()

    // Back from there, the call goes on by itself, and waits again for the account.
    await google(person).and(person.page.locator('[data-valetkey-phase="idle"]')).waitFor()
    await finish(await openPopup(person))
    await answer(person).waitFor()
    expect(await google(person).count()).toBe(0)
  })
})

describe('against forgery', () => {
  const message = { type: 'valetkey.connect', version: 1, connection: 'google-oauth2' }

  test('messages for another popup, and what is no message, change nothing', async () => {
    await using person = await waitingPerson()
    const { page } = person
    const popup = await openPopup(person)
    const id = new URL(popup.url()).searchParams.get('popup')
    const [attempt] = JSON.parse(
      (await page.evaluate(() => sessionStorage.getItem('valetkey.attempts'))) ?? '[]',
    ) as { id: string }[]
    expect(id).toBeNull()

    for (const forged of [
      { ...message, popup: 'x'.repeat(24) },
      { ...message, popup: attempt?.id, connection: 'github' },
      { ...message, popup: attempt?.id, version: 2 },
      { ...message, popup: attempt?.id, more: true },
      { ...message, popup: attempt?.id, error: '<img src=x onerror=alert(1)>' },
      { ...message, popup: [attempt?.id] },
      JSON.stringify({ ...message, popup: attempt?.id }),
      null,
    ]) {
      await post(page, forged)
    }
    // Messages come in their order, so those have been heard.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)))

    expect(await google(person).getAttribute('data-valetkey-phase')).toBe('waiting')
    expect(await page.locator('[data-call]').getAttribute('data-state')).toBe('approval-requested')

    // The control: this is the message that counts. The server still asks for the account.
    await post(page, { ...message, popup: attempt?.id })
    await page.locator('[data-state="output-error"]').waitFor({ state: 'attached' })
    await link(person).waitFor()
  })

  test.each([
    '[{"id":"xxxxxxxxxxxxxxxxxxxxxxxx","call":"CALL","by":"popup","more":1}]',
    '[{"id":"short","call":"CALL","by":"popup"}]',
    '{"length":1}',
    'no JSON',
  ])('what somebody else wrote into the storage is nothing: %s', async (text) => {
    await using person = await waitingPerson()
    const { page } = person
    const call = await callOf(person)
    await page.evaluate(
      (value) => sessionStorage.setItem('valetkey.attempts', value),
      text.replace('CALL', call ?? ''),
    )

    await page.reload()

    await link(person).waitFor()
    expect(await google(person).getAttribute('data-valetkey-phase')).toBe('idle')
    expect(person.complaints).toEqual([])
  })

  test('an address that says the user is back, without an attempt of this tab, is nothing', async () => {
    await using person = await waitingPerson()
    const { page } = person

    await page.goto(`${world.origin}${path}?valetkey_attempt=${'x'.repeat(24)}`)
    await link(person).waitFor()
    await page.goto(`${world.origin}${path}?valetkey_error=access_denied`)
    await link(person).waitFor()

    expect(await google(person).getAttribute('data-valetkey-phase')).toBe('idle')
    expect(await page.locator('[data-call]').getAttribute('data-state')).toBe('approval-requested')
  })

  test('an unknown code in the address becomes a sentence without it', async () => {
    await using person = await waitingPerson('?redirect')
    const { page } = person
    await link(person).click()
    await page.getByRole('button', { name: 'Continue to Google' }).waitFor()
    await page.goto(`${world.origin}${path}?valetkey_error=__proto__%3Cimg%3E`)

    const alert = page.getByRole('alert')
    await alert.filter({ hasText: 'Something went wrong while connecting Google.' }).waitFor()
    expect(await page.locator('img').count()).toBe(0)
  })
})

describe('by keyboard and for screen readers', () => {
  const focused = async (page: Page) =>
    await page.evaluate(
      () => document.activeElement?.textContent || document.activeElement?.tagName,
    )

  test('Tab and Enter connect, and the focus goes on to the text box', async () => {
    await using person = await waitingPerson()
    const { page } = person
    await page.getByRole('heading').click()
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Connect Google')
    const opened = page.waitForEvent('popup')
    await page.keyboard.press('Enter')
    const popup = await opened
    await popup.getByRole('button', { name: 'Continue to Google' }).focus()
    const closed = popup.waitForEvent('close')
    await popup.keyboard.press('Enter')
    await closed

    await answer(person).waitFor()
    expect(await focused(page)).toBe('INPUT')
  })

  test('the focus goes on to the next that waits', async () => {
    await using person = await visit(browser, world, path)
    const { page } = person
    await person.say('calendar repositories')
    await person.waiting('Connect GitHub').waitFor()
    await finish(await openPopup(person))

    await google(person).waitFor({ state: 'detached' })
    expect(
      await page.evaluate(() => document.activeElement?.getAttribute('data-valetkey-interrupt')),
    ).toBe('connect')
  })

  test('Escape begins again, with the focus where it was, and the popup counts no more', async () => {
    await using person = await waitingPerson()
    const { page } = person
    const popup = await openPopup(person)
    await page.keyboard.press('Escape')

    expect(await google(person).getAttribute('data-valetkey-phase')).toBe('idle')
    expect(await google(person).evaluate((group) => group.contains(document.activeElement))).toBe(
      true,
    )
    await finish(popup)
    expect(await page.locator('[data-call]').getAttribute('data-state')).toBe('approval-requested')
    await finish(await openPopup(person))
    await answer(person).waitFor()
  })

  test('axe finds nothing: before, while it waits, and after it failed', async () => {
    await using person = await waitingPerson()
    const { page } = person
    expect(await accessibilityProblems(page)).toEqual([])
    const popup = await openPopup(person)
    expect(await accessibilityProblems(page)).toEqual([])
    await popup.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('was not allowed').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
  })
})

test('nobody is logged in: the link leads to the login and back, and the call goes on', async () => {
  await using person = await visit(browser, world, path)
  const { page } = person
  await person.context.clearCookies({ name: 'user' })
  await person.say('calendar')

  await page.getByRole('link', { name: 'Log in', exact: true }).click()

  await link(person).waitFor()
  await finish(await openPopup(person))
  await answer(person).waitFor()
  expect(person.complaints).toEqual([])
})
