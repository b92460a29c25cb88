import {
  allowInsecureRequests,
  type ClientAuth,
  Configuration,
  customFetch,
  type DPoPHandle,
  fetchProtectedResource,
  genericGrantRequest,
  getDPoPHandle,
} from 'openid-client'
import type { DpopKeySource } from './dpop-key.ts'
import type { GrantParameters } from './grant-parameters.ts'
import type { Result } from './result.ts'
import type { Runtime } from './runtime.ts'
import { type HttpAnswer, type NoAnswer, sendOnce } from './send-request.ts'
import { findValetKeyError, ValetKeyError } from './valet-key-error.ts'
import type { VaultAddress } from './vault-address.ts'

/** Where and as whom to ask. */
export interface VaultRequestSettings {
  readonly address: VaultAddress
  readonly clientId: string
  readonly dpop: DpopKeySource | undefined
}

/** One call of a grant. */
export interface GrantCall extends GrantParameters {
  /** Asked at each request that is sent: a signed one is good for a single request. */
  readonly subjectToken: () => Promise<string>
}

/** One request to an API of the vault. */
export interface ProofRequest {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /** A token that is bound to the key of the `dpop` option. */
  readonly token: string
}

/** What openid-client does for us, one try at a time. */
export interface VaultRequests {
  /** `POST {issuer}oauth/token`, with a proof where there is a key (RFC 9449 section 5). */
  grant(
    call: GrantCall,
    clientAuth: ClientAuth,
    signal: AbortSignal,
  ): Promise<Result<HttpAnswer, NoAnswer>>
  /** A request with a bound token and its proof (RFC 9449 section 7). */
  withProof(request: ProofRequest, signal: AbortSignal): Promise<Result<HttpAnswer, NoAnswer>>
}

/**
 * Requests through openid-client, which authenticates the client, encodes the request, checks a 200
 * (RFC 6749 section 5.1), makes the proof, keeps the vault's nonce for the next one and, when it had
 * none or an old one, sends once more. There is no discovery: the paths are fixed, which saves a
 * round trip and a way to be misled.
 *
 * Error answers are read by us, from the answer kept here: the library's errors lose the status of a
 * 5xx, `Retry-After`, and the body of a 401 that comes with a challenge, and those of a malformed
 * 200 hold the body, that is, the token.
 */
export function createVaultRequests(
  { address, clientId, dpop }: VaultRequestSettings,
  runtime: Runtime,
): VaultRequests {
  let proofs: DPoPHandle | undefined

  const proofOptions = async (configuration: Configuration): Promise<{ DPoP?: DPoPHandle }> => {
    if (dpop === undefined) return {}
    const keyPair = await dpop()
    // One for all requests: it keeps the nonce.
    proofs ??= getDPoPHandle(configuration, keyPair)
    return { DPoP: proofs }
  }

  const send = async (
    { clientAuth, subjectToken }: { clientAuth?: ClientAuth; subjectToken?: () => Promise<string> },
    run: (configuration: Configuration) => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<Result<HttpAnswer, NoAnswer>> => {
    const { issuer, tokenEndpoint, isInsecureLoopback } = address
    const metadata = { issuer, token_endpoint: tokenEndpoint }
    const configuration = new Configuration(metadata, clientId, undefined, clientAuth)
    configuration.timeout = 0 // ours spans the retries
    if (isInsecureLoopback) allowInsecureRequests(configuration)
    let sent: Result<HttpAnswer, NoAnswer> | undefined
    configuration[customFetch] = async (url, { body, headers, method }) => {
      if (subjectToken !== undefined && body instanceof URLSearchParams) {
        body.set('subject_token', await subjectToken())
      }
      const given = body instanceof URLSearchParams || typeof body === 'string' ? body : null
      sent = await sendOnce(runtime, url, { body: given, headers, method }, signal)
      if (!sent.ok) throw sent.refusal.cause
      const { status, text, headers: answered } = sent.value
      const isForLibrary = (status >= 200 && status < 300) || answered.has('dpop-nonce')
      if (!isForLibrary) throw new Error('Read by the caller')
      return new Response(text === '' ? null : text, { status, headers: answered })
    }
    try {
      await run(configuration)
    } catch (error) {
      return refused(error, sent)
    }
    return sent ?? refused(undefined, sent)
  }

  return {
    grant: ({ grantType, parameters, subjectToken }, clientAuth, signal) =>
      send(
        { clientAuth, subjectToken },
        async (configuration) =>
          await genericGrantRequest(
            configuration,
            grantType,
            { ...parameters },
            await proofOptions(configuration),
          ),
        signal,
      ),
    withProof: ({ url, method, headers, body, token }, signal) =>
      send(
        {},
        async (configuration) =>
          await fetchProtectedResource(
            configuration,
            token,
            new URL(url),
            method,
            body,
            new Headers(headers),
            await proofOptions(configuration),
          ),
        signal,
      ),
  }
}

function refused(
  error: unknown,
  sent: Result<HttpAnswer, NoAnswer> | undefined,
): Result<HttpAnswer, NoAnswer> {
  if (sent === undefined) {
    const own = findValetKeyError(error)
    if (own !== undefined) throw own
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
