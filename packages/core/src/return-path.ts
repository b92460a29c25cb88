import { hasControlCharacter } from './parse-interrupt.ts'

const longestPath = 2_048
const anyOrigin = 'https://app.invalid'

/**
 * The path inside the app that a browser may be sent back to, or `undefined`: nothing that a browser
 * could read as another site (`//evil`, `/\evil`, `/.//evil`, control characters, a scheme). The
 * value is attacker-controlled: it comes from a link.
 */
export function parseReturnPath(value: string): string | undefined {
  if (value.length > longestPath || !value.startsWith('/') || value.startsWith('//')) {
    return undefined
  }
  if (value.includes('\\') || hasControlCharacter(value) || !URL.canParse(value, anyOrigin)) {
    return undefined
  }
  const url = new URL(value, anyOrigin)
  // Dot segments are gone now, and may have left two slashes at the front.
  if (url.origin !== anyOrigin || url.pathname.startsWith('//')) return undefined
  const path = `${url.pathname}${url.search}${url.hash}`
  // Encoded, it may be nine times as long, and it goes into a cookie.
  return path.length > longestPath ? undefined : path
}

/** The path with one more query parameter, before its fragment. */
export function withQuery(path: string, name: string, value: string): string {
  const url = new URL(path, anyOrigin)
  url.searchParams.set(name, value)
  return `${url.pathname}${url.search}${url.hash}`
}
