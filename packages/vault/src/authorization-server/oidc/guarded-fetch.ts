import type { Configuration } from 'oidc-provider'

import type { OutboundFetch } from '../../ports/outbound-fetch.ts'

/** The `fetch` that oidc-provider calls clients with: by the vault's one way out (RV-90). */
export function guardedFetch(outboundFetch: OutboundFetch): NonNullable<Configuration['fetch']> {
  return async (url, { method, headers, body } = {}) => {
    const answer = await outboundFetch({
      url: url instanceof Request ? url.url : new URL(url).href,
      method: method === 'POST' ? 'POST' : 'GET',
      headers: Object.fromEntries(new Headers(headers)),
      ...(isText(body) && { body: body.toString() }),
    })
    if (!answer.ok) throw new Error(`The call to a client failed: ${answer.code}`)
    const hasBody = answer.status !== 204 && answer.status !== 304
    return new Response(hasBody ? answer.body : null, {
      status: answer.status,
      headers: answer.headers,
    })
  }
}

/** All that oidc-provider ever sends: JSON, or a form. */
function isText(body: unknown): body is string | URLSearchParams {
  return typeof body === 'string' || body instanceof URLSearchParams
}
