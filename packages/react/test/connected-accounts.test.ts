import { accessibilityProblems, startChromium } from '@valetkey-internal/testing/chromium'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
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

const path = '/accounts/v7/v19'

/** Somebody with an account at Google and one at GitHub, on the page that lists them. */
async function connectedPerson(): Promise<Person> {
  const person = await visit(browser, world, '/accounts/v7/v18')
  await person.user.connect({ connection: 'google-oauth2' })
  await person.user.connect({ connection: 'github' })
  await person.page.goto(world.origin + path)
  return person
}

const rows = ({ page }: Person) => page.getByRole('listitem')
const focused = async ({ page }: Person) =>
  await page.evaluate(() => {
    const { activeElement } = document
    return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent
  })

test('lists what is connected, and disconnects one account after a question', async () => {
  await using person = await connectedPerson()
  const { page } = person
  const github = rows(person).filter({ hasText: 'GitHub' })
  await github.getByRole('button', { name: /^Disconnect GitHub/ }).click()
  await page.getByText(/^Disconnect .+\? The app can no longer use it\.$/).waitFor()
  expect(await focused(person)).toBe('Keep it')

  await page.keyboard.press('Escape')
  expect(await focused(person)).toBe('Disconnect')
  expect(await rows(person).count()).toBe(2)

  await page.keyboard.press('Enter')
  await github.getByRole('button', { name: 'Yes, disconnect' }).click()

  await page.getByRole('status').filter({ hasText: 'is disconnected.' }).waitFor()
  expect(await rows(person).count()).toBe(1)
  expect(await focused(person)).toBe('Connected accounts')
  expect(await accessibilityProblems(page)).toEqual([])

  await page.reload()
  await rows(person).first().waitFor()
  expect(await rows(person).allInnerTexts()).toEqual([expect.stringContaining('Google')])
  expect(person.complaints).toEqual([])
})

test('a popup of the app that connects an account shows it here', async () => {
  await using person = await visit(browser, world, path)
  await person.page.getByText('No account is connected.').waitFor()
  const chat = await person.context.newPage()
  await chat.goto(`${world.origin}/chat/v7/v19`)
  await chat.getByRole('textbox').fill('calendar')
  await chat.keyboard.press('Enter')
  const opened = chat.waitForEvent('popup')
  await chat.getByRole('link', { name: 'Connect Google' }).click()
  await (await opened).getByRole('button', { name: 'Continue to Google' }).click()

  await rows(person).filter({ hasText: 'Google' }).waitFor()
  expect(await person.page.getByRole('status').innerText()).toBe('')
})

test('nobody is logged in: a link to the login, and back', async () => {
  await using person = await connectedPerson()
  await person.context.clearCookies({ name: 'user' })
  await person.page.reload()

  await person.page.getByText('Log in to see your accounts.').waitFor()
  await person.page.getByRole('link', { name: 'Log in' }).click()

  await rows(person).first().waitFor()
  expect(person.page.url()).toBe(world.origin + path)
})

test.each([
  ['the network is gone', (person: Person) => person.page.route('**/accounts', (r) => r.abort())],
  [
    'the answer is none',
    (person: Person) =>
      person.page.route('**/accounts', (r) => r.fulfill({ body: '{"accounts":[{"id":7}]}' })),
  ],
  [
    'the vault is down',
    (person: Person) =>
      person.page.route('**/accounts', (r) =>
        r.fulfill({ status: 503, body: '{"error":"vault_unavailable"}' }),
      ),
  ],
])('%s: a sentence, and a button that tries again', async (_why, fail) => {
  await using person = await connectedPerson()
  const { page } = person
  await fail(person)
  await page.goto(`${world.origin}${path}?again`)
  await page.getByText('Your accounts cannot be shown right now.').waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  await page.unroute('**/accounts')

  await page.getByRole('button', { name: 'Try again' }).click()

  await rows(person).first().waitFor()
  expect(await rows(person).count()).toBe(2)
})

test('an account that could not be disconnected stays, and the page says so', async () => {
  await using person = await connectedPerson()
  const { page } = person
  await page.route('**/disconnect', (route) => route.fulfill({ status: 500, body: 'no JSON' }))
  const github = rows(person).filter({ hasText: 'GitHub' })
  await github.getByRole('button', { name: /^Disconnect/ }).click()
  await github.getByRole('button', { name: 'Yes, disconnect' }).click()

  await page.getByRole('alert').filter({ hasText: 'could not be disconnected' }).waitFor()
  expect(await rows(person).count()).toBe(2)
})

test('a failed flow that began on this page becomes a sentence, once', async () => {
  await using person = await connectedPerson()
  const { page } = person
  await page.goto(`${world.origin}${path}?valetkey_error=access_denied&tab=1`)

  const alert = page.getByRole('alert')
  await alert.filter({ hasText: 'was not allowed' }).waitFor()
  await rows(person).first().waitFor()
  expect(page.url()).toBe(`${world.origin}${path}?tab=1`)
  expect(await alert.innerText()).toContain('was not allowed')

  await page.reload()
  await rows(person).first().waitFor()
  expect(await alert.innerText()).toBe('')
})
