/** A cookie as the browser sends it. */
export interface Cookie {
  readonly name: string
  readonly value: string
}

/**
 * The cookies of a request. Their names are kept to the byte: a sister site of the app can set
 * `\u00A0__Host-…`, which is no `__Host-` cookie to a browser, and would be one to us after a trim.
 */
export function cookiesOf(request: Request): readonly Cookie[] {
  return (request.headers.get('cookie') ?? '').split(/; */).flatMap((pair) => {
    const separator = pair.indexOf('=')
    if (separator < 1) return []
    return [{ name: pair.slice(0, separator), value: pair.slice(separator + 1) }]
  })
}
