import type { Cookie } from '@valetkey/core/adapter'

/** A cookie to be set; with `maxAgeSeconds` 0, to be removed. */
export interface NewCookie extends Cookie {
  readonly maxAgeSeconds: number
  readonly isSecure: boolean
}

/** `Set-Cookie` (RFC 6265 section 4.1). */
function setCookie({ name, value, maxAgeSeconds, isSecure }: NewCookie): string {
  // Lax: the callback is a navigation that comes from the vault's site.
  const attributes = ['Path=/', `Max-Age=${maxAgeSeconds}`, 'HttpOnly', 'SameSite=Lax']
  return [`${name}=${value}`, ...attributes, ...(isSecure ? ['Secure'] : [])].join('; ')
}

/** The answer, with more cookies to set. */
export function withCookies(response: Response, cookies: readonly NewCookie[]): Response {
  for (const cookie of cookies) response.headers.append('set-cookie', setCookie(cookie))
  return response
}
