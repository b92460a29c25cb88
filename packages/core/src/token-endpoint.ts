import {
  allowInsecureRequests,
  type ClientAuth,
  Configuration,
  customFetch,
  genericGrantRequest,
} from 'openid-client'
import { clientAuthentication, type ClientCredential } from './client-authentication.ts'
import type { Result } from './result.ts'
import type { Runtime } from './runtime.ts'
import { type HttpAnswer, type NoAnswer, sendOnce, sendWithRetries } from './send-request.ts'
import { ValetKeyError } from './valet-key-error.ts'
import type { VaultAddress } from './vault-address.ts'

/** Where and as whom to ask. */
export interface TokenEndpointSettings {
  readonly address: VaultAddress
  readonly clientId: string
  readonly credential: ClientCredential
  readonly timeoutSeconds: number
  readonly onRetry: (attempt: number, delayMilliseconds: number) => void
}

/** One call of a grant. */
export interface GrantCall {
  readonly grantType: string
  readonly parameters: Readonly<Record<string, string>>
}

/** Sends a grant and gives the vault's answer, whatever its status. */
export type TokenEndpoint = (
  call: GrantCall,
  signal: AbortSignal | undefined,
) => Promise<Result<HttpAnswer, NoAnswer>>

const retries = 2

/**
 * `POST {issuer}oauth/token` through openid-client, which authenticates the client, encodes the
 * request and checks a 200 (RFC 6749 section 5.1). There is no discovery: the path is fixed, which
 * saves a round trip and a way to be misled.
 *
 * Error answers are read by us, from the answer kept here: the library's errors lose the status of a
 * 5xx, `Retry-After`, and the body of a 401 that comes with a challenge, and those of a malformed
 * 200 hold the body, that is, the token.
 */
export function createTokenEndpoint(
  settings: TokenEndpointSettings,
  runtime: Runtime,
): TokenEndpoint {
  let authentication: Promise<ClientAuth> | undefined
  return async (call, signal) => {
    authentication ??= clientAuthentication(settings.credential)
    const clientAuth = await authentication.catch((error: unknown) => {
      authentication = undefined
      throw new ValetKeyError(
        'client_misconfigured',
        'The client cannot authenticate: its private key could not be read. Check "privateKey".',
        { cause: error instanceof TypeError ? error : undefined },
      )
    })
    const { timeoutSeconds, onRetry } = settings
    // A try repeats the whole grant, because an assertion may be used only once (RFC 7523 section 3).
    return await sendWithRetries(
      runtime,
      { timeoutSeconds, retries, signal, onRetry },
      (attemptSignal) => sendGrant({ settings, runtime, clientAuth }, call, attemptSignal),
    )
  }
}

interface Sender {
  readonly settings: TokenEndpointSettings
  readonly runtime: Runtime
  readonly clientAuth: ClientAuth
}

async function sendGrant(
  { settings, runtime, clientAuth }: Sender,
  { grantType, parameters }: GrantCall,
  signal: AbortSignal,
): Promise<Result<HttpAnswer, NoAnswer>> {
  const { issuer, tokenEndpoint, isInsecureLoopback } = settings.address
  const configuration = new Configuration(
    { issuer, token_endpoint: tokenEndpoint },
    settings.clientId,
    undefined,
    clientAuth,
  )
  configuration.timeout = 0 // ours spans the retries
  if (isInsecureLoopback) allowInsecureRequests(configuration)
  let sent: Result<HttpAnswer, NoAnswer> | undefined
  configuration[customFetch] = async (url, { body, headers, method }) => {
    sent = await sendOnce(
      runtime,
      url,
      { body: body instanceof URLSearchParams ? body : null, headers, method },
      signal,
    )
    if (!sent.ok) throw sent.refusal.cause
    if (sent.value.status !== 200) throw new Error('Read by the caller')
    return new Response(sent.value.text, { status: 200, headers: sent.value.headers })
  }
  try {
    await genericGrantRequest(configuration, grantType, { ...parameters })
  } catch (error) {
    return refused(error, sent)
  }
  return sent ?? refused(undefined, sent)
}

function refused(
  error: unknown,
  sent: Result<HttpAnswer, NoAnswer> | undefined,
): Result<HttpAnswer, NoAnswer> {
  if (sent === undefined) {
    throw new ValetKeyError(
      'client_misconfigured',
      `The request to the vault could not be made: ${describe(error)}.`,
    )
  }
  if (!sent.ok || sent.value.status !== 200) return sent
  return { ok: false, refusal: { reason: 'invalid', cause: new Error(describe(error)) } }
}

/** The library's words without its `cause`, which may hold the body of the answer. */
function describe(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown reason'
}
