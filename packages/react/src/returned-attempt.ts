import type { ConnectErrorCode } from '@valetkey/core/interrupts'
import { attemptParameter, errorParameter, ownPath } from './app-link.ts'
import { type Attempt, attemptsOf } from './attempts.ts'
import { parseErrorCode } from './texts.ts'

/** How the browser came back to the page. */
export type Return = { readonly error: ConnectErrorCode | 'unknown' | undefined }

/**
 * What the address says about the latest redirect of a call, once: it is taken out of the address.
 * The address is attacker-controlled. That the user came back is believed only with the id of an
 * attempt of this tab, and even then proves nothing; without it, the user may have turned back.
 */
export function takeReturn(call: string): Return | undefined {
  const attempt = attemptsOf(call).findLast(({ by }) => by === 'redirect')
  return attempt === undefined ? undefined : takeReturnOf(attempt)
}

function takeReturnOf({ id }: Attempt): Return | undefined {
  const query = new URL(location.href).searchParams
  if (query.get(attemptParameter) !== id) return undefined
  const error = query.get(errorParameter)
  cleanAddress()
  return { error: error === null ? undefined : parseErrorCode(error) }
}

/** The `valetkey_error` of a flow that nothing on this page has begun, once. */
export function takeError(): ConnectErrorCode | 'unknown' | undefined {
  const error = new URL(location.href).searchParams.get(errorParameter)
  if (error === null) return undefined
  cleanAddress()
  return parseErrorCode(error)
}

/** Loaded again or shared, the address no longer says what happened once. */
function cleanAddress(): void {
  history.replaceState(history.state, '', ownPath(location.href))
}
