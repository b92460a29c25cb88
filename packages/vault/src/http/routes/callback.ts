import type { FinishCallback } from '../../use-cases/finish-callback.ts'
import type { FinishLogin } from '../../use-cases/finish-login.ts'
import { LOGIN_STATE } from '../../use-cases/login-attempts.ts'
import type { BrowserCookies } from '../browser-cookies.ts'
import type { EndPages } from '../end-pages.ts'
import { seeOther } from '../page-response.ts'
import type { RouteHandler } from '../request-context.ts'

/** More than any provider sends. */
const MAX_QUERY_LENGTH = 16 * 1024

/** `GET /callback/{connection}`: where the provider sends the browser (RFC 6749 section 4.1.2), and from here the app. */
export function callbackRoute({
  cookies,
  endPages,
  finishCallback,
  finishLogin,
}: {
  readonly cookies: BrowserCookies
  readonly endPages: EndPages
  readonly finishCallback: FinishCallback
  readonly finishLogin: FinishLogin
}): RouteHandler {
  return async (request, { requestId, pathParameters }) => {
    const { search, searchParams } = new URL(request.url)
    if (search.length > MAX_QUERY_LENGTH) return await endPages.linkInvalid()

    const isLogin = LOGIN_STATE.test(searchParams.get('state') ?? '')
    const finished = await (isLogin ? finishLogin : finishCallback)({
      connection: pathParameters['connection'] ?? '',
      parameters: searchParams,
      cookies: request.headers.get('cookie') ?? undefined,
      bindings: cookies.bindings(request),
      requestId,
    })
    if (!finished.ok) {
      return finished.refusal.reason === 'link_invalid'
        ? await endPages.linkInvalid()
        : await endPages.unavailable()
    }
    const { location, attemptId } = finished.value
    return seeOther(location, [cookies.clearBinding(attemptId)])
  }
}
