import { cookiesOf } from './request-cookies.ts'

/** Settings of the cookies that hold attempts. */
export interface AttemptCookieSettings {
  /** What is attempted. */
  readonly flow: 'connect' | 'login'
  /** On https the name gets the `__Host-` prefix, which no other host of the site can set. */
  readonly isSecure: boolean
  readonly maxAgeSeconds: number
}

/** A cookie of an attempt as the browser sent it. */
export interface AttemptCookie {
  readonly name: string
  readonly startedAt: number
  readonly value: string
}

/** Each attempt has a cookie; more than these would make request headers too long. */
const mostAttempts = 5
/** A link can make each of them long, and servers refuse headers of 16 KiB: all that one flow keeps. */
const mostLength = 4_096
const namePattern = /^(__Host-)?vk-(connect|login)-([0-9a-z]{1,10})-[A-Za-z0-9_-]{16}$/

/** A name of its own for each attempt, so that several tabs can connect at once. */
export function attemptCookieName(
  state: string,
  startedAt: number,
  { flow, isSecure }: AttemptCookieSettings,
): string {
  const name = `vk-${flow}-${startedAt.toString(36)}-${state.slice(0, 16)}`
  return isSecure ? `__Host-${name}` : name
}

/** `Set-Cookie` for a new attempt, and for the oldest ones to go. */
export function setAttemptCookies(
  request: Request,
  cookie: { readonly name: string; readonly value: string },
  settings: AttemptCookieSettings,
): readonly string[] {
  const others = readAttemptCookies(request, settings).toSorted(
    (one, other) => other.startedAt - one.startedAt,
  )
  let length = lengthOf(cookie)
  const old = others.filter((other, index) => {
    length += lengthOf(other)
    return index >= mostAttempts - 1 || length > mostLength
  })
  return [
    setCookie(cookie.name, cookie.value, settings),
    ...old.map(({ name }) => clearAttemptCookie(name, settings)),
  ]
}

/** `Set-Cookie` that removes one. */
export function clearAttemptCookie(name: string, settings: AttemptCookieSettings): string {
  return setCookie(name, '', { ...settings, maxAgeSeconds: 0 })
}

/** The cookie of the attempt that a `state` belongs to. */
export function findAttemptCookie(
  request: Request,
  state: string,
  settings: AttemptCookieSettings,
): AttemptCookie | undefined {
  return readAttemptCookies(request, settings).find(({ name }) =>
    name.endsWith(`-${state.slice(0, 16)}`),
  )
}

function lengthOf({ name, value }: { readonly name: string; readonly value: string }): number {
  return name.length + value.length
}

function readAttemptCookies(
  request: Request,
  { flow, isSecure }: AttemptCookieSettings,
): readonly AttemptCookie[] {
  return cookiesOf(request).flatMap(({ name, value }) => {
    const match = namePattern.exec(name)
    // Without the prefix, a sister site of the app may have planted it.
    if (match === null || (match[1] !== undefined) !== isSecure || match[2] !== flow) return []
    return [{ name, startedAt: Number.parseInt(match[3] ?? '', 36), value }]
  })
}

function setCookie(
  name: string,
  value: string,
  { isSecure, maxAgeSeconds }: AttemptCookieSettings,
): string {
  // Lax: the callback is a navigation that comes from the vault's site.
  const attributes = ['Path=/', `Max-Age=${maxAgeSeconds}`, 'HttpOnly', 'SameSite=Lax']
  return [`${name}=${value}`, ...attributes, ...(isSecure ? ['Secure'] : [])].join('; ')
}
