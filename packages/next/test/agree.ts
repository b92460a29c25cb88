import type { Browser, Page } from '@valetkey-internal/testing'

const yes = /^(continue|allow|connect|log in|log out)/i

/** Says yes to every page that the vault shows on the way back to the app. */
export async function agree(browser: Browser, first: Page, origin: string): Promise<Page> {
  let page = first
  while (!page.url.startsWith(`${origin}/`) && canAgree(page)) {
    page = await browser.click(page, yes)
  }
  return page
}

function canAgree({ forms }: Page): boolean {
  return forms.some(({ buttons }) => buttons.some(({ label }) => yes.test(label)))
}
