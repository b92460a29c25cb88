import {
  type ConnectHandlers,
  type ConnectHandlersOptions,
  createConnectHandlers,
} from '@valetkey/core'
import { type Cookie, cookiesOf, isSigned, type Subject } from '@valetkey/core/adapter'
import { type App, type ForeignSubject, routeUrl } from './app.ts'
import { withCookies } from './cookies.ts'
import type { SessionStore } from './session-store.ts'
import type { StoredSession } from './session.ts'

/** The routes about connected accounts. */
export interface AccountRoutes {
  readonly connect: (request: Request) => Promise<Response>
  readonly complete: (request: Request) => Promise<Response>
  readonly accounts: (request: Request) => Promise<Response>
  /** `POST {"accountId":"cac_…"}`. */
  readonly disconnect: (request: Request) => Promise<Response>
}

type Identity = Pick<
  ConnectHandlersOptions,
  'refreshToken' | 'subjectToken' | 'signedSubject' | 'myAccountToken'
>

/** Makes the routes; the environment is read at the first request. */
export function createAccountRoutes(app: App): AccountRoutes {
  /** Sessions that changed while their request was answered. */
  const changed = new WeakMap<Request, StoredSession>()
  const { client, store } = app
  let made: ConnectHandlers | undefined
  const handlers = (): ConnectHandlers => {
    const { cookieSecrets } = app.settings()
    made ??= createConnectHandlers({
      client,
      redirectUri: routeUrl(app, 'complete'),
      cookieSecret: cookieSecrets[0],
      connections: app.options.connections,
      isReturnPathAllowed: app.options.isReturnPathAllowed,
      defaultReturnPath: app.options.defaultReturnPath,
      ...identity(),
    })
    return made
  }

  const identity = (): Identity => {
    const { foreignSubject } = app
    if (foreignSubject !== undefined) return foreignIdentity(foreignSubject)
    if (client.vault.settings().dialect === 'auth0') return { myAccountToken: redeemed }
    return {
      refreshToken: async (request) => (await store.read(cookiesOf(request)))?.refreshToken,
    }
  }

  /** An Auth0 tenant exchanges nothing for its My Account API: the refresh token is redeemed for it. */
  const redeemed = async (request: Request): Promise<string | undefined> => {
    const session = await store.read(cookiesOf(request))
    if (session === undefined) return undefined
    const login = await app.login()
    const { accessToken, refreshToken } = await login.redeem(session.refreshToken)
    if (refreshToken !== undefined && refreshToken !== session.refreshToken) {
      changed.set(request, { ...session, refreshToken })
    }
    return accessToken
  }

  /** Here a cookie can be set: a session that is used lives on. */
  const keeping =
    (route: (handlers: ConnectHandlers) => (request: Request) => Promise<Response>) =>
    async (request: Request): Promise<Response> => {
      const response = await route(handlers())(request)
      if (app.foreignSubject !== undefined) return response
      const sent = cookiesOf(request)
      const session = changed.get(request) ?? (await usedSession(store, sent))
      return session === undefined
        ? response
        : withCookies(response, await store.write(session, sent))
    }

  return {
    connect: keeping(({ start }) => start),
    complete: keeping(({ callback }) => callback),
    accounts: keeping(({ status }) => status),
    disconnect: keeping(({ disconnect }) => disconnect),
  }
}

async function usedSession(
  store: SessionStore,
  sent: readonly Cookie[],
): Promise<StoredSession | undefined> {
  const session = await store.read(sent)
  return session === undefined ? undefined : store.renewed(session)
}

/** Someone else's login, asked at each request. */
function foreignIdentity({ kind, find }: ForeignSubject): Identity {
  const of = async (request: Request): Promise<Subject | undefined> => await find(request.signal)
  if (kind === 'signed') {
    return {
      signedSubject: async (request) => {
        const subject = await of(request)
        return subject !== undefined && isSigned(subject) ? subject : undefined
      },
    }
  }
  return {
    subjectToken: async (request) => {
      const subject = await of(request)
      return subject === undefined || isSigned(subject) ? undefined : subject
    },
  }
}
