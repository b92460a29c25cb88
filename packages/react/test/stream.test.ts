import { startChromium } from '@valetkey-internal/testing/chromium'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { visit } from './person.ts'
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

describe.each(['/langgraph/v7/v19', '/langgraph/v7/v18'])('%s', (path) => {
  test('connects one of two and declines the other, and the graph goes on once', async () => {
    await using person = await visit(browser, world, path)
    const { page, say, waiting, connect } = person
    await say('calendar repositories')

    await waiting('Connect GitHub').getByRole('button', { name: 'Continue without' }).click()
    const google = waiting('Connect Google')
    await connect(google.getByRole('link', { name: 'Connect Google' }), 'Continue to Google')

    await page.getByText('calendar: done, repositories: declined').waitFor()
    expect(await page.getByRole('group').count()).toBe(0)
    expect(person.complaints).toEqual([])
  })

  test('shows a call again that was resumed without an account', async () => {
    await using person = await visit(browser, world, path)
    const { page, say, waiting } = person
    await say('calendar')
    const google = waiting('Connect Google')
    const opened = page.waitForEvent('popup')
    await google.getByRole('link', { name: 'Connect Google' }).click()
    await (await opened).close()

    await google.getByRole('button', { name: 'I have done it' }).click()

    await google.getByRole('link', { name: 'Connect Google' }).waitFor()
    expect(person.complaints).toEqual([])
  })
})
