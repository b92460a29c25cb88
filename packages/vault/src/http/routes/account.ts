import { accountPage } from '../../pages/account-page.tsx'
import { confirmDisconnectPage, confirmRemovalPage } from '../../pages/confirm-page.tsx'
import { NOT_ADDED } from '../../use-cases/add-identity.ts'
import type { SignIns } from '../../use-cases/sign-ins.ts'
import type { ViewAccount } from '../../use-cases/view-account.ts'
import type { ViewOwnAccount } from '../../use-cases/view-own-account.ts'
import {
  accountForms,
  cookieHeader,
  formTokenFor,
  type SignedInDependencies,
  toLogin,
} from '../gates/signed-in.ts'
import type { EndPages } from '../end-pages.ts'
import { loginTargets, pageResponse, seeOther } from '../page-response.ts'
import type { RouteHandler } from '../request-context.ts'
import type { Stylesheet } from './stylesheet.ts'

export interface AccountPagesDependencies extends SignedInDependencies {
  readonly stylesheet: Stylesheet
  readonly viewAccount: ViewAccount
  readonly viewOwnAccount: ViewOwnAccount
}

/** `GET /account`: what the vault keeps for whoever is logged in here. */
export function accountRoute(dependencies: AccountPagesDependencies): RouteHandler {
  const { issuer, stylesheet, viewAccount } = dependencies
  return async (request) => {
    const view = await viewAccount({ cookies: cookieHeader(request) })
    if (view === undefined) return await toLogin(dependencies, '/account')
    const { formToken, headers } = formTokenFor(dependencies, request, accountForms(view.sessionId))
    const html = accountPage({ view, formToken, stylesheet: await stylesheet.url() })
    return pageResponse(html, { status: 200, formTargets: loginTargets(issuer), headers })
  }
}

/** `GET /account/accounts/{id}`: asks whether to disconnect it. */
export function confirmDisconnectRoute(dependencies: AccountPagesDependencies): RouteHandler {
  const { endPages, stylesheet, viewOwnAccount } = dependencies
  return async (request, { pathParameters }) => {
    const accountId = pathParameters['id'] ?? ''
    const view = await viewOwnAccount({ accountId, cookies: cookieHeader(request) })
    if (view === 'login_required') return await toLogin(dependencies, '/account')
    if (view === undefined) return await endPages.nothingHere()
    const { formToken, headers } = formTokenFor(dependencies, request, accountForms(view.sessionId))
    const html = confirmDisconnectPage({
      subject: view.account,
      action: `/account/accounts/${view.account.id}`,
      formToken,
      stylesheet: await stylesheet.url(),
    })
    return pageResponse(html, { status: 200, headers })
  }
}

/** `GET /account/identities/{key}`: asks whether to remove a way to log in. */
export function confirmRemovalRoute(dependencies: AccountPagesDependencies): RouteHandler {
  const { endPages, stylesheet, viewAccount } = dependencies
  return async (request, { pathParameters }) => {
    const view = await viewAccount({ cookies: cookieHeader(request) })
    if (view === undefined) return await toLogin(dependencies, '/account')
    const identity = view.identities.find(({ key }) => key === pathParameters['key'])
    if (identity === undefined || identity.removal === 'refused') {
      return await endPages.nothingHere()
    }
    if (!view.isFresh) return await endPages.loginTooOld()
    const { formToken, headers } = formTokenFor(dependencies, request, accountForms(view.sessionId))
    const html = confirmRemovalPage({
      subject: identity,
      action: `/account/identities/${identity.key}`,
      formToken,
      stylesheet: await stylesheet.url(),
    })
    return pageResponse(html, { status: 200, headers })
  }
}

/** `GET /account/signed-in`: where a login for the vault's own pages ends. It goes on to the page that it was for. */
export function signedInRoute({
  signIns,
  endPages,
}: {
  readonly signIns: SignIns
  readonly endPages: EndPages
}): RouteHandler {
  return async (request) => {
    const { searchParams } = new URL(request.url)
    const [state, ...repeated] = searchParams.getAll('state')
    const path = state === undefined || repeated.length > 0 ? undefined : await signIns.end(state)
    if (path === undefined) return await endPages.loginInvalid()
    // Not back to the page, which would ask for a login again.
    return searchParams.has('error') ? await endPages.notLoggedIn() : seeOther(path, [])
  }
}

/** `GET /account/not-added/{reason}`: why there is no new way to log in. */
export function notAddedRoute({ endPages }: { readonly endPages: EndPages }): RouteHandler {
  return async (_request, { pathParameters }) => {
    const reason = NOT_ADDED.find((known) => known === pathParameters['reason'])
    return reason === undefined ? await endPages.nothingHere() : await endPages.notAdded(reason)
  }
}
