import type { RouteHandler } from '../request-context.ts'
import { type AuthorizeDependencies, browserHeaders } from './authorize.ts'

/**
 * `GET /v2/logout?client_id&returnTo`, as Auth0's clients log out where they know of no `end_session_endpoint`. It is
 * RP-initiated logout by other names: `returnTo` must be among the client's `postLogoutRedirectUris`, and the person is
 * asked, since any page can lead a browser here (OpenID Connect RP-Initiated Logout section 2).
 */
export function logoutRoute({ authorizationServer, pages }: AuthorizeDependencies): RouteHandler {
  return async (request) => {
    const { searchParams } = new URL(request.url)
    const parameters = new URLSearchParams(
      [...searchParams].flatMap(([name, value]) => {
        const renamed = RENAMED[name]
        return renamed === undefined || value === '' ? [] : [[renamed, value]]
      }),
    )
    const answered = await authorizationServer.answer({
      method: 'GET',
      target: `/oidc/logout?${parameters.toString()}`,
      headers: browserHeaders(request),
    })
    return await pages.show(answered)
  }
}

const RENAMED: Readonly<Record<string, string>> = {
  client_id: 'client_id',
  returnTo: 'post_logout_redirect_uri',
  state: 'state',
}
