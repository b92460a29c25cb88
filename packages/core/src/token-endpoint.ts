import type { ClientAuth } from 'openid-client'
import { clientAuthentication, type ClientCredential } from './client-authentication.ts'
import type { Result } from './result.ts'
import type { Runtime } from './runtime.ts'
import { type HttpAnswer, type NoAnswer, sendWithRetries } from './send-request.ts'
import { ValetKeyError } from './valet-key-error.ts'
import type { GrantCall, VaultRequests } from './vault-request.ts'

/** As whom to ask, and how long. */
export interface TokenEndpointSettings {
  readonly credential: ClientCredential
  readonly timeoutSeconds: number
  readonly requests: VaultRequests
  readonly onRetry: (attempt: number, delayMilliseconds: number) => void
}

/** Sends a grant and gives the vault's answer, whatever its status. */
export type TokenEndpoint = (
  call: GrantCall,
  signal: AbortSignal | undefined,
) => Promise<Result<HttpAnswer, NoAnswer>>

const retries = 2

/** The token endpoint, with retries. */
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
    const { timeoutSeconds, onRetry, requests } = settings
    // A try repeats the whole grant, because an assertion may be used only once (RFC 7523 section 3).
    return await sendWithRetries(
      runtime,
      { timeoutSeconds, retries, signal, onRetry },
      (attemptSignal) => requests.grant(call, clientAuth, attemptSignal),
    )
  }
}
