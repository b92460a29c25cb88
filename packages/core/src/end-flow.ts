import type { ConnectErrorCode } from './connect-failure.ts'
import { withQuery } from './return-path.ts'
import type { Runtime } from './runtime.ts'
import { redirect } from './web-answer.ts'

/** Where the user's browser goes when a flow is over. */
export interface FlowEnd {
  readonly connection: string
  readonly returnTo: string
  /** The popup that the flow ran in; absent where the whole page went. */
  readonly popup?: string | undefined
}

/** How it ended. */
export interface FlowOutcome {
  /** Why nothing was connected. */
  readonly error?: ConnectErrorCode
  readonly cookies?: readonly string[]
}

/** Ends a flow in the user's browser: back at the return path, or by closing the popup. */
export async function endFlow(
  { connection, returnTo, popup }: FlowEnd,
  { error, cookies = [] }: FlowOutcome,
  { randomBytes }: Runtime,
): Promise<Response> {
  const location = error === undefined ? returnTo : withQuery(returnTo, 'valetkey_error', error)
  if (popup === undefined) return redirect(location, cookies)
  const { popupPage } = await import('./popup-page.ts')
  const message = { type: 'valetkey.connect', version: 1, popup, connection, error } as const
  return popupPage(message, { location, cookies, nonce: randomBytes(16) })
}
