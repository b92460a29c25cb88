import { messagePage } from '../pages/message-page.tsx'
import { pageResponse } from './page-response.ts'
import type { Stylesheet } from './routes/stylesheet.ts'

/** The pages that end a connect flow in the browser. Each says one thing for many causes, so that it tells nothing. */
export interface EndPages {
  /** Unknown, used, expired, or opened in another browser. */
  readonly linkInvalid: () => Promise<Response>
  /** The form did not come from our page. */
  readonly formRefused: () => Promise<Response>
  readonly unavailable: () => Promise<Response>
  /** A login that is none: finished, expired, or another browser's. */
  readonly loginInvalid: () => Promise<Response>
  /** What came too often was a link or form of the kinds above. */
  readonly tooMany: () => Promise<Response>
}

export function createEndPages({ stylesheet }: { readonly stylesheet: Stylesheet }): EndPages {
  const page = async (
    status: number,
    texts: { readonly title: string; readonly text: string; readonly advice: string },
  ): Promise<Response> =>
    pageResponse(messagePage({ ...texts, stylesheet: await stylesheet.url() }), { status })
  return {
    linkInvalid: () =>
      page(404, {
        title: 'This link is not valid any more',
        text: 'It was used before, has expired, or was opened in another browser.',
        advice:
          'Close this page and go back to the app. If your account is not there yet, connect again.',
      }),
    formRefused: () =>
      page(403, {
        title: 'This could not be confirmed',
        text: 'Your answer did not come from the page that this vault showed to you. Nothing was connected.',
        advice: 'Go back to the app and connect again. Your browser has to accept cookies for it.',
      }),
    loginInvalid: () =>
      page(404, {
        title: 'This login is not valid any more',
        text: 'It was finished before, has expired, or began in another browser.',
        advice: 'Close this page, go back to the app, and log in again.',
      }),
    unavailable: () =>
      page(503, {
        title: 'This does not work right now',
        text: 'The vault cannot finish what you asked for. Nothing was connected.',
        advice: 'Close this page, and connect again from the app in a few minutes.',
      }),
    tooMany: () =>
      page(429, {
        title: 'This link is not valid',
        text: 'Too many links that are not valid were opened from your network. Valid ones still work.',
        advice: 'Close this page, and connect again from the app.',
      }),
  }
}
