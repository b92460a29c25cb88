import { startChromium } from '@valetkey-internal/testing/chromium'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderOnServer } from './bundle.ts'
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

describe.each(['v18', 'v19'] as const)('React %s', (react) => {
  test('renders on a server: links that work before any script does, and no style of its own', async () => {
    const html = await renderOnServer({ ai: 'v7', react })

    expect(html).toContain(
      '<a href="/api/valet-key/connect?connection=google-oauth2&amp;scopes=email" data-valetkey-slot="link">Connect Google</a>',
    )
    expect(html).toContain('Loading your accounts…')
    expect(html).not.toMatch(/style=|<script|onclick/)
  })

  test('takes over in the browser what the server rendered, and works', async () => {
    await using person = await visit(browser, world, `/hydrated/v7/${react}?page=2#end`)
    const link = person.page.getByRole('link', { name: 'Connect Google' })

    // Now that the page knows where it is, the link comes back here without any script, too.
    const path = encodeURIComponent(`/hydrated/v7/${react}?page=2#end`)
    await person.page.locator(`a[href*="returnTo=${path}"]`).first().waitFor()
    const opened = person.page.waitForEvent('popup')
    await link.click()
    const popup = await opened
    await popup.getByRole('button', { name: 'Continue to Google' }).waitFor()

    // The list that asks a route that is not there: a 404 is all that the browser has to say.
    expect(person.complaints.filter((text) => !text.includes('404'))).toEqual([])
  })
})
