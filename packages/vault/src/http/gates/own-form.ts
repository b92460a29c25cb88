/**
 * Whether a form was submitted from a page of this vault (RV-71, T33). Browsers say so in `Sec-Fetch-Site`; under
 * `Referrer-Policy: no-referrer` their `Origin` is `null` even for our own page. What sends neither is no browser of
 * these years, and has the form's token to prove itself with.
 */
export function isOwnForm(request: Request, issuer: string): boolean {
  const site = request.headers.get('sec-fetch-site')
  const origin = request.headers.get('origin')
  if (site !== null && site !== 'same-origin') return false
  return origin === null || origin === 'null' || origin === new URL(issuer).origin
}
