import type { Cookie } from '@valetkey/core/adapter'
import { type NewCookie, withCookies } from './cookies.ts'

/**
 * A page that needs an account and is come back to with an error would send the browser away again,
 * and round it would go. This cookie says that a flow has just failed; it holds nothing, and whoever
 * plants one only sees an error where a redirect would have been.
 */
const name = 'vk-failed'
const failedSeconds = 10

/** The answer; one that brings an error back to the app's pages leaves the mark of it. */
export function markFailed(
  response: Response,
  { isSecure }: Pick<NewCookie, 'isSecure'>,
): Response {
  const location = response.headers.get('location') ?? ''
  if (!location.startsWith('/') || !/[?&]valetkey_error=/.test(location)) return response
  return withCookies(response, [{ name, value: '1', maxAgeSeconds: failedSeconds, isSecure }])
}

/** True when a flow of this browser has just failed. */
export function hasJustFailed(cookies: readonly Cookie[]): boolean {
  return cookies.some((cookie) => cookie.name === name)
}
