import * as z from 'zod'

import { CONNECTION_NAME } from '../../domain/connection.ts'
import type { Session } from '../../ports/authorization-server.ts'
import type { EndAllowedApp } from '../../use-cases/allowed-apps.ts'
import type { DisconnectAccount } from '../../use-cases/disconnect-account.ts'
import type { EndSessions } from '../../use-cases/end-sessions.ts'
import type { RemoveIdentity } from '../../use-cases/remove-identity.ts'
import type { StartAddingIdentity } from '../../use-cases/start-adding-identity.ts'
import type { EndPages } from '../end-pages.ts'
import { readSignedInForm, type SignedInDependencies } from '../gates/signed-in.ts'
import { seeOther } from '../page-response.ts'
import type { RequestContext, RouteHandler } from '../request-context.ts'

const Nothing = z.strictObject({})
const ChosenConnection = z.strictObject({ connection: z.string().regex(CONNECTION_NAME) })
const ChosenSession = z.strictObject({ session: z.string().regex(/^[\w-]{1,64}$/) })
const ChosenApp = z.strictObject({ app: z.string().min(1).max(255) })

/** `POST /account/accounts/{id}`: disconnects it. */
export function disconnectOwnAccountRoute(
  dependencies: SignedInDependencies & { readonly disconnectAccount: DisconnectAccount },
): RouteHandler {
  const { endPages, disconnectAccount } = dependencies
  return accountForm(dependencies, Nothing, async ({ session, context }) => {
    const done = await disconnectAccount({
      caller: { userId: session.userId, client: 'account_pages' },
      accountId: context.pathParameters['id'] ?? '',
      requestId: context.requestId,
    })
    return done.ok ? back() : await refused(endPages, done.refusal)
  })
}

/** `POST /account/sessions/end`: one session, or all but this one. */
export function endSessionsRoute(
  dependencies: SignedInDependencies & { readonly endSessions: EndSessions },
): RouteHandler {
  const { endPages, endSessions } = dependencies
  return accountForm(dependencies, ChosenSession, async ({ session, form, context }) => {
    const which = form.session === 'others' ? form.session : { id: form.session }
    const done = await endSessions({ session, which, requestId: context.requestId })
    return done.ok ? back() : await refused(endPages, done.refusal)
  })
}

/** `POST /account/log-out`: ends this session. */
export function logOutRoute(
  dependencies: SignedInDependencies & { readonly endSessions: EndSessions },
): RouteHandler {
  const { endPages, endSessions } = dependencies
  return accountForm(dependencies, Nothing, async ({ session, context }) => {
    const which = { id: session.id }
    const done = await endSessions({ session, which, requestId: context.requestId })
    return done.ok ? await endPages.loggedOut() : await refused(endPages, done.refusal)
  })
}

/** `POST /account/confirm`: a login of who is logged in, so that it is a fresh one. */
export function confirmLoginRoute(dependencies: SignedInDependencies): RouteHandler {
  return accountForm(dependencies, Nothing, async () =>
    seeOther(await dependencies.signIns.begin({ path: '/account', login: 'again' }), []),
  )
}

/** `POST /account/identities`: goes to log in with what is to be one more way to do so. */
export function addIdentityRoute(
  dependencies: SignedInDependencies & { readonly startAddingIdentity: StartAddingIdentity },
): RouteHandler {
  const { cookies, endPages, startAddingIdentity } = dependencies
  return accountForm(dependencies, ChosenConnection, async ({ session, form, context }) => {
    const { connection } = form
    const started = await startAddingIdentity({
      session,
      connection,
      requestId: context.requestId,
    })
    if (!started.ok) return await refused(endPages, started.refusal)
    const { location, binding } = started.value
    return seeOther(location, binding === undefined ? [] : [cookies.setBinding(binding)])
  })
}

/** `POST /account/identities/{key}`: removes a way to log in. */
export function removeIdentityRoute(
  dependencies: SignedInDependencies & { readonly removeIdentity: RemoveIdentity },
): RouteHandler {
  const { endPages, removeIdentity } = dependencies
  return accountForm(dependencies, Nothing, async ({ session, context }) => {
    const key = context.pathParameters['key'] ?? ''
    const done = await removeIdentity({ session, key, requestId: context.requestId })
    return done.ok ? back() : await refused(endPages, done.refusal)
  })
}

/** `POST /account/apps/end`: an app may not act for the user any more. */
export function endAllowedAppRoute(
  dependencies: SignedInDependencies & { readonly endAllowedApp: EndAllowedApp },
): RouteHandler {
  const { endPages, endAllowedApp } = dependencies
  return accountForm(dependencies, ChosenApp, async ({ session, form, context }) => {
    const { requestId } = context
    const done = await endAllowedApp({ userId: session.userId, clientId: form.app, requestId })
    return done.ok ? back() : await refused(endPages, done.refusal)
  })
}

function accountForm<Form>(
  dependencies: SignedInDependencies,
  schema: z.ZodType<Form>,
  act: (submitted: {
    readonly session: Session
    readonly form: Form
    readonly context: RequestContext
  }) => Promise<Response>,
): RouteHandler {
  return async (request, context) => {
    const submitted = await readSignedInForm(dependencies, request)
    if (submitted instanceof Response) return submitted
    const form = schema.safeParse(submitted.fields)
    if (!form.success) return await dependencies.endPages.formRefused()
    return await act({ session: submitted.session, form: form.data, context })
  }
}

function back(): Response {
  return seeOther('/account', [])
}

async function refused(
  endPages: EndPages,
  { reason }: { readonly reason: string },
): Promise<Response> {
  switch (reason) {
    case 'vault_unavailable':
      return await endPages.unavailable()
    case 'login_too_old':
      return await endPages.loginTooOld()
    case 'last_identity':
      return await endPages.lastIdentity()
    default:
      return await endPages.nothingHere()
  }
}
