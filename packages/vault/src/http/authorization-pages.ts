import { authorizationPage } from '../pages/authorization-page.tsx'
import type { AuthorizationAnswer, AuthorizationPage } from '../ports/authorization-server.ts'
import { pageResponse } from './page-response.ts'
import type { Stylesheet } from './routes/stylesheet.ts'

/** Turns what the authorization server wants shown into pages of the vault's. */
export interface AuthorizationPages {
  readonly show: (
    answer: AuthorizationAnswer,
    options?: { readonly userCode?: string | undefined },
  ) => Promise<Response>
  readonly invalidRequest: () => Promise<Response>
}

/** Each page's status: what leads nowhere counts against whoever tries it often (RV-26). */
function statusOf(page: AuthorizationPage): number {
  if (page.page === 'error') return page.error === 'server_error' ? 500 : 400
  return page.page === 'device_code' && page.problem === 'wrong_code' ? 400 : 200
}

export function createAuthorizationPages({
  stylesheet,
}: {
  readonly stylesheet: Stylesheet
}): AuthorizationPages {
  const render = async (
    page: AuthorizationPage,
    {
      cookies,
      userCode,
    }: { readonly cookies: readonly string[]; readonly userCode?: string | undefined },
  ): Promise<Response> =>
    pageResponse(authorizationPage({ page, userCode, stylesheet: await stylesheet.url() }), {
      status: statusOf(page),
      // After logging out the browser returns to the app; where that is has been checked.
      formTargets: page.page === 'logout' ? ['https:', 'http:'] : [],
      headers: cookies.map((cookie) => ['set-cookie', cookie] as const),
    })
  return {
    show: async ({ response, page }, { userCode } = {}) => {
      if (page === undefined && response.status < 500) return response
      // Of a failure nothing is shown but that it is one.
      const shown = page ?? { page: 'error', error: 'server_error' }
      return await render(shown, { cookies: response.headers.getSetCookie(), userCode })
    },
    invalidRequest: async () =>
      await render({ page: 'error', error: 'invalid_request' }, { cookies: [] }),
  }
}
