import type { Child } from 'hono/jsx'

import type { AuthorizationPage } from '../ports/authorization-server.ts'
import { Page } from './page.tsx'
import { renderPage } from './render-page.ts'

export interface AuthorizationPageProps {
  readonly page: AuthorizationPage
  /** A device's code that came with the link: filled in, to be compared. Attacker-controlled. */
  readonly userCode?: string | undefined
  readonly stylesheet: string
}

/** The pages of the authorization server besides the login: devices, logging out, requests that cannot be answered. */
export function authorizationPage({ page, userCode, stylesheet }: AuthorizationPageProps): string {
  const { title, body } = contentOf(page, userCode)
  return renderPage(
    <Page title={title} stylesheet={stylesheet}>
      {body}
    </Page>,
  )
}

function contentOf(
  page: AuthorizationPage,
  userCode: string | undefined,
): { readonly title: string; readonly body: Child } {
  switch (page.page) {
    case 'device_code':
      return {
        title: 'Connect a device',
        body: (
          <>
            <h1>Connect a device</h1>
            {page.problem !== undefined && (
              <p class="problem" role="alert">
                {DEVICE_PROBLEMS[page.problem]}
              </p>
            )}
            <p>Enter the code that the device shows.</p>
            <form method="post" action="/activate">
              <input type="hidden" name="xsrf" value={page.xsrf} />
              <label>
                Code
                <input
                  type="text"
                  name="user_code"
                  value={userCode ?? ''}
                  maxlength={32}
                  autocomplete="off"
                  autocapitalize="characters"
                  spellcheck={false}
                  required
                />
              </label>
              <button class="primary" type="submit">
                Continue
              </button>
            </form>
          </>
        ),
      }
    case 'device_confirm':
      return {
        title: 'Connect this device?',
        body: (
          <>
            <h1>
              Connect a device to <bdi>{page.clientName}</bdi>?
            </h1>
            <p>
              It should show this code. If it does not, or you have no such device, cancel: somebody
              else may be asking.
            </p>
            <p class="user-code">
              <code>{page.userCode}</code>
            </p>
            <form method="post" action="/activate">
              <input type="hidden" name="xsrf" value={page.xsrf} />
              <input type="hidden" name="user_code" value={page.userCode} />
              <button class="primary" type="submit" name="confirm" value="yes">
                Connect
              </button>
              <button type="submit" name="abort" value="yes">
                Cancel
              </button>
            </form>
          </>
        ),
      }
    case 'device_done':
      return {
        title: 'Device connected',
        body: (
          <>
            <h1>Device connected</h1>
            <p>
              <bdi>{page.clientName}</bdi> goes on by itself. You can close this page.
            </p>
          </>
        ),
      }
    case 'logout':
      return {
        title: 'Log out',
        body: (
          <>
            <h1>Log out?</h1>
            <p>
              {page.clientName === undefined ? (
                'You will be logged out of this vault.'
              ) : (
                <>
                  <bdi>{page.clientName}</bdi> wants to log you out of this vault.
                </>
              )}{' '}
              Your connected accounts stay connected.
            </p>
            <form method="post" action="/oidc/logout/confirm">
              <input type="hidden" name="xsrf" value={page.xsrf} />
              <button class="primary" type="submit" name="logout" value="yes">
                Log out
              </button>
              <button type="submit">Stay logged in</button>
            </form>
          </>
        ),
      }
    case 'logged_out':
      return {
        title: 'Logged out',
        body: (
          <>
            <h1>You are logged out</h1>
            <p>You can close this page.</p>
          </>
        ),
      }
    case 'error':
      return {
        title: 'This does not work',
        body: (
          <>
            <h1>This does not work</h1>
            <p>{page.error === 'server_error' ? OUR_FAILURE : THEIR_FAILURE}</p>
            <p class="note">
              For whoever runs the app: <code>{page.error}</code>
            </p>
          </>
        ),
      }
  }
}

const DEVICE_PROBLEMS = {
  wrong_code: 'This code is not valid, or not any more. Look at the device again.',
  aborted: 'You cancelled. The device was not connected.',
  failed: 'This did not work. Begin again on the device.',
} as const

const OUR_FAILURE = 'The vault cannot do this right now. Go back to the app and try again.'
const THEIR_FAILURE =
  'The app sent you here with a request that cannot be answered, or it was too long ago. Go back to the app and begin again.'
