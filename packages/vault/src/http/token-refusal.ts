import type { DpopRefusal } from '../domain/dpop.ts'
import type { ExchangeRefusal } from '../domain/refusal.ts'
import type { ClientAuthenticationRefusal } from '../use-cases/authenticate-client.ts'
import type { ParameterRefusal } from './read-parameters.ts'

/** Every way the token endpoint says no. */
export type TokenRefusal =
  | ExchangeRefusal
  | ClientAuthenticationRefusal
  | ParameterRefusal
  | GrantRefusal
  | DpopRefusal
  | { readonly reason: 'method_not_allowed' }
  | { readonly reason: 'several_client_authentications' }
  | { readonly reason: 'malformed_client_authentication' }

/** What is wrong with the request of a client that is known, before a use case is asked. */
export type GrantRefusal =
  | { readonly reason: 'unsupported_grant_type' }
  | { readonly reason: 'unauthorized_client' }
  /** `parameter` is one of ours, never the caller's text. */
  | { readonly reason: 'missing_parameter'; readonly parameter: string }
  | { readonly reason: 'invalid_parameter'; readonly parameter: string }
  | { readonly reason: 'invalid_scope_syntax' }
  /** Or one that is too long. */
  | { readonly reason: 'too_many_scopes' }
  | { readonly reason: 'several_targets' }
  | { readonly reason: 'invalid_resource' }
  /** Nothing that a connection or an API could be called. */
  | { readonly reason: 'unknown_target' }
  | InvalidProof

type InvalidProof = Extract<DpopRefusal, { readonly reason: 'invalid_dpop_proof' }>

const GRANT_REFUSALS: Readonly<Record<GrantRefusal['reason'], true>> = {
  unsupported_grant_type: true,
  unauthorized_client: true,
  missing_parameter: true,
  invalid_parameter: true,
  invalid_scope_syntax: true,
  too_many_scopes: true,
  several_targets: true,
  invalid_resource: true,
  unknown_target: true,
  invalid_dpop_proof: true,
}

/** Whether a request was refused before a use case was asked. */
export function isGrantRefusal(refusal: TokenRefusal): refusal is GrantRefusal {
  return Object.hasOwn(GRANT_REFUSALS, refusal.reason)
}
