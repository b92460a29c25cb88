/** A page of the vault's own: nothing but its stylesheet is loaded, and nothing may frame it (RV-71). The router adds the rest. */
export function pageResponse(
  html: string,
  {
    status,
    formTargets = [],
    headers = [],
  }: {
    readonly status: number
    /** CSP sources a submitted form may lead through, besides this vault. */
    readonly formTargets?: readonly string[] | undefined
    readonly headers?: readonly (readonly [string, string])[] | undefined
  },
): Response {
  const response = new Response(html, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy(formTargets),
    },
  })
  for (const [name, value] of headers) response.headers.append(name, value)
  return response
}

/**
 * Chromium holds every redirect after a submitted form against `form-action`: to the provider, from there back to the
 * app where the provider has nothing to ask, and to the app when the person says no (R13).
 */
function contentSecurityPolicy(formTargets: readonly string[]): string {
  const targets = [...new Set(["'self'", ...formTargets])].join(' ')
  return [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    `form-action ${targets}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

/** Host sources have no syntax for IPv6 or for apps' own schemes: those are allowed by scheme (CSP 3 section 2.3.1). */
const HOST_SOURCE = /^https?:\/\/[A-Za-z0-9.-]+(?::\d+)?$/

/** The CSP source of the place a redirect URI leads to. */
export function cspSourceOf(redirectUri: string): string {
  const { origin, protocol } = new URL(redirectUri)
  return HOST_SOURCE.test(origin) ? origin : protocol
}

/** Where a form may lead that ends in a login: where a provider's login leads is the provider's business. */
export function loginTargets(issuer: string): readonly string[] {
  return ['https:', ...(issuer.startsWith('http:') ? ['http:'] : [])]
}

/** Sends the browser on with GET, whatever brought it here (RV-65). */
export function seeOther(location: string, cookies: readonly string[]): Response {
  const response = new Response(null, {
    status: 303,
    headers: { location },
  })
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}
