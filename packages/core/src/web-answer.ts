import type { ValetKeyError, ValetKeyErrorCode } from './valet-key-error.ts'

/** What every answer carries: it is about one user, and its URL is nobody else's business. */
export const quiet = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }

/** 303, so that the browser goes on with GET. */
export function redirect(location: string, cookies: readonly string[] = []): Response {
  const headers = new Headers({ ...quiet, location })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}

/** A sentence for a person. */
export function plainAnswer(status: number, text: string): Response {
  const headers = { ...quiet, 'content-type': 'text/plain; charset=utf-8' }
  return new Response(`${text}\n`, { status, headers })
}

/** A JSON body. */
export function jsonAnswer(status: number, body: unknown): Response {
  return Response.json(body, { status, headers: quiet })
}

/** Only one method is served. */
export function methodNotAllowed(allow: 'GET' | 'POST'): Response {
  return new Response(null, { status: 405, headers: { ...quiet, allow } })
}

/** The error of a call as JSON, for the app's own scripts. */
export function errorAnswer({ code }: ValetKeyError): Response {
  return jsonAnswer(statusOf(code), { error: code })
}

/** A prefetch, an image or a frame is no click: it would begin flows that nobody asked for. */
export function refuseNonNavigation({ method, headers }: Request): Response | undefined {
  if (method !== 'GET') return methodNotAllowed('GET')
  const purpose = headers.get('sec-purpose') ?? headers.get('purpose') ?? ''
  const target = headers.get('sec-fetch-dest') ?? 'document'
  // Next.js asks for a page's data by this header; told no, it lets the browser navigate.
  return purpose.includes('prefetch') || target !== 'document' || headers.has('rsc')
    ? plainAnswer(403, 'This link is for clicking.')
    : undefined
}

function statusOf(code: ValetKeyErrorCode): number {
  if (code === 'login_required') return 401
  if (code === 'policy_denied') return 403
  return code === 'vault_unavailable' || code === 'provider_unavailable' ? 503 : 500
}
