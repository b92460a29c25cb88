import * as z from 'zod'

import { connectUri } from '../../domain/vault-urls.ts'
import { consentPage } from '../../pages/consent-page.tsx'
import type { ApproveConnect } from '../../use-cases/approve-connect.ts'
import type { FormTokens } from '../../use-cases/form-tokens.ts'
import type { OpenConnectPage } from '../../use-cases/open-connect-page.ts'
import type { BrowserCookies } from '../browser-cookies.ts'
import type { EndPages } from '../end-pages.ts'
import { isOwnForm } from '../gates/own-form.ts'
import { cspSourceOf, pageResponse, seeOther } from '../page-response.ts'
import { readFormBody } from '../read-body.ts'
import type { RouteHandler } from '../request-context.ts'
import type { Stylesheet } from './stylesheet.ts'

export interface ConnectPageDependencies {
  readonly issuer: string
  readonly cookies: BrowserCookies
  readonly formTokens: FormTokens
  readonly endPages: EndPages
}

const Ticket = z.string().regex(/^[0-9A-Za-z]{1,64}$/)

const DecisionForm = z.strictObject({
  ticket: Ticket,
  form_token: z.string().max(128),
  decision: z.enum(['approve', 'deny']),
})

/** `GET /connect?ticket=…`: the consent page. Looking changes nothing (R12). */
export function openConnectPageRoute({
  issuer,
  cookies,
  formTokens,
  endPages,
  stylesheet,
  openConnectPage,
}: ConnectPageDependencies & {
  readonly stylesheet: Stylesheet
  readonly openConnectPage: OpenConnectPage
}): RouteHandler {
  return async (request) => {
    const ticket = Ticket.safeParse(new URL(request.url).searchParams.get('ticket'))
    const view = ticket.success ? await openConnectPage({ ticket: ticket.data }) : undefined
    if (!ticket.success || view === undefined) return await endPages.linkInvalid()

    // A seed that is there serves again: forms in other tabs stay good.
    const known = cookies.formSeed(request)
    const seed = known ?? formTokens.newSeed()
    const html = consentPage({
      view,
      action: new URL(connectUri(issuer)).pathname,
      ticket: ticket.data,
      formToken: formTokens.tokenFor(seed, ticket.data),
      stylesheet: await stylesheet.url(),
    })
    return pageResponse(html, {
      status: 200,
      formTargets: [...view.consentOrigins, cspSourceOf(view.redirectUri)],
      headers: known === undefined ? [['set-cookie', cookies.setFormSeed(seed)]] : [],
    })
  }
}

/** `POST /connect`: the person's yes or no, from our own page only. */
export function decideConnectRoute({
  issuer,
  cookies,
  formTokens,
  endPages,
  approveConnect,
}: ConnectPageDependencies & { readonly approveConnect: ApproveConnect }): RouteHandler {
  return async (request, { requestId }) => {
    if (!isOwnForm(request, issuer)) return await endPages.formRefused()
    const form = DecisionForm.safeParse(await readFormBody(request))
    const seed = cookies.formSeed(request)
    if (
      !form.success ||
      seed === undefined ||
      !formTokens.isTokenFor(form.data.form_token, seed, form.data.ticket)
    ) {
      return await endPages.formRefused()
    }

    const { ticket, decision } = form.data
    const redirect = await approveConnect({ ticket, decision, requestId })
    if (!redirect.ok) {
      return redirect.refusal.reason === 'link_invalid'
        ? await endPages.linkInvalid()
        : await endPages.unavailable()
    }
    const { location, binding } = redirect.value
    return seeOther(location, binding === undefined ? [] : [cookies.setBinding(binding)])
  }
}
