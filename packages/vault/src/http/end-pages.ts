import { messagePage, type MessagePageProps } from '../pages/message-page.tsx'
import type { NotAdded } from '../use-cases/add-identity.ts'
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
  /** No login came of it: the person did not want to, or the provider did not let them. */
  readonly notLoggedIn: () => Promise<Response>
  readonly loggedOut: () => Promise<Response>
  /** What was asked for needs a login of a moment ago. */
  readonly loginTooOld: () => Promise<Response>
  readonly lastIdentity: () => Promise<Response>
  readonly notAdded: (reason: NotAdded) => Promise<Response>
  /** Nobody's, or somebody else's: the same. */
  readonly nothingHere: () => Promise<Response>
  /** A link that is none, has expired, or was made for somebody else. */
  readonly linkNotYours: () => Promise<Response>
  /** Connecting without an app came to nothing. `error` is the caller's text: it is compared and not shown. */
  readonly notConnected: (error: string) => Promise<Response>
  /** What came too often was a link or form of the kinds above. */
  readonly tooMany: () => Promise<Response>
}

export function createEndPages({ stylesheet }: { readonly stylesheet: Stylesheet }): EndPages {
  const page = async (
    status: number,
    texts: Omit<MessagePageProps, 'stylesheet'>,
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
        text: 'Your answer did not come from the page that this vault showed to you. Nothing was done.',
        advice: 'Go back and try again. Your browser has to accept cookies for it.',
      }),
    loginInvalid: () =>
      page(404, {
        title: 'This login is not valid any more',
        text: 'It was finished before, has expired, or began in another browser.',
        advice: 'Close this page, go back to the app, and log in again.',
      }),
    notLoggedIn: () =>
      page(200, {
        title: 'You are not logged in',
        text: 'The login was cancelled, or the login system did not finish it.',
        advice: 'Close this page, or open it again to log in.',
      }),
    loggedOut: () =>
      page(200, {
        title: 'You are logged out',
        text: 'This session has ended. Your connected accounts stay connected.',
        advice: 'You can close this page.',
      }),
    loginTooOld: () =>
      page(403, {
        title: 'Log in again first',
        text: 'This changes how you log in, and your login was too long ago for that.',
        advice: 'Go back to your account and confirm that it is you.',
        link: ACCOUNT_LINK,
      }),
    lastIdentity: () =>
      page(409, {
        title: 'This is your only way to log in',
        text: 'It was not removed: without it you could not log in any more.',
        advice: 'Add another way to log in first.',
        link: ACCOUNT_LINK,
      }),
    notAdded: (reason) =>
      page(reason === 'unavailable' ? 503 : 409, {
        ...NOT_ADDED_TEXTS[reason],
        link: ACCOUNT_LINK,
      }),
    nothingHere: () =>
      page(404, {
        title: 'There is nothing here',
        text: 'What you look for has been removed, or is not yours.',
        advice: 'Look at what is there.',
        link: ACCOUNT_LINK,
      }),
    linkNotYours: () =>
      page(404, {
        title: 'This link does not work for you',
        text: 'It has expired, is incomplete, or was made for somebody else. Nothing was connected.',
        advice:
          'If you have several logins, log in with the one that the app knows you by, and open the link again.',
        link: ACCOUNT_LINK,
      }),
    notConnected: (error) => page(200, { ...notConnectedTexts(error), link: ACCOUNT_LINK }),
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

const ACCOUNT_LINK = { href: '/account', text: 'Your account' } as const

const NOT_ADDED_TEXTS = {
  taken: {
    title: 'This login belongs to somebody else',
    text: 'It already leads to another account of this vault. Nothing was changed, and accounts are never merged.',
    advice: 'If that is you too, log in with it and remove it there first.',
  },
  stale: {
    title: 'That login was too long ago',
    text: 'The login system says that you logged in there earlier, and did not ask you again. Nothing was changed.',
    advice: 'Log out there, and try again.',
  },
  unavailable: {
    title: 'The login did not come to its end',
    text: 'The login system could not finish it. Nothing was changed.',
    advice: 'Try again in a few minutes.',
  },
} as const satisfies Record<NotAdded, Omit<MessagePageProps, 'stylesheet'>>

/** In words of ours only (RV-73). */
function notConnectedTexts(error: string): Omit<MessagePageProps, 'stylesheet'> {
  switch (error) {
    case 'access_denied':
      return {
        title: 'Nothing was connected',
        text: 'You did not allow it.',
        advice: 'You can close this page.',
      }
    case 'account_changed':
      return {
        title: 'That was another account',
        text: 'You chose another account at the provider than the one that is to be connected again. Nothing was connected.',
        advice: 'Open the link again, and choose the account that the page names.',
      }
    case 'temporarily_unavailable':
      return {
        title: 'The provider cannot answer now',
        text: 'Nothing was connected.',
        advice: 'Open the link again in a few minutes.',
      }
    default:
      return {
        title: 'Nothing was connected',
        text: 'The provider did not complete the connection.',
        advice: 'Open the link again. If it happens once more, tell whoever runs this service.',
      }
  }
}
