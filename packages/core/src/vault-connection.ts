import type { ApiOrigin } from './api-origin.ts'
import type { KeptApiToken } from './api-token.ts'
import type { CheckedOptions } from './checked-options.ts'
import { type ConnectionToken, freshUntil } from './connection-token.ts'
import type { DpopKeySource } from './dpop-key.ts'
import { processEnvironment } from './environment.ts'
import { createEmitter, type EventListener } from './events.ts'
import type { ExchangeService } from './exchange-service.ts'
import type { ApiExchange, ConnectionExchange } from './grant-parameters.ts'
import type { Result } from './result.ts'
import type { Runtime } from './runtime.ts'
import type { HttpAnswer, NoAnswer } from './send-request.ts'
import { type CacheKey, createTokenCache } from './token-cache.ts'
import type { ProofRequest } from './vault-request.ts'
import { settleVault, type VaultSettings } from './vault-settings.ts'

/** What to ask the vault for; `scopes` sorted and without repetitions. */
export type ConnectionTokenRequest = Omit<ConnectionExchange, 'refused'>

/** One vault, one client of it, one cache: what instances share. */
export interface VaultConnection {
  /** The settings, completed from the environment at first use. @throws {client_misconfigured} */
  settings(): VaultSettings
  /** The token in the cache, while it is fresh. */
  peek(key: CacheKey): ConnectionToken | undefined
  /** A fresh token: from the cache, from the exchange in flight, or from a new one. */
  get(
    request: ConnectionTokenRequest,
    key: CacheKey,
    signal: AbortSignal | undefined,
  ): Promise<ConnectionToken>
  /** A token other than the refused one; gives the refused one again where there is no other. */
  renew(
    request: ConnectionTokenRequest,
    key: CacheKey,
    refusal: { readonly token: ConnectionToken; readonly signal: AbortSignal | undefined },
  ): Promise<ConnectionToken>
  /** Drops the tokens of one account from the cache. */
  forgetAccount(account: string): void
  /** A token for an API: from the cache, from the exchange in flight, or from a new one. */
  apiToken(
    exchange: ApiExchange,
    key: CacheKey,
    signal: AbortSignal | undefined,
  ): Promise<KeptApiToken>
  /** A token for an API by an exchange of its own, which nobody else is given. */
  exchangeForApi(exchange: ApiExchange, signal: AbortSignal | undefined): Promise<KeptApiToken>
  /** One request with a token that is bound to the key of `dpop`. */
  readonly sendWithProof: (
    request: ProofRequest,
    signal: AbortSignal,
  ) => Promise<Result<HttpAnswer, NoAnswer>>
  /** The key of `dpop`, where there is one. */
  readonly dpop: DpopKeySource | undefined
  /** Where the token may be sent: `apiHosts`, else what the vault says. */
  apiOrigins(token: ConnectionToken): readonly ApiOrigin[]
  readonly emit: EventListener
  readonly runtime: Runtime
}

/** Joins settings, cache and exchange. */
export function createVaultConnection(options: CheckedOptions, given: Runtime): VaultConnection {
  const runtime: Runtime = options.fetch === undefined ? given : { ...given, fetch: options.fetch }
  const emit = createEmitter(options.onEvent)
  let settled: VaultSettings | undefined
  const settings = (): VaultSettings => {
    settled ??= settleVault(options, processEnvironment())
    return settled
  }
  let service: ExchangeService | undefined
  const exchange = async (): Promise<ExchangeService> => {
    // Loaded at first use: openid-client and zod take longer to import than the rest altogether.
    const { createExchangeService } = await import('./exchange-service.ts')
    service ??= createExchangeService(settings(), { runtime, emit })
    return service
  }
  const cacheOptions = {
    now: runtime.now,
    maxEntries: options.cacheEntries,
    freshUntil: ({ expiresAt }: { readonly expiresAt: number | undefined }): number | undefined =>
      freshUntil(expiresAt, runtime.now(), options.cacheSeconds),
  }
  const cache = createTokenCache<ConnectionToken>(cacheOptions)
  const apiTokens = createTokenCache<KeptApiToken>(cacheOptions)
  return {
    settings,
    peek: (key) => cache.peek(key),
    get: (request, key, signal) =>
      cache.get(key, {
        signal,
        load: async (shared) =>
          await (await exchange()).forConnection({ ...request, refused: undefined }, shared),
      }),
    renew: (request, key, { token, signal }) => {
      emit({ name: 'token_refused', target: token.connection, account: token.account })
      return cache.renew(key, (value) => isSameToken(value, token), {
        signal,
        load: async (shared) =>
          await (await exchange()).forConnection({ ...request, refused: token }, shared),
      })
    },
    forgetAccount: (account) => cache.forget((token) => token.account === account),
    apiToken: (request, key, signal) =>
      apiTokens.get(key, {
        signal,
        load: async (shared) => await (await exchange()).forApi(request, shared),
      }),
    exchangeForApi: async (request, signal) => await (await exchange()).forApi(request, signal),
    sendWithProof: async (request, signal) => await (await exchange()).withProof(request, signal),
    dpop: options.dpop,
    apiOrigins: (token) => options.apiHosts.get(token.connection) ?? token.apiOrigins,
    emit,
    runtime,
  }
}

/** True when both are the same token, so that the refusal of one is that of the other. */
export function isSameToken(one: ConnectionToken, other: ConnectionToken): boolean {
  return one.token.reveal() === other.token.reveal()
}
