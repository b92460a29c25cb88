import { attemptParameter, errorParameter, ownPath } from './app-link.ts'
import { allAttempts } from './attempts.ts'
import { type FailureCode, parseErrorCode } from './texts.ts'

/** How the browser came back to the page. */
export type Return = { readonly error: FailureCode | undefined }

/**
 * What the address says about the latest redirect of a call, once: it is taken out of the address.
 * The address is attacker-controlled. That the user came back is believed only with the id of an
 * attempt of this tab, and even then proves nothing; without it, the user may have turned back.
 */
export function takeReturn(call: string): Return | undefined {
  const query = new URL(location.href).searchParams
  const named = query.get(attemptParameter)
  const error = query.get(errorParameter)
  const latest = allAttempts().findLast(({ by, id }) => by === 'redirect' && (named ?? id) === id)
  // A flow that the server cannot place ends with an error, at a page of the server's choice.
  const isBack = latest?.call === call && (named !== null || error !== null)
  if (!isBack) return undefined
  cleanAddress()
  return { error: error === null ? undefined : parseErrorCode(error) }
}

/** The `valetkey_error` of a flow that no call has begun, once. */
export function takeError(): FailureCode | undefined {
  const query = new URL(location.href).searchParams
  const error = query.get(errorParameter)
  if (error === null || query.has(attemptParameter)) return undefined
  cleanAddress()
  return parseErrorCode(error)
}

/** Loaded again or shared, the address no longer says what happened once. */
function cleanAddress(): void {
  history.replaceState(history.state, '', ownPath(location.href))
}
