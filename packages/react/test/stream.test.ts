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

describe.each(['/langgraph/v7/v19', '/langgraph/v7/v18', '/langchain/v7/v19', '/langchain/v7/v18'])(
  '%s',
  (path) => {
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
  },
)

describe.each(['/langgraph/v7/v19', '/langgraph/v7/v18', '/langchain/v7/v19', '/langchain/v7/v18'])(
  'resumed without an account: %s',
  (path) => {
    test('what the browser says is no proof: the call waits again', async () => {
      await using person = await visit(browser, world, path)
      const { page, say, waiting } = person
      await say('calendar')
      const google = waiting('Connect Google')
      const opened = page.waitForEvent('popup')
      await google.getByRole('link', { name: 'Connect Google' }).click()
      await (await opened).close()

      // LangChain's client loses a pause that comes before the answer to the command that led to it.
      const release = world.holdGraphs()
      await google.getByRole('button', { name: 'I have done it' }).click()
      await google.waitFor({ state: 'detached' })
      await page.locator('[data-status="streaming"]').waitFor({ state: 'attached' })
      release()

      await google.getByRole('link', { name: 'Connect Google' }).waitFor()
      expect(person.complaints).toEqual([])
    })
  },
)
