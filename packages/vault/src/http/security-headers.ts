import { isLoopbackHost } from '../domain/loopback-host.ts'

/** For every answer (RV-05); a route that sets one of them knows better. */
const ALWAYS: readonly (readonly [string, string])[] = [
  ['cache-control', 'no-store'],
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  ['x-frame-options', 'DENY'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
]

const STRICT_TRANSPORT: readonly [string, string] = [
  'strict-transport-security',
  'max-age=31536000; includeSubDomains',
]

/** Gives what adds to an answer all that every answer must carry. */
export function createSecurityHeaders({
  issuer,
}: {
  readonly issuer: string
}): (headers: Headers, options: { readonly requestId: string }) => void {
  const always = promisesTls(issuer) ? [...ALWAYS, STRICT_TRANSPORT] : ALWAYS
  return (headers, { requestId }) => {
    for (const [name, value] of always) if (!headers.has(name)) headers.set(name, value)
    // For clients that know HTTP/1.0 caches (RFC 6749 section 5.1).
    if (headers.get('cache-control') === 'no-store') headers.set('pragma', 'no-cache')
    // Who may read an answer across origins is the router's to say (R26, RV-08), whatever a library thinks of it.
    const names = [...headers.keys()].filter((name) => name.startsWith('access-control-'))
    for (const name of names) headers.delete(name)
    headers.set('x-request-id', requestId)
  }
}

/** On loopback never: browsers apply it to every port, and http of whatever else is developed there would end. */
function promisesTls(issuer: string): boolean {
  const { protocol, hostname } = new URL(issuer)
  return protocol === 'https:' && !isLoopbackHost(hostname)
}
