import * as z from 'zod'

import { connectedPage, linkPage } from '../../pages/link-page.tsx'
import type { ApproveConnectLink } from '../../use-cases/approve-connect-link.ts'
import { CONNECT_LINK } from '../../use-cases/connect-links.ts'
import type { OpenConnectLink } from '../../use-cases/open-connect-link.ts'
import type { ViewOwnAccount } from '../../use-cases/view-own-account.ts'
import {
  cookieHeader,
  formTokenFor,
  type SignedInDependencies,
  toLogin,
} from '../gates/signed-in.ts'
import { isOwnForm } from '../gates/own-form.ts'
import { pageResponse, seeOther } from '../page-response.ts'
import { readFormBody } from '../read-body.ts'
import type { RouteHandler } from '../request-context.ts'
import type { Stylesheet } from './stylesheet.ts'

export interface ConnectLinkDependencies extends SignedInDependencies {
  readonly stylesheet: Stylesheet
  readonly openConnectLink: OpenConnectLink
  readonly approveConnectLink: ApproveConnectLink
}

const DecisionForm = z.strictObject({
  form_token: z.string().max(128),
  decision: z.enum(['approve', 'deny']),
})

/** `GET /connect/link/{link}`: what it is about, for its own user. Looking changes nothing (R12). */
export function openConnectLinkRoute(dependencies: ConnectLinkDependencies): RouteHandler {
  const { endPages, stylesheet, openConnectLink } = dependencies
  return async (request, { requestId, pathParameters }) => {
    const link = pathParameters['link'] ?? ''
    if (!CONNECT_LINK.test(link)) return await endPages.linkNotYours()
    const opened = await openConnectLink({ link, cookies: cookieHeader(request), requestId })
    if (!opened.ok) {
      return opened.refusal.reason === 'login_required'
        ? await toLogin(dependencies, pathOf(link))
        : await endPages.linkNotYours()
    }
    const view = opened.value
    const { formToken, headers } = formTokenFor(
      dependencies,
      request,
      linkForm(link, view.sessionId),
    )
    const html = linkPage({
      view,
      action: pathOf(link),
      formToken,
      stylesheet: await stylesheet.url(),
    })
    return pageResponse(html, { status: 200, formTargets: view.consentOrigins, headers })
  }
}

/** `POST /connect/link/{link}`: the person's yes or no, from our own page, shown to the session that answers. */
export function decideConnectLinkRoute(dependencies: ConnectLinkDependencies): RouteHandler {
  const { issuer, cookies, formTokens, endPages, findSignedIn, approveConnectLink } = dependencies
  return async (request, { requestId, pathParameters }) => {
    if (!isOwnForm(request, issuer)) return await endPages.formRefused()
    const link = pathParameters['link'] ?? ''
    const form = DecisionForm.safeParse(await readFormBody(request))
    const session = await findSignedIn(cookieHeader(request))
    if (session === undefined && CONNECT_LINK.test(link)) {
      return await toLogin(dependencies, pathOf(link))
    }
    const seed = cookies.formSeed(request)
    if (
      !form.success ||
      session === undefined ||
      seed === undefined ||
      !formTokens.isTokenFor(form.data.form_token, seed, linkForm(link, session.id))
    ) {
      return await endPages.formRefused()
    }

    const redirect = await approveConnectLink({
      link,
      cookies: cookieHeader(request),
      sessionId: session.id,
      decision: form.data.decision,
      requestId,
    })
    if (!redirect.ok) {
      return redirect.refusal.reason === 'vault_unavailable'
        ? await endPages.unavailable()
        : await endPages.linkNotYours()
    }
    const { location, binding } = redirect.value
    return seeOther(location, binding === undefined ? [] : [cookies.setBinding(binding)])
  }
}

/** `GET /connect/done`: where connecting ends without an app. What it says is looked up, or in words of ours. */
export function connectDoneRoute({
  stylesheet,
  viewOwnAccount,
  ...dependencies
}: SignedInDependencies & {
  readonly stylesheet: Stylesheet
  readonly viewOwnAccount: ViewOwnAccount
}): RouteHandler {
  const { endPages } = dependencies
  return async (request) => {
    const { searchParams } = new URL(request.url)
    const error = searchParams.get('error')
    if (error !== null) return await endPages.notConnected(error)
    const accountId = searchParams.get('account') ?? ''
    const view = await viewOwnAccount({ accountId, cookies: cookieHeader(request) })
    if (view === 'login_required') return await toLogin(dependencies, '/account')
    if (view === undefined) return await endPages.nothingHere()
    const html = connectedPage({ account: view.account, stylesheet: await stylesheet.url() })
    return pageResponse(html, { status: 200 })
  }
}

function pathOf(link: string): string {
  return `/connect/link/${link}`
}

/** What the form of a link's page is bound to. */
function linkForm(link: string, sessionId: string): string {
  return `link.${sessionId}.${link}`
}
