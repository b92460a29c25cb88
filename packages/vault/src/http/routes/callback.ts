import type { FinishCallback } from '../../use-cases/finish-callback.ts'
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
}: {
  readonly cookies: BrowserCookies
  readonly endPages: EndPages
  readonly finishCallback: FinishCallback
}): RouteHandler {
  return async (request, { requestId, pathParameters }) => {
    const { search, searchParams } = new URL(request.url)
    if (search.length > MAX_QUERY_LENGTH) return await endPages.linkInvalid()

    const finished = await finishCallback({
      connection: pathParameters['connection'] ?? '',
      parameters: searchParams,
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
