import { isWithinApiOrigins } from './api-origin.ts'
import type { ConnectionToken } from './connection-token.ts'
import { meansUnauthorized } from './means-unauthorized.ts'
import { type LiveToken, readLiveToken } from './token-context.ts'
import { isLoopbackHost } from './vault-address.ts'
import { isSameToken } from './vault-connection.ts'

const maxRedirects = 20

/** Headers that may follow a redirect to another origin: none that could carry a secret. */
const harmlessHeaders = [
  'accept',
  'accept-language',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  'range',
  'user-agent',
]

/**
 * A `fetch` that adds the connection's token, and only for the connection's own API origins: those
 * of the `apiHosts` option, else those the vault names. Redirects are followed by hand: elsewhere
 * the request goes on without the token, and without any header that could carry a secret. After a
 * 401 the token is renewed and the request repeated once, where its body can be sent again (a body
 * other than a stream is held in memory for that).
 *
 * @throws TypeError outside a wrapper; from the `fetch`: for a URL that is not the connection's, for
 *   an `Authorization` of the caller's own, for a redirect that must not be followed
 * @throws {ValetKeyError} from the `fetch`, when a renewal fails
 */
export function fetchForConnection(connection?: string): typeof globalThis.fetch {
  const live = readLiveToken(connection)
  return async (input, init) => {
    const request = await readRequest(input, init)
    requireApiOrigin(request.url, live)
    const used = live.current
    const { response, carriedToken } = await follow(request, live, used)
    if (!carriedToken || !(await meansUnauthorized(response, used.apiErrors))) return response
    const newer = await newerToken(live, used, response)
    if (newer === undefined || !request.canRepeat) return response
    await response.body?.cancel()
    return (await follow(request, live, newer)).response
  }
}

interface ApiRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body: ArrayBuffer | ReadableStream | null
  readonly canRepeat: boolean
  readonly redirect: RequestRedirect
  /** What else the caller gave, such as `signal`. */
  readonly more: RequestInit
}

async function readRequest(input: RequestInfo | URL, init?: RequestInit): Promise<ApiRequest> {
  const { body: given, ...more } = init ?? {}
  const isStream = given instanceof ReadableStream
  // The platform's own reading of the two arguments, with the content type of the body.
  const request = new Request(input, isStream ? more : init)
  if (request.headers.has('authorization')) {
    throw new TypeError('fetchForConnection sets "Authorization" itself: leave it out')
  }
  return {
    url: new URL(request.url),
    method: request.method,
    headers: request.headers,
    body: isStream ? given : request.body === null ? null : await request.arrayBuffer(),
    canRepeat: !isStream,
    redirect: request.redirect,
    more: { ...more, signal: request.signal },
  }
}

function requireApiOrigin(url: URL, live: LiveToken): void {
  const origins = live.vault.apiOrigins(live.current)
  if (isWithinApiOrigins(url, origins)) return
  const known =
    origins.length === 0
      ? 'no API origin is known for it'
      : `only ${origins.map(({ origin, pathPrefix }) => origin + pathPrefix).join(', ')}`
  throw new TypeError(
    `The token of ${JSON.stringify(live.connection)} is not sent to ${url.origin}${url.pathname}: ${known}. Set "apiHosts" where this is an API of the provider.`,
  )
}

interface Followed {
  readonly response: Response
  /** False where the answer came from outside the API origins, and says nothing about the token. */
  readonly carriedToken: boolean
}

async function follow(
  request: ApiRequest,
  live: LiveToken,
  token: ConnectionToken,
): Promise<Followed> {
  let { url, method, body } = request
  let headers = new Headers(request.headers)
  headers.set('authorization', `Bearer ${token.token.reveal()}`)
  let carriedToken = true
  for (let redirects = 0; ; redirects += 1) {
    const response = await live.vault.runtime.fetch(url.href, {
      ...request.more,
      method,
      headers,
      body,
      redirect: 'manual',
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    })
    const next = redirectTarget(response, url)
    if (next === undefined || request.redirect === 'manual') return { response, carriedToken }
    await response.body?.cancel()
    if (request.redirect === 'error') throw refusedRedirect(url, 'the request allows none')
    if (redirects === maxRedirects) throw refusedRedirect(url, 'there were too many')
    if (response.status === 303 || (response.status <= 302 && method === 'POST')) {
      method = method === 'HEAD' ? 'HEAD' : 'GET'
      body = null
      headers = withoutContentHeaders(headers)
    }
    if (body instanceof ReadableStream) throw refusedRedirect(url, 'its body is a stream')
    // Whoever gets a request from outside cannot send it back in with the token.
    if (carriedToken && !isWithinApiOrigins(next, live.vault.apiOrigins(token))) {
      carriedToken = false
      headers = onlyHarmlessHeaders(headers)
    }
    if (!carriedToken) requireHarmless(next, url, body)
    url = next
  }
}

function redirectTarget(response: Response, from: URL): URL | undefined {
  const location = response.headers.get('location')
  if (location === null || ![301, 302, 303, 307, 308].includes(response.status)) return undefined
  return URL.canParse(location, from) ? new URL(location, from) : undefined
}

function requireHarmless(next: URL, from: URL, body: ApiRequest['body']): void {
  const isSafe =
    next.protocol === 'https:' ||
    (next.protocol === 'http:' && isLoopbackHost(next.hostname) && isLoopbackHost(from.hostname))
  if (!isSafe) throw refusedRedirect(from, `it leads to ${next.protocol}//`)
  if (next.username !== '' || next.password !== '') {
    throw refusedRedirect(from, 'it leads to a URL with a password')
  }
  if (body !== null) throw refusedRedirect(from, `it would send the body to ${next.origin}`)
}

function refusedRedirect(from: URL, reason: string): TypeError {
  return new TypeError(`The redirect of ${from.origin}${from.pathname} is not followed: ${reason}`)
}

function withoutContentHeaders(headers: Headers): Headers {
  return new Headers([...headers].filter(([name]) => !name.startsWith('content-')))
}

function onlyHarmlessHeaders(headers: Headers): Headers {
  return new Headers([...headers].filter(([name]) => harmlessHeaders.includes(name)))
}

/** A token other than the one used; `undefined` when there is none. */
async function newerToken(
  live: LiveToken,
  used: ConnectionToken,
  response: Response,
): Promise<ConnectionToken | undefined> {
  try {
    // Another request of the same call may have renewed it meanwhile.
    const current = isSameToken(live.current, used) ? await live.renew() : live.current
    return isSameToken(current, used) ? undefined : current
  } catch (error) {
    await response.body?.cancel()
    throw error
  }
}
