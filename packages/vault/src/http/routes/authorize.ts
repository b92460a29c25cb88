import type { AuthorizationServer, ForwardedRequest } from '../../ports/authorization-server.ts'
import type { AuthorizationPages } from '../authorization-pages.ts'
import { toAuthorizationParameters } from '../forward-form.ts'
import { forwardedAnswer } from '../forwarded-answer.ts'
import { readForm } from '../read-body.ts'
import type { RouteHandler } from '../request-context.ts'

export interface AuthorizeDependencies {
  readonly authorizationServer: AuthorizationServer
  readonly pages: AuthorizationPages
}

/** More than any authorization request needs; larger ones are pushed (RFC 9126). */
const MAX_QUERY_LENGTH = 16 * 1024

/** `GET` and `POST /authorize` (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2.1). */
export function authorizeRoute({
  authorizationServer,
  pages,
}: AuthorizeDependencies): RouteHandler {
  return async (request) => {
    const { pathname, search, searchParams } = new URL(request.url)
    const isPost = request.method === 'POST'
    const sent = isPost ? await readForm(request) : [...searchParams]
    if (sent === undefined || search.length > MAX_QUERY_LENGTH) return await pages.invalidRequest()
    const parameters = new URLSearchParams(
      toAuthorizationParameters(sent).map((pair) => [...pair]),
    ).toString()
    if (parameters.length > MAX_QUERY_LENGTH) return await pages.invalidRequest()
    const answered = await authorizationServer.answer({
      method: 'GET',
      target: `${pathname}?${parameters}`,
      headers: browserHeaders(request),
    })
    return await pages.show(answered)
  }
}

/** A page of the authorization server's own machinery: going on after a login, the device code, logging out. */
export function browserRoute({ authorizationServer, pages }: AuthorizeDependencies): RouteHandler {
  return async (request) => {
    const { pathname, search, searchParams } = new URL(request.url)
    if (search.length > MAX_QUERY_LENGTH) return await pages.invalidRequest()
    const isPost = request.method === 'POST'
    const form = isPost ? await readForm(request) : undefined
    if (isPost && form === undefined) return await pages.invalidRequest()
    // A code in the link is filled in, and not submitted by itself: the person compares it (RFC 8628 section 5.4).
    const userCode = pathname === '/activate' ? searchParams.get('user_code') : null
    if (userCode !== null) searchParams.delete('user_code')
    const query = searchParams.toString()
    const answered = await authorizationServer.answer({
      method: isPost ? 'POST' : 'GET',
      target: query === '' ? pathname : `${pathname}?${query}`,
      ...(form !== undefined && { form }),
      headers: browserHeaders(request),
    })
    return await pages.show(answered, { userCode: userCode ?? undefined })
  }
}

/** `GET` and `POST /userinfo` (OpenID Connect Core section 5.3); the token in the header only (RV-01). */
export function userinfoRoute({
  authorizationServer,
}: Pick<AuthorizeDependencies, 'authorizationServer'>): RouteHandler {
  return async (request) => {
    const answered = await authorizationServer.answer({
      method: request.method === 'POST' ? 'POST' : 'GET',
      target: '/userinfo',
      headers: {
        authorization: request.headers.get('authorization') ?? undefined,
        dpop: request.headers.get('dpop') ?? undefined,
        accept: 'application/json',
      },
    })
    return await forwardedAnswer(answered)
  }
}

/** What the authorization server sees of a browser's request. */
export function browserHeaders(request: Request): ForwardedRequest['headers'] {
  return {
    cookie: request.headers.get('cookie') ?? undefined,
    userAgent: request.headers.get('user-agent') ?? undefined,
    accept: 'text/html',
  }
}
