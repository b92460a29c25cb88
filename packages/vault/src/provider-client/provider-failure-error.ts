import type { ProviderFailure } from '../domain/provider-tokens.ts'

/** Carries a failure through openid-client, which only knows thrown errors. Never leaves provider-client/. */
export class ProviderFailureError extends Error {
  readonly failure: ProviderFailure

  constructor(failure: ProviderFailure) {
    super(`The provider call failed: ${failure.code}`)
    this.name = 'ProviderFailureError'
    this.failure = failure
  }
}
