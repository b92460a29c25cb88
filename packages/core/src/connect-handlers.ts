import {
  attemptCookieName,
  clearAttemptCookie,
  findAttemptCookie,
  setAttemptCookies,
} from './attempt-cookie.ts'
import { encodeBase64url } from './base64url.ts'
import {
  attemptSeconds,
  checkedFlow,
  type ConnectHandlersOptions,
  type Flow,
} from './connect-flow.ts'
import type { ConnectErrorCode } from './connect-failure.ts'
import { isAccountId } from './create-connected-accounts.ts'
import { endFlow, type FlowEnd } from './end-flow.ts'
import { refuseForeign } from './own-request.ts'
import { isConnectionName } from './parse-interrupt.ts'
import { parseJson } from './parse-json.ts'
import { readText } from './read-text.ts'
import { readStartLink, type WantedConnection } from './read-start-link.ts'
import { withQuery } from './return-path.ts'
import { isValetKeyError } from './valet-key-error.ts'
import {
  errorAnswer,
  jsonAnswer,
  methodNotAllowed,
  plainAnswer,
  redirect,
  refuseNonNavigation,
} from './web-answer.ts'

/**
 * Routes of the connect flow, for any framework with web-standard requests.
 *
 * A failure that belongs to the user's browser ends at the return path with
 * `valetkey_error=CODE`: a code of `ValetKeyError`, or one of {@link ConnectFailure}.
 */
export interface ConnectHandlers {
  /**
   * `GET ?connection=…&scopes=…&scopes=…&returnTo=/path`: begins and sends the browser to the vault.
   * With `popup=ID` (16 to 64 of `A-Z a-z 0-9 _ -`, chosen by the opener) the flow ends in a page that
   * posts a {@link ConnectMessage} to the app's other windows and closes, instead of at `returnTo`.
   * It changes nothing but a cookie, so a forged link can do no more than show a consent page, whose
   * outcome only this browser, logged in as this user, can bring home.
   */
  readonly start: (request: Request) => Promise<Response>
  /** `GET`: completes, and sends the browser back to where the flow began. */
  readonly callback: (request: Request) => Promise<Response>
  /** `GET ?connection=…`: the user's accounts as JSON, without tokens. 401 without a login. */
  readonly status: (request: Request) => Promise<Response>
  /**
   * `POST {"accountId":"cac_…"}` from a page of this app (`Origin`, `Sec-Fetch-Site`): disconnects the
   * account, and answers with the same JSON. An account that is gone already is no error.
   */
  readonly disconnect: (request: Request) => Promise<Response>
}

const longestBodyBytes = 1_024

/**
 * Makes the routes.
 *
 * @throws TypeError naming the option that is wrong
 */
export function createConnectHandlers(options: ConnectHandlersOptions): ConnectHandlers {
  const flow = checkedFlow(options)
  return {
    start: async (request) => {
      const refusal = refuseNonNavigation(request)
      if (refusal !== undefined) return refusal
      const wanted = readStartLink(new URL(request.url).searchParams, flow)
      if (typeof wanted === 'string') return plainAnswer(400, wanted)
      try {
        return await startAttempt(request, wanted, flow)
      } catch (error) {
        return await endWithError(wanted, error, flow)
      }
    },
    callback: async (request) => {
      if (request.method !== 'GET') return methodNotAllowed('GET')
      const query = new URL(request.url).searchParams
      const state = query.get('state') ?? ''
      const cookie = findAttemptCookie(request, state, flow.cookies)
      const attempt = cookie === undefined ? undefined : await flow.open(cookie.value)
      if (cookie === undefined || attempt === undefined || attempt.state !== state) {
        return redirect(withQuery(flow.defaultReturnPath, 'valetkey_error', 'attempt_invalid'))
      }
      const cookies = [clearAttemptCookie(cookie.name, flow.cookies)]
      const connectCode = query.get('connect_code')
      if (query.has('error') || connectCode === null) {
        const error = connectErrorCode(query.get('error'))
        return await endFlow(attempt, { error, cookies }, flow.vault.runtime)
      }
      try {
        const { authSession, codeVerifier } = attempt
        const { redirectUri } = flow
        await flow
          .accounts(request)
          .complete(
            { authSession, connectCode, redirectUri, codeVerifier },
            { signal: request.signal },
          )
        return await endFlow(attempt, { cookies }, flow.vault.runtime)
      } catch (error) {
        return await endWithError(attempt, error, flow, cookies)
      }
    },
    status: async (request) => {
      if (request.method !== 'GET') return methodNotAllowed('GET')
      const connection = new URL(request.url).searchParams.get('connection') ?? undefined
      if (connection !== undefined && !isConnectionName(connection)) {
        return jsonAnswer(400, { error: 'invalid_request' })
      }
      try {
        const accounts = await flow
          .accounts(request)
          .listAccounts({ connection }, { signal: request.signal })
        return jsonAnswer(200, {
          accounts: accounts.map(({ id, connection: name, label, scopes, state }) => {
            return { id, connection: name, label, scopes, state }
          }),
        })
      } catch (error) {
        if (!isValetKeyError(error)) throw error
        return errorAnswer(error)
      }
    },
    disconnect: async (request) => {
      if (request.method !== 'POST') return methodNotAllowed('POST')
      const refusal = refuseForeign(request, new URL(flow.redirectUri).origin)
      if (refusal !== undefined) return refusal
      const accountId = await readAccountId(request)
      if (accountId === undefined) return jsonAnswer(400, { error: 'invalid_request' })
      try {
        await flow.accounts(request).deleteAccount(accountId, { signal: request.signal })
        return jsonAnswer(200, { accountId })
      } catch (error) {
        if (!isValetKeyError(error)) throw error
        return errorAnswer(error)
      }
    },
  }
}

/** The body is attacker-controlled. Its type alone makes browsers ask before they send it from elsewhere. */
async function readAccountId(request: Request): Promise<string | undefined> {
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? '')) return undefined
  const json = parseJson((await readText(request, longestBodyBytes)) ?? '')
  if (typeof json !== 'object' || json === null || !('accountId' in json)) return undefined
  const { accountId } = json
  return typeof accountId === 'string' && isAccountId(accountId) ? accountId : undefined
}

async function startAttempt(
  request: Request,
  { connection, scopes, authorizationParams, returnTo, popup }: WantedConnection,
  flow: Flow,
): Promise<Response> {
  const { runtime } = flow.vault
  const state = encodeBase64url(runtime.randomBytes(32))
  const codeVerifier = encodeBase64url(runtime.randomBytes(32))
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(codeVerifier))
  const attempt = await flow.accounts(request).connect(
    {
      connection,
      redirectUri: flow.redirectUri,
      state,
      codeChallenge: encodeBase64url(new Uint8Array(digest)),
      scopes,
      ...(Object.keys(authorizationParams).length === 0 ? {} : { authorizationParams }),
    },
    { signal: request.signal },
  )
  const now = runtime.now()
  const value = await flow.seal({
    state,
    codeVerifier,
    authSession: attempt.authSession,
    connection,
    returnTo,
    popup,
    expiresAt: now + attemptSeconds,
  })
  const name = attemptCookieName(state, now, flow.cookies)
  return redirect(attempt.url, setAttemptCookies(request, { name, value }, flow.cookies))
}

function connectErrorCode(error: string | null): ConnectErrorCode {
  if (error === 'access_denied') return 'access_denied'
  return error === 'temporarily_unavailable' ? 'provider_unavailable' : 'connect_failed'
}

async function endWithError(
  end: FlowEnd,
  error: unknown,
  { vault }: Flow,
  cookies: readonly string[] = [],
): Promise<Response> {
  if (!isValetKeyError(error)) throw error
  return await endFlow(end, { error: error.code, cookies }, vault.runtime)
}
