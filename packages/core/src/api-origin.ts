import { isLoopbackHost } from './vault-address.ts'

/** Where a token may be sent: one exact origin, and the path below which, ending in `/`. */
export interface ApiOrigin {
  readonly origin: string
  readonly pathPrefix: string
}

/**
 * Reads `https://api.example.com` or `https://api.example.com/v1`; `undefined` for anything else:
 * `http` (loopback excepted), userinfo, wildcard, query, fragment, dot segments.
 */
export function parseApiOrigin(value: string): ApiOrigin | undefined {
  if (/[*\\?#@\s]/.test(value) || !URL.canParse(value)) return undefined
  const url = new URL(value)
  const isAllowed =
    url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))
  if (!isAllowed || !isPlainPath(url.pathname)) return undefined
  // Written as it will be compared, so that nothing was normalised away ("/a/../", "%2e").
  const isAsWritten = value === url.href || `${value}/` === url.href
  if (!isAsWritten) return undefined
  return {
    origin: url.origin,
    pathPrefix: url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`,
  }
}

/** True where the token may go: same origin, and the prefix matched on a whole path segment. */
export function isWithinApiOrigins(url: URL, origins: readonly ApiOrigin[]): boolean {
  if (url.username !== '' || url.password !== '') return false
  return origins.some(
    ({ origin, pathPrefix }) =>
      origin === url.origin &&
      (pathPrefix === '/' ||
        (isPlainPath(url.pathname) && `${url.pathname}/`.startsWith(pathPrefix))),
  )
}

/** False for a path that a server may read as another one after decoding, such as `/v1/..%2fadmin`. */
function isPlainPath(pathname: string): boolean {
  return !/%2f|%5c|%2e/i.test(pathname)
}
