/** RFC 8252 section 7.3: an app on the user's machine cannot know its port in advance. */
const LOOPBACK = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost))(?::\d{1,5})?((?:[/?].*)?)$/

/**
 * Whether a redirect URI is one of the registered ones: the same characters, without normalisation; only the port of
 * a loopback address may vary (RFC 9700 section 4.1.3, RV-64).
 */
export function isRegisteredRedirectUri(registered: readonly string[], asked: string): boolean {
  // An answer goes into the query, which a fragment would swallow (RFC 6749 section 3.1.2).
  if (asked.includes('#') || !URL.canParse(asked)) return false
  return registered.some((uri) => uri === asked || isSameButForThePort(uri, asked))
}

function isSameButForThePort(registered: string, asked: string): boolean {
  const left = LOOPBACK.exec(registered)
  const right = LOOPBACK.exec(asked)
  return left !== null && right !== null && left[1] === right[1] && left[2] === right[2]
}

/** The redirect URI with the answer in its query. What is there already stays byte for byte. */
export function withAnswer(
  redirectUri: string,
  answer: Readonly<Record<string, string | undefined>>,
): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(answer)) {
    if (value !== undefined) query.set(name, value)
  }
  const separator = !redirectUri.includes('?') ? '?' : /[?&]$/.test(redirectUri) ? '' : '&'
  return `${redirectUri}${separator}${query.toString()}`
}

/** Where a person will be sent back to, for people: the host, or the scheme of an app's own. */
export function returnHost(redirectUri: string): string {
  const url = new URL(redirectUri)
  return url.host === '' ? url.protocol.slice(0, -1) : url.host
}
