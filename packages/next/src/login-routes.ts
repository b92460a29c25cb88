import { isValetKeyError } from '@valetkey/core'
import {
  cookiesOf,
  isConnectionName,
  jsonAnswer,
  redirect,
  refuseNonNavigation,
  withQuery,
} from '@valetkey/core/adapter'
import { type App, returnPath, routeUrl } from './app.ts'
import { withCookies } from './cookies.ts'

/**
 * Why nobody was logged in, where no code of `ValetKeyError` says it: the user or the vault said no,
 * the browser came back with a state it was not sent away with (or too late), or the vault ended the
 * login with another error.
 */
export type LoginFailure = 'access_denied' | 'attempt_invalid' | 'login_failed'

const longestParameter = 512
const prompts = ['none', 'login', 'consent', 'select_account']
/** OpenID Connect Core section 3.1.2.6: what only a page of the vault's could go on from. */
const wantsUser = [
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
]

/** `GET login?returnTo&prompt&login_hint&connection`: sends the browser to the vault. */
export async function loginRoute(app: App, request: Request): Promise<Response> {
  const refusal = refuseNonNavigation(request)
  if (refusal !== undefined) return refusal
  const query = new URL(request.url).searchParams
  const returnTo = returnPath(app, query.get('returnTo'))
  try {
    const login = await app.login()
    const { url, ...checks } = await login.start(routeUrl(app, 'callback'), {
      ...app.options.loginParameters,
      ...askedParameters(query, app.options.loginParameters),
    })
    return redirect(url, await app.attempts.begin(request, { ...checks, returnTo }))
  } catch (error) {
    return redirect(withQuery(returnTo, 'valetkey_error', userCode(error)))
  }
}

/** `GET callback`: takes the user who came back. */
export async function callbackRoute(app: App, request: Request): Promise<Response> {
  const query = new URL(request.url).searchParams
  const found = await app.attempts.find(request, query.get('state') ?? '')
  if (found === undefined) {
    const failure: LoginFailure = 'attempt_invalid'
    return redirect(withQuery(app.options.defaultReturnPath, 'valetkey_error', failure))
  }
  const { attempt, ended } = found
  const error = query.get('error')
  if (error !== null) {
    return redirect(withQuery(attempt.returnTo, 'valetkey_error', answerCode(error)), [ended])
  }
  try {
    const login = await app.login()
    const finished = await login.finish(routeUrl(app, 'callback'), query, attempt)
    const now = app.client.vault.runtime.now()
    const session = { ...finished, loggedInAt: now, renewedAt: now }
    const cookies = await app.store.write(session, cookiesOf(request))
    return withCookies(redirect(attempt.returnTo, [ended]), cookies)
  } catch (failure) {
    return redirect(withQuery(attempt.returnTo, 'valetkey_error', userCode(failure)), [ended])
  }
}

/**
 * `POST logout`: ends the app's login, the refresh token, and the browser's login at the vault. A
 * script that accepts JSON is told where to send the browser instead of being redirected.
 */
export async function logoutRoute(app: App, request: Request): Promise<Response> {
  const sent = cookiesOf(request)
  const session = await app.store.read(sent)
  const end = await endAtVault(app, session)
  const wantsJson = request.headers.get('accept')?.includes('application/json') === true
  const answer = wantsJson ? jsonAnswer(200, end) : redirect(end.url)
  return withCookies(answer, app.store.end(session, sent))
}

/** `GET session`: who is logged in, as JSON. */
export async function sessionRoute(app: App, request: Request): Promise<Response> {
  const session = await app.store.read(cookiesOf(request))
  return session === undefined
    ? jsonAnswer(401, { error: 'login_required' })
    : jsonAnswer(200, app.store.show(session))
}

interface LoggedOut {
  /** Where the browser should go now. */
  readonly url: string
  /** Why the login at the vault could not be ended. */
  readonly error?: string
}

/** The app's own login ends in any case; a vault that is down cannot keep anybody logged in here. */
async function endAtVault(
  { options, settings, login }: App,
  session: { readonly refreshToken: string; readonly loginSession: string | undefined } | undefined,
): Promise<LoggedOut> {
  const { defaultReturnPath } = options
  try {
    const vault = await login()
    if (session !== undefined) await vault.revoke(session.refreshToken)
    if (options.logout === 'app') return { url: defaultReturnPath }
    const returnTo = `${settings().origin}${defaultReturnPath}`
    const url = await vault.endSessionUrl(returnTo, session?.loginSession)
    return { url: url ?? defaultReturnPath }
  } catch (error) {
    // No answer of the vault's and no mistake in the app's settings may keep anybody logged in.
    if (!isValetKeyError(error)) throw error
    const { code } = error
    return { url: withQuery(defaultReturnPath, 'valetkey_error', code), error: code }
  }
}

/** What the link may say of the login; the rest of its query is ignored. It is attacker-controlled. */
function askedParameters(
  query: URLSearchParams,
  configured: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const prompt = query.get('prompt') ?? ''
  const hint = query.get('login_hint') ?? ''
  const connection = query.get('connection') ?? ''
  const isOther = isConnectionName(connection) && connection !== configured['connection']
  return {
    ...(prompts.includes(prompt) ? { prompt } : {}),
    ...(hint !== '' && hint.length <= longestParameter ? { login_hint: hint } : {}),
    // The scopes that are configured are of the connection that is configured.
    ...(isOther ? { connection, connection_scope: '' } : {}),
  }
}

function answerCode(error: string): string {
  const failure: LoginFailure = error === 'access_denied' ? 'access_denied' : 'login_failed'
  if (wantsUser.includes(error)) return 'login_required'
  return error === 'temporarily_unavailable' ? 'vault_unavailable' : failure
}

/** What a user may be told. Mistakes of the app's are thrown on, so that they show in its log. */
function userCode(error: unknown): string {
  if (!isValetKeyError(error)) throw error
  if (error.code === 'client_misconfigured' || error.code === 'protocol_error') throw error
  const failure: LoginFailure = 'login_failed'
  return error.code === 'vault_unavailable' ? error.code : failure
}
