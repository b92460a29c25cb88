import {
  type AccessTokenRequest,
  type CallOptions,
  createValetKeyClient,
  type Credentials,
  type SubjectToken,
  type ValetKeyClient,
} from '@valetkey/core'
import { cookiesOf, isSigned, subjectResolver } from '@valetkey/core/adapter'
import { AccessTokenError, withAccessTokenErrors } from './access-token-error.ts'
import { type App, type ForeignSubject, routeUrl } from './app.ts'
import { createAppSettings } from './app-settings.ts'
import { createHandlers, type Handlers } from './create-handlers.ts'
import { hasJustFailed } from './failed-flow.ts'
import { createLoginAttempts } from './login-attempts.ts'
import { nextRequestCookies, redirectBrowser } from './next-request.ts'
import { checkAppOptions, type NextValetKeyOptions } from './options.ts'
import type { Session, StoredSession } from './session.ts'
import { createSessionStore, type SessionStore } from './session-store.ts'
import type { VaultLogin } from './vault-login.ts'

/** Which account the user should connect. */
export interface ConnectAccountRequest {
  /** Connection name at the vault. */
  readonly connection: string
  /** Provider scopes. Default none: those of the connection. */
  readonly scopes?: readonly string[] | undefined
  /** The app's own path to come back to. Default `defaultReturnPath`. */
  readonly returnTo?: string | undefined
}

/** Which account a page needs. */
export interface RequireAccountRequest extends AccessTokenRequest {
  /** The app's own path to come back to. Default `defaultReturnPath`. */
  readonly returnTo?: string | undefined
}

/** Everything that a Next.js app needs. */
export interface ValetKey {
  /** Of the catch-all route: `export const { GET, POST } = valetKey.handlers`. */
  readonly handlers: Handlers
  /**
   * Who is logged in; `undefined` when nobody is, whatever the cookie says. Without a request, of the
   * component, action or route handler that runs now; there, and not in a server component, a session
   * that is used lives on.
   *
   * @throws TypeError where users log in elsewhere
   */
  getSession(request?: Request): Promise<Session | undefined>
  /**
   * The user's token of a connection, in route handlers, server components and server actions.
   *
   * @throws {AccessTokenError} any code, with `.interrupt` where the user can mend it
   */
  getAccessTokenForConnection(
    request: AccessTokenRequest,
    options?: CallOptions,
  ): Promise<Credentials>
  /** Sends the browser to connect an account, from a server component, a server action or a route handler. */
  connectAccount(request: ConnectAccountRequest): Promise<never>
  /**
   * The user's token of a connection, or the browser goes to log in or to connect, and comes back.
   *
   * @throws {AccessTokenError} for what neither mends, and for ten seconds after one of them failed
   */
  requireAccount(request: RequireAccountRequest, options?: CallOptions): Promise<Credentials>
  /** The client below; another adapter's `createValetKey` may share it. */
  readonly client: ValetKeyClient
  /**
   * On whose behalf, for another adapter's `createValetKey({ client, subjectToken })`: of the request
   * that is answered now. `undefined` when nobody is logged in.
   */
  readonly subjectToken: () => Promise<SubjectToken | undefined>
}

const refreshTokenType = 'urn:ietf:params:oauth:token-type:refresh_token'

/**
 * Makes the Valet Key of a Next.js app; once, at module level. Without a subject source it logs users
 * in itself, at the vault or an Auth0 tenant. Reads the environment at its first use, not before.
 *
 * @throws TypeError naming the option that is wrong
 */
export function createValetKey(options: NextValetKeyOptions = {}): ValetKey {
  const appOptions = checkAppOptions(options)
  const settings = createAppSettings(appOptions)
  const foreignSubject = foreignSubjectOf(options)
  const client = createValetKeyClient({
    connectUrl: `${appOptions.basePath}/connect`,
    ...options,
    ...(options.client === undefined && { fetch: uncached(options.fetch) }),
    ...(foreignSubject === undefined
      ? { refreshToken: async () => (await currentSession(store))?.refreshToken }
      : {}),
  })
  const { now } = client.vault.runtime
  const store = createSessionStore({ ...appOptions, settings, now })
  let login: Promise<VaultLogin> | undefined
  const app: App = {
    options: appOptions,
    settings,
    client,
    store,
    attempts: createLoginAttempts(settings, now),
    login: async () => {
      login ??= import('./vault-login.ts').then(({ createVaultLogin }) =>
        createVaultLogin(client.vault),
      )
      return await login
    },
    foreignSubject,
  }

  const getAccessTokenForConnection: ValetKey['getAccessTokenForConnection'] = async (
    request,
    call,
  ) => await withAccessTokenErrors(() => client.getAccessTokenForConnection(request, call))

  return {
    handlers: createHandlers(app),
    getSession: async (request) => {
      if (foreignSubject !== undefined) {
        throw new TypeError('Users of this app log in elsewhere: ask that login for its session')
      }
      const session =
        request === undefined ? await currentSession(store) : await store.read(cookiesOf(request))
      return session === undefined ? undefined : store.show(session)
    },
    getAccessTokenForConnection,
    connectAccount: async ({ connection, scopes = [], returnTo }) => {
      const url = new URL(routeUrl(app, 'connect'))
      url.searchParams.set('connection', connection)
      for (const scope of scopes) url.searchParams.append('scopes', scope)
      return await redirectBrowser(comingBack(url, returnTo))
    },
    requireAccount: async ({ returnTo, ...request }, call) => {
      try {
        return await getAccessTokenForConnection(request, call)
      } catch (error) {
        const url = error instanceof AccessTokenError ? whereToMend(app, error) : undefined
        const { cookies } = await nextRequestCookies()
        if (url === undefined || hasJustFailed(cookies)) throw error
        return await redirectBrowser(comingBack(url, returnTo))
      }
    },
    client,
    subjectToken: async () => {
      if (foreignSubject === undefined) {
        const session = await currentSession(store)
        return session && { token: session.refreshToken, type: refreshTokenType }
      }
      const subject = await foreignSubject.find(undefined)
      if (subject !== undefined && isSigned(subject)) {
        throw new TypeError('"signedSubject" is no token: give it to the other adapter too')
      }
      return subject
    },
  }
}

/** Next.js can be told to keep whatever is fetched (`fetchCache`): never a token. */
function uncached(send: NextValetKeyOptions['fetch']): NextValetKeyOptions['fetch'] {
  // What is no function is core's to refuse.
  if (send !== undefined && typeof send !== 'function') return send
  return async (input, init) =>
    await (send ?? globalThis.fetch)(input, { ...init, cache: 'no-store' })
}

/** The session of the request that Next.js answers now. */
async function currentSession(store: SessionStore): Promise<StoredSession | undefined> {
  const { cookies, set } = await nextRequestCookies()
  const session = await store.read(cookies)
  const renewed = session === undefined ? undefined : store.renewed(session)
  if (renewed === undefined || !set(await store.write(renewed, cookies))) return session
  return renewed
}

function foreignSubjectOf(options: NextValetKeyOptions): ForeignSubject | undefined {
  const resolve = subjectResolver(options)
  if (resolve === undefined) return undefined
  return {
    kind: options.signedSubject === undefined ? 'token' : 'signed',
    find: async (signal) =>
      await resolve({
        input: undefined,
        toolCallId: undefined,
        toolName: undefined,
        context: undefined,
        signal,
      }),
  }
}

function whereToMend(app: App, { interrupt }: AccessTokenError): URL | undefined {
  if (interrupt?.kind === 'connect' && interrupt.connectUrl !== undefined) {
    // One more account would not tell which one is meant.
    const isMended = interrupt.reason !== 'account_ambiguous'
    return isMended ? new URL(interrupt.connectUrl, app.settings().origin) : undefined
  }
  const canLogIn = interrupt?.kind === 'login' && app.foreignSubject === undefined
  return canLogIn ? new URL(routeUrl(app, 'login')) : undefined
}

function comingBack(url: URL, returnTo: string | undefined): string {
  if (returnTo !== undefined) url.searchParams.set('returnTo', returnTo)
  return url.href
}
