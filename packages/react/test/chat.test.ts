import { startChromium } from '@valetkey-internal/testing/chromium'
import type { Browser } from 'playwright-core'
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

const services = {
  google: { link: 'Connect Google', button: 'Continue to Google' },
  github: { link: 'Connect GitHub', button: 'Continue to GitHub' },
} as const

async function connectTo(person: Person, service: keyof typeof services): Promise<void> {
  const { link, button } = services[service]
  await person.connect(person.waiting(link).getByRole('link', { name: link }), button)
}

/** The tool calls of the page, as `id: state`. */
async function callsOf({ page }: Person): Promise<readonly string[]> {
  return await page
    .locator('[data-call]')
    .evaluateAll((calls) =>
      calls.map((call) => `${call.getAttribute('data-call')}: ${call.getAttribute('data-state')}`),
    )
}

/** Counts what the page sends to its chat route. */
function countSends({ page }: Person): () => number {
  let sends = 0
  page.on('request', (request) => {
    if (request.url().includes('/api/chat/')) sends += 1
  })
  return () => sends
}

describe('with approvals', () => {
  const path = '/chat/v7/v19'

  test.each([
    ['google', 'github', path],
    ['github', 'google', '/chat/v7/v18'],
  ] as const)(
    'S5: two tools that wait at once, connected %s first, then %s: both calls run, with one request (%s)',
    async (first, second, page) => {
      await using person = await visit(browser, world, page)
      await person.say('calendar repositories')
      await person.waiting('Connect GitHub').waitFor()
      const before = await callsOf(person)
      const sends = countSends(person)

      await connectTo(person, first)
      await person.waiting(services[first].link).waitFor({ state: 'detached' })
      expect(sends()).toBe(0)
      await connectTo(person, second)

      await person.page.getByText('That is all.').waitFor()
      expect(sends()).toBe(1)
      expect(before).toHaveLength(2)
      expect(await callsOf(person)).toEqual(
        before.map((call) => call.replace('approval-requested', 'output-available')),
      )
      expect(person.complaints).toEqual([])
    },
  )

  test('declined, the agent is told and goes on without', async () => {
    await using person = await visit(browser, world, path)
    await person.say('calendar repositories')

    await person.waiting('Connect GitHub').getByRole('button', { name: 'Continue without' }).click()
    await connectTo(person, 'google')

    await person.page.getByText('That is all.').waitFor()
    expect(await callsOf(person)).toEqual([
      expect.stringMatching(/^call-calendar.*: output-available$/),
      expect.stringMatching(/^call-repositories.*: output-denied$/),
    ])
    expect(person.complaints).toEqual([])
  })

  test('what the browser says is no proof: approved without an account, the call waits again', async () => {
    await using person = await visit(browser, world, path)
    const { page } = person
    await person.say('calendar')
    const google = person.waiting('Connect Google')
    const opened = page.waitForEvent('popup')
    await google.getByRole('link', { name: 'Connect Google' }).click()
    await (await opened).close()

    await google.getByRole('button', { name: 'I have done it' }).click()

    await google.getByRole('link', { name: 'Connect Google' }).waitFor()
    expect(await callsOf(person)).toEqual([expect.stringMatching(/: output-error$/)])

    await connectTo(person, 'google')
    await page.getByText('That is all.').waitFor()
    expect(person.complaints).toEqual([])
  })
})

describe.each(['/chat/v6/v19', '/chat/v5/v18'])('with tool errors: %s', (path) => {
  test.each(
    path.includes('v6') ? [['google', 'github'] as const] : [['github', 'google'] as const],
  )(
    'S5: two tools that wait at once, connected %s first, then %s: the answer is made anew once',
    async (first, second) => {
      await using person = await visit(browser, world, path)
      await person.say('calendar repositories')
      await person.waiting('Connect GitHub').waitFor()
      const sends = countSends(person)

      await connectTo(person, first)
      await person.waiting(services[first].link).waitFor({ state: 'detached' })
      expect(sends()).toBe(0)
      await connectTo(person, second)

      await person.page.getByText('That is all.').waitFor()
      expect(sends()).toBe(1)
      expect(await callsOf(person)).toEqual([
        expect.stringMatching(/^call-calendar.*: output-available$/),
        expect.stringMatching(/^call-repositories.*: output-available$/),
      ])
      expect(person.complaints).toEqual([])
    },
  )

  test('declined, the agent is told and goes on without', async () => {
    await using person = await visit(browser, world, path)
    await person.say('calendar')

    await person.waiting('Connect Google').getByRole('button', { name: 'Continue without' }).click()

    await person.page.getByText('That is all.').waitFor()
    expect(await person.page.getByRole('group').count()).toBe(0)
    expect(await callsOf(person)).toEqual([expect.stringMatching(/: output-error$/)])
    expect(person.complaints).toEqual([])
  })
})

test('a chat that is typed into and streamed into renders no list anew', async () => {
  await using person = await visit(browser, world, '/chat/v7/v19')
  const { page } = person
  const lists = async (): Promise<number> =>
    await page.evaluate(
      () => new Set((window as unknown as { record: { lists: unknown[] } }).record.lists).size,
    )
  const renderings = async (): Promise<number> =>
    await page.evaluate(
      () => (window as unknown as { record: { renderings: number } }).record.renderings,
    )
  await person.say('Hi')
  await page.getByText('Hello.').waitFor()
  expect(await lists()).toBe(1)

  await person.say('calendar')
  await person.waiting('Connect Google').waitFor()
  await page.locator('[data-status="ready"]').first().waitFor()
  const settled = await renderings()
  await page.getByRole('textbox').pressSequentially('0123456789')

  expect(await lists()).toBe(2)
  // StrictMode renders everything twice.
  expect((await renderings()) - settled).toBe(20)
  expect(person.complaints).toEqual([])
})
