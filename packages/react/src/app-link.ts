import {
  type Interrupt,
  parseInterrupt,
  type ParseInterruptOptions,
} from '@valetkey/core/interrupts'

const anyOrigin = 'https://app.invalid'
/** What this package adds to the app's own address, and takes away again. */
export const attemptParameter = 'valetkey_attempt'
export const errorParameter = 'valetkey_error'

/**
 * The link that lets the user do what an interrupt asks for; `undefined` where only the app can say.
 * The interrupt is parsed again: a `connectUrl` counts only as a path, or with its origin allowed.
 */
export function linkOf(
  value: Interrupt,
  basePath: string,
  options: ParseInterruptOptions,
): string | undefined {
  const interrupt = parseInterrupt(value, options)
  if (interrupt === undefined || interrupt.kind === 'approve') return undefined
  if (interrupt.kind === 'login') return `${basePath}/login`
  if (interrupt.connectUrl !== undefined) return interrupt.connectUrl
  return connectLink(basePath, interrupt.connection, interrupt.requiredScopes)
}

/** The link to the app's own connect route. */
export function connectLink(
  basePath: string,
  connection: string,
  scopes: readonly string[],
): string {
  const query = new URLSearchParams({ connection })
  for (const scope of scopes) query.append('scopes', scope)
  return `${basePath}/connect?${query}`
}

/** @throws TypeError for a base path that leads elsewhere */
export function checkedBasePath(basePath = '/api/valet-key'): string {
  if (!/^\/(?!\/)[^\\?#]*$/.test(basePath)) {
    throw new TypeError('"basePath" must be a path of the app, such as "/api/valet-key"')
  }
  return basePath
}

/** True for a link that stays in the app, so that it can come back or answer by a message. */
export function isOwnPath(link: string): boolean {
  return link.startsWith('/')
}

/** The link with one more query parameter, before its fragment. */
export function withParameter(link: string, name: string, value: string): string {
  const url = new URL(link, anyOrigin)
  url.searchParams.set(name, value)
  return isOwnPath(link) ? pathOf(url) : url.href
}

/** The address of the page as a path, without what this package has added to it. */
export function ownPath(address: string): string {
  const url = new URL(address)
  url.searchParams.delete(attemptParameter)
  url.searchParams.delete(errorParameter)
  return pathOf(url)
}

function pathOf({ pathname, search, hash }: URL): string {
  return `${pathname}${search}${hash}`
}
