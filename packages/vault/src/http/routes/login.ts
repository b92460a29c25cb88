import * as z from 'zod'

import { CONNECTION_NAME } from '../../domain/connection.ts'
import { loginConsentPage, loginPage } from '../../pages/login-page.tsx'
import type { DecideInteraction } from '../../use-cases/decide-interaction.ts'
import type { FormTokens } from '../../use-cases/form-tokens.ts'
import type { OpenInteraction } from '../../use-cases/open-interaction.ts'
import type { StartLogin } from '../../use-cases/start-login.ts'
import type { BrowserCookies } from '../browser-cookies.ts'
import type { EndPages } from '../end-pages.ts'
import { isOwnForm } from '../gates/own-form.ts'
import { loginTargets, pageResponse, seeOther } from '../page-response.ts'
import { readFormBody } from '../read-body.ts'
import type { RequestContext, RouteHandler } from '../request-context.ts'
import type { Stylesheet } from './stylesheet.ts'

export interface LoginDependencies {
  readonly issuer: string
  readonly cookies: BrowserCookies
  readonly formTokens: FormTokens
  readonly endPages: EndPages
  readonly stylesheet: Stylesheet
  readonly openInteraction: OpenInteraction
  readonly startLogin: StartLogin
  readonly decideInteraction: DecideInteraction
}

const InteractionId = z.string().regex(/^[\w-]{1,128}$/)

const LoginForm = z.union([
  z.strictObject({
    form_token: z.string().max(128),
    connection: z.string().regex(CONNECTION_NAME),
  }),
  z.strictObject({
    form_token: z.string().max(128),
    decision: z.enum(['approve', 'deny']),
  }),
])

/**
 * `GET /login/{id}`: what the person has to decide. Where the client named the connection there is nothing to decide,
 * and the browser goes straight on; only this browser can, so that a link to here begins nothing for anybody else.
 */
export function openLoginRoute(dependencies: LoginDependencies): RouteHandler {
  const { cookies, formTokens, endPages, stylesheet, openInteraction } = dependencies
  return async (request, context) => {
    const id = InteractionId.safeParse(context.pathParameters['id'])
    const interaction = id.success ? interactionOf(id.data, request) : undefined
    const view = interaction && (await openInteraction(interaction))
    if (interaction === undefined || view === undefined) return await endPages.loginInvalid()
    if (view.kind === 'straight_to') {
      return await goTo(dependencies, { ...interaction, connection: view.connection }, context)
    }

    const known = cookies.formSeed(request)
    const seed = known ?? formTokens.newSeed()
    const shared = {
      action: new URL(request.url).pathname,
      formToken: formTokens.tokenFor(seed, interaction.id),
      stylesheet: await stylesheet.url(),
    }
    const html =
      view.kind === 'login' ? loginPage({ view, ...shared }) : loginConsentPage({ view, ...shared })
    return pageResponse(html, {
      status: 200,
      formTargets: loginTargets(dependencies.issuer),
      headers: known === undefined ? [['set-cookie', cookies.setFormSeed(seed)]] : [],
    })
  }
}

/** `POST /login/{id}`: the chosen connection, or yes or no; from our own page only. */
export function decideLoginRoute(dependencies: LoginDependencies): RouteHandler {
  const { issuer, cookies, formTokens, endPages, decideInteraction } = dependencies
  return async (request, context) => {
    if (!isOwnForm(request, issuer)) return await endPages.formRefused()
    const id = InteractionId.safeParse(context.pathParameters['id'])
    const form = LoginForm.safeParse(await readFormBody(request))
    const seed = cookies.formSeed(request)
    if (
      !id.success ||
      !form.success ||
      seed === undefined ||
      !formTokens.isTokenFor(form.data.form_token, seed, id.data)
    ) {
      return await endPages.formRefused()
    }

    const interaction = interactionOf(id.data, request)
    if ('connection' in form.data) {
      return await goTo(dependencies, { ...interaction, connection: form.data.connection }, context)
    }
    const { decision } = form.data
    const decided = await decideInteraction({
      ...interaction,
      decision,
      requestId: context.requestId,
    })
    if (decided.ok) return seeOther(decided.value.location, [])
    return decided.refusal.reason === 'link_invalid'
      ? await endPages.loginInvalid()
      : await endPages.unavailable()
  }
}

interface InteractionOfBrowser {
  readonly id: string
  readonly cookies: string | undefined
}

function interactionOf(id: string, request: Request): InteractionOfBrowser {
  return { id, cookies: request.headers.get('cookie') ?? undefined }
}

async function goTo(
  { startLogin, cookies, endPages }: LoginDependencies,
  request: InteractionOfBrowser & { readonly connection: string },
  { requestId }: RequestContext,
): Promise<Response> {
  const started = await startLogin({ ...request, requestId })
  if (!started.ok) {
    return started.refusal.reason === 'link_invalid'
      ? await endPages.loginInvalid()
      : await endPages.unavailable()
  }
  const { location, binding } = started.value
  return seeOther(location, binding === undefined ? [] : [cookies.setBinding(binding)])
}
