import { startChromium } from '@valetkey-internal/testing/chromium'
const browser = await startChromium()
const url = process.argv[2]!
for (const [name, options] of Object.entries({
  desktop: { viewport: { width: 1280, height: 800 } },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' as const },
  phone: { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 },
})) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const shot = async (s: string) => page.screenshot({ path: `/tmp/shots/${name}-${s}.png` })
  page.on('console', (m) => console.log(name, m.type(), m.text()))
  page.on('pageerror', (m) => console.log(name, m.message))
  await page.goto(url)
  await shot('welcome')
  await page.getByRole('link', { name: 'Log in' }).click()
  
  await page.getByRole('button', { name: 'Continue with Google', exact: true }).click()
  await page.getByRole('combobox').selectOption({ desktop: 'demo', dark: 'alice', phone: 'bob' }[name]!)
  await page.getByRole('button', { name: 'Allow', exact: true }).click()
  await page.getByRole('heading', { name: 'What would you like to know?' }).waitFor()
  await shot('empty')
  await page.getByRole('button', { name: 'What is on my calendar' }).click()
  await page.getByRole('link', { name: 'Review permissions' }).waitFor()
  await shot('stepup')
  const popup = page.waitForEvent('popup')
  await page.getByRole('link', { name: 'Review permissions' }).click()
  const p = await popup
  await p.getByRole('button', { name: 'Continue to Google' }).waitFor()
  await p.screenshot({ path: `/tmp/shots/${name}-popup.png` })
  await shot('waiting')
  await p.getByRole('button', { name: 'Continue to Google' }).click()
  await p.getByRole('combobox').selectOption({ desktop: 'demo', dark: 'alice', phone: 'bob' }[name]!)
  await p.getByRole('button', { name: 'Allow', exact: true }).click()
  await page.getByText('3 events today').waitFor()
  await shot('answered')
  await page.getByRole('textbox').fill('What is new in Slack, and which repositories do I have?')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Connect GitHub' }).waitFor()
  await page.waitForTimeout(300)
  await shot('two')
  
  await page.getByRole('link', { name: 'Accounts' }).click()
  await page.getByRole('button', { name: /Disconnect/ }).waitFor()
  await shot('accounts')
  
  await context.close()
}
await browser.close()
