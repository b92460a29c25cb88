import type { KeptApiToken } from './api-token.ts'
import type { ConnectionToken } from './connection-token.ts'
import type { EventListener } from './events.ts'
import { exchangeForAudience, exchangeForConnection } from './exchange.ts'
import type { ApiExchange, ConnectionExchange } from './grant-parameters.ts'
import type { Result } from './result.ts'
import type { Runtime } from './runtime.ts'
import type { HttpAnswer, NoAnswer } from './send-request.ts'
import { createTokenEndpoint } from './token-endpoint.ts'
import { createVaultRequests, type ProofRequest } from './vault-request.ts'
import type { VaultSettings } from './vault-settings.ts'

/** Asks the vault. The one module that is loaded at first use: everything heavy is below it. */
export interface ExchangeService {
  forConnection(exchange: ConnectionExchange, signal: AbortSignal): Promise<ConnectionToken>
  forApi(exchange: ApiExchange, signal: AbortSignal | undefined): Promise<KeptApiToken>
  withProof(request: ProofRequest, signal: AbortSignal): Promise<Result<HttpAnswer, NoAnswer>>
}

/** Joins the token endpoint and what its answers mean. */
export function createExchangeService(
  settings: VaultSettings,
  { runtime, emit }: { readonly runtime: Runtime; readonly emit: EventListener },
): ExchangeService {
  const onRetry = (attempt: number, delayMilliseconds: number): void =>
    emit({ name: 'request_retried', attempt, delayMilliseconds })
  const requests = createVaultRequests(settings, runtime)
  const endpoint = createTokenEndpoint({ ...settings, requests, onRetry }, runtime)
  const dependencies = { ...settings, endpoint, runtime, emit }
  return {
    forConnection: (exchange, signal) => exchangeForConnection(dependencies, exchange, signal),
    forApi: (exchange, signal) => exchangeForAudience(dependencies, exchange, signal),
    withProof: (request, signal) => requests.withProof(request, signal),
  }
}
