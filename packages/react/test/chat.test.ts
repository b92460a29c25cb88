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

describe.each(['/chat/v7/v19', '/chat/v7/v18', '/chat/v6/v19', '/chat/v5/v18'])('%s', (path) => {
  test('connects in a popup, and the answer goes on', async () => {
    await using person = await visit(browser, world, path)
    const { page, say, waiting, connect } = person
    await say('calendar')

    const group = waiting('Connect Google')
    await connect(group.getByRole('link', { name: 'Connect Google' }), 'Continue to Google')

    await page.getByText('That is all.').waitFor()
    expect(await group.count()).toBe(0)
    expect(await page.locator('[data-call]').getAttribute('data-state')).toBe('output-available')
    expect(person.complaints).toEqual([])
  })
})
