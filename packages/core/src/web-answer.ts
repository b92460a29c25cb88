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

/** Only GET is served. */
export function methodNotAllowed(): Response {
  return new Response(null, { status: 405, headers: { ...quiet, allow: 'GET' } })
}
