import type { RequestListener } from 'node:http'

import { inject } from 'light-my-request'

import type {
  AuthorizationAnswer,
  AuthorizationPage,
  ForwardedRequest,
} from '../../ports/authorization-server.ts'

/** Headers of the vault's own, for oidc-provider alone: nothing of a caller's arrives under these names. */
export const KEEP_REFRESH_TOKEN_HEADER = 'x-valetkey-keep-refresh-token'

/**
 * Hands a request to oidc-provider, which is written for Node's messages, without a socket in between. It sees the
 * vault's own address whatever `Host` said, and of the headers only those that mean something to it.
 */
export async function forward(
  listener: RequestListener,
  { issuer, vaultProof }: { readonly issuer: string; readonly vaultProof: string },
  request: ForwardedRequest,
): Promise<AuthorizationAnswer> {
  const { protocol, host } = new URL(issuer)
  const { cookie, authorization, dpop, accept, userAgent } = request.headers
  const headers = {
    host,
    'x-forwarded-proto': protocol.slice(0, -1),
    cookie,
    authorization,
    dpop,
    accept: accept ?? '*/*',
    'user-agent': userAgent ?? 'unknown',
    'content-type': request.form === undefined ? undefined : 'application/x-www-form-urlencoded',
    [KEEP_REFRESH_TOKEN_HEADER]: request.refreshToken === 'kept' ? 'yes' : undefined,
  }
  const answer = await inject(listener, {
    method: request.method,
    url: request.target,
    headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
    ...(request.form !== undefined && { payload: formOf(request, vaultProof) }),
  })

  const page = answer.headers[PAGE_HEADER] === undefined ? undefined : readPage(answer.payload)
  const body = page === undefined && hasBody(answer.statusCode) ? answer.rawPayload : undefined
  const response = new Response(body === undefined ? null : new Uint8Array(body), {
    status: answer.statusCode,
  })
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value === undefined || DROPPED_HEADERS.includes(name)) continue
    for (const one of Array.isArray(value) ? value : [value]) {
      response.headers.append(name, String(one))
    }
  }
  return { response, page }
}

/** Marks a body that is no HTML but what a page is to show. */
export const PAGE_HEADER = 'x-valetkey-page'

/** What {@link showPage} wrote a moment ago. */
function readPage(payload: string): AuthorizationPage {
  const page: AuthorizationPage = JSON.parse(payload)
  return page
}

/** The connection's own, and what the vault decides for itself: who may call it from a script (R26), what is cached. */
const DROPPED_HEADERS: readonly string[] = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'date',
  'vary',
  'access-control-allow-origin',
  'access-control-expose-headers',
  PAGE_HEADER,
]

const CLIENT_MEMBERS: readonly string[] = [
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
]

/** Whatever the request showed for its client has been looked at; in its place stands the vault's word. */
function formOf({ form = [], client }: ForwardedRequest, vaultProof: string): string {
  const others = form.filter(([name]) => client === undefined || !CLIENT_MEMBERS.includes(name))
  const proven =
    client === undefined
      ? []
      : [
          ['client_id', client.id],
          ...(client.authentication.method === 'none' ? [] : [['client_secret', vaultProof]]),
        ]
  return new URLSearchParams([...others.map((pair) => [...pair]), ...proven]).toString()
}

function hasBody(status: number): boolean {
  return status !== 204 && status !== 304 && (status < 300 || status >= 400)
}
