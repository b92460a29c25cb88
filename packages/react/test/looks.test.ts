import {
  accessibilityProblems,
  overflowOf,
  startChromium,
} from '@valetkey-internal/testing/chromium'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
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

test.each([
  { colorScheme: 'light', width: 1_000 },
  { colorScheme: 'light', width: 320 },
  { colorScheme: 'dark', width: 1_000 },
  { colorScheme: 'dark', width: 320 },
] as const)(
  'axe finds nothing, and nothing is cut off or too small to hit: %o',
  async ({ colorScheme, width }) => {
    await using person = await visit(browser, world, '/gallery/v7/v19')
    const { page } = person
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 900 })
    await page.getByRole('button', { name: 'Disconnect crm' }).click()
    await page.getByRole('group').first().waitFor()

    expect(await accessibilityProblems(page)).toEqual([])
    expect(await overflowOf(page)).toBe(0)
    const heights = await page
      .locator('[data-valetkey-slot]:is(a, button)')
      .evaluateAll((ways) => ways.map((way) => way.getBoundingClientRect().height))
    expect(heights.length).toBeGreaterThan(10)
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(44)
    // SHOTS=folder keeps what it looked like.
    const { SHOTS } = process.env
    if (SHOTS !== undefined) {
      await page.screenshot({ path: `${SHOTS}/${colorScheme}-${width}.png`, fullPage: true })
    }
    expect(person.complaints).toEqual([])
  },
)

test('the focus can be seen, and nothing moves for those who asked for that', async () => {
  await using person = await visit(browser, world, '/gallery/v7/v19')
  const { page } = person
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.keyboard.press('Tab')

  const link = page.getByRole('link', { name: 'Connect Google' })
  expect(
    await link.evaluate((element) => [
      element === document.activeElement,
      getComputedStyle(element).outlineStyle,
      getComputedStyle(element).outlineWidth,
    ]),
  ).toEqual([true, 'solid', '2px'])
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)

  await page.emulateMedia({ reducedMotion: 'no-preference' })
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(1)
})

test('one component without a key serves one call after the other', async () => {
  await using person = await visit(browser, world, '/moving/v7/v19')
  const { page } = person
  for (const message of ['Approve first, 0.', 'Approve second, 1.', 'Approve second, 2.']) {
    await page.getByText(message).waitFor()
    await page.getByRole('button', { name: 'I have done it' }).click()
  }

  await page.getByRole('heading', { name: '3 done' }).waitFor()
  expect(person.complaints).toEqual([])
})
