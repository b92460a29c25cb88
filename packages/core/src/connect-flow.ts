import type { AttemptCookieSettings } from './attempt-cookie.ts'
import type { ValetKeyClient } from './client.ts'
import type { ConnectedAccounts } from './connected-accounts.ts'
import { createConnectedAccounts, type MyAccountIdentity } from './create-connected-accounts.ts'
import { parseReturnPath } from './return-path.ts'
import type { Attempt } from './seal-attempt.ts'
import {
  resolveText,
  type Source,
  sourceNamesInWords,
  subjectResolver,
  type SubjectSources,
} from './subject-token.ts'
import { ValetKeyError } from './valet-key-error.ts'

/** Options of `createConnectHandlers`: also one subject source, a function of the request. */
export interface ConnectHandlersOptions extends SubjectSources<Request> {
  readonly client: Pick<ValetKeyClient, 'vault'>
  /** Absolute URL of the `callback` route, registered at the vault. */
  readonly redirectUri: string
  /** An access token for `{issuer}me/` instead of a subject, where the app has one already. */
  readonly myAccountToken?: Source<string, Request>
  /**
   * Seals the cookie between start and callback; at least 32 characters, the same on every instance.
   * Default: derived from the client's secret.
   */
  readonly cookieSecret?: string | undefined
  /** The connections that may be started, with the scopes that may be asked for. Default: all. */
  readonly connections?:
    | Readonly<Record<string, { readonly scopes?: readonly string[] | undefined }>>
    | undefined
  /** Which of the app's own paths a browser may be sent back to. Default: all. */
  readonly isReturnPathAllowed?: ((path: string) => boolean) | undefined
  /** Where to send the browser back when the link says nothing, or nothing allowed. Default `/`. */
  readonly defaultReturnPath?: string | undefined
}

/** Life of an attempt between start and callback. */
export const attemptSeconds = 600
const shortestSecret = 32

/** The options, checked, with what follows from them. */
export interface Flow {
  readonly redirectUri: string
  readonly defaultReturnPath: string
  readonly cookies: AttemptCookieSettings
  readonly connections: ConnectHandlersOptions['connections']
  readonly isReturnPathAllowed: (path: string) => boolean
  readonly vault: ValetKeyClient['vault']
  readonly accounts: (request: Request) => ConnectedAccounts
  readonly seal: (attempt: Attempt) => Promise<string>
  readonly open: (sealed: string) => Promise<Attempt | undefined>
}

/** @throws TypeError naming the option that is wrong */
export function checkedFlow(options: ConnectHandlersOptions): Flow {
  const { client, redirectUri, cookieSecret, defaultReturnPath = '/' } = options
  const identify = identityOf(options)
  const isAbsolute = typeof redirectUri === 'string' && /^https?:\/\//.test(redirectUri)
  if (!isAbsolute || !URL.canParse(redirectUri)) {
    throw new TypeError('"redirectUri" must be the absolute URL of the callback route')
  }
  if (cookieSecret !== undefined && cookieSecret.length < shortestSecret) {
    throw new TypeError(`"cookieSecret" must have at least ${shortestSecret} characters`)
  }
  const returnPath = parseReturnPath(defaultReturnPath)
  if (returnPath === undefined) throw new TypeError('"defaultReturnPath" must be a path')
  const { vault } = client
  let key: Promise<CryptoKey> | undefined
  const getKey = async (): Promise<CryptoKey> => {
    const { attemptKey } = await import('./seal-attempt.ts')
    key ??= attemptKey(cookieSecret ?? clientSecret(vault))
    return await key
  }
  return {
    redirectUri,
    defaultReturnPath: returnPath,
    cookies: {
      flow: 'connect',
      isSecure: redirectUri.startsWith('https:'),
      maxAgeSeconds: attemptSeconds,
    },
    connections: options.connections,
    isReturnPathAllowed: options.isReturnPathAllowed ?? (() => true),
    vault,
    accounts: (request) => createConnectedAccounts(vault, async () => await identify(request)),
    seal: async (attempt) => {
      const { sealAttempt } = await import('./seal-attempt.ts')
      return await sealAttempt(attempt, await getKey(), vault.runtime.randomBytes(12))
    },
    open: async (sealed) => {
      const { openAttempt } = await import('./seal-attempt.ts')
      return await openAttempt(sealed, await getKey(), vault.runtime.now())
    },
  }
}

function identityOf(
  options: ConnectHandlersOptions,
): (request: Request) => Promise<MyAccountIdentity> {
  const { myAccountToken } = options
  if (myAccountToken !== undefined) {
    return async (request) => ({
      kind: 'bearer',
      token: await resolveText(myAccountToken, request),
    })
  }
  const subject = subjectResolver<Request>(options)
  if (subject === undefined) {
    throw new TypeError(`Give one of ${sourceNamesInWords}, or "myAccountToken"`)
  }
  return async (request) => ({ kind: 'subject', subject: await subject(request) })
}

function clientSecret(vault: ValetKeyClient['vault']): string {
  const { credential } = vault.settings()
  if (credential.kind === 'secret') return credential.secret
  throw new ValetKeyError(
    'client_misconfigured',
    'The client has a private key and no secret: give createConnectHandlers a "cookieSecret".',
  )
}
