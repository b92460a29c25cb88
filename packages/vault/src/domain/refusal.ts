import type { ReconnectReason } from './account.ts'
import type { KeysUnavailable, SubjectRefusal } from './subject.ts'

/** Every way an exchange can be refused, with its evidence. http/ turns it into the wire's deliberately duller answer. */
export type ExchangeRefusal =
  | { readonly reason: 'subject_token_invalid'; readonly why: SubjectRefusal }
  | { readonly reason: 'actor_token_invalid'; readonly why: SubjectRefusal }
  | { readonly reason: 'unknown_connection' }
  /** The client's policy has no entry for the connection. */
  | { readonly reason: 'connection_not_allowed' }
  | { readonly reason: 'unknown_api' }
  /** The client's policy has no entry for the API. */
  | { readonly reason: 'api_not_allowed' }
  /** A token without `act` was asked for, and no policy allows it (R5). */
  | { readonly reason: 'impersonation_not_allowed' }
  /** The client's policy, the subject's token or the API does not hold these scopes. */
  | { readonly reason: 'scopes_not_allowed'; readonly scopes: readonly string[] }
  /** The provider's token can do more than the client may have, and cannot be narrowed (R7). */
  | { readonly reason: 'token_exceeds_policy' }
  | ({ readonly reason: 'not_connected' } & MendedByConnecting)
  | ({
      readonly reason: 'scopes_missing'
      readonly missing: readonly string[]
      readonly granted: readonly string[]
    } & MendedByConnecting)
  | ({ readonly reason: 'reconnect_required'; readonly why: ReconnectReason } & MendedByConnecting)
  | ({ readonly reason: 'consent_required' } & MendedByConnecting)
  | { readonly reason: 'account_ambiguous'; readonly accounts: readonly AccountChoice[] }
  | { readonly reason: 'provider_unavailable'; readonly retryAfterSeconds: number }
  /** Too many forced refreshes of one account (R17). */
  | { readonly reason: 'forced_refresh_limited'; readonly retryAfterSeconds: number }
  /** A forced refresh would kill the token others use, and no policy allows it (R17). */
  | { readonly reason: 'forced_refresh_not_allowed' }
  /** The vault itself cannot answer now: audit or store down, keys of an issuer unreachable. */
  | {
      readonly reason: 'vault_unavailable'
      readonly retryAfterSeconds: number
      readonly why?: KeysUnavailable | undefined
    }

export interface MendedByConnecting {
  /** The account that is to be mended, where there is one. */
  readonly accountId?: string | undefined
  /** A link for the user, where the client asked for one and the user can follow it (R11). */
  readonly connectUri?: string | undefined
}

export interface AccountChoice {
  readonly id: string
  readonly label: string
}

/** Whether the user can mend it by connecting. */
export function isMendedByConnecting(
  refusal: ExchangeRefusal,
): refusal is Extract<ExchangeRefusal, MendedByConnecting> {
  return ['not_connected', 'scopes_missing', 'reconnect_required', 'consent_required'].includes(
    refusal.reason,
  )
}

type Refused<Reason extends ExchangeRefusal['reason']> = Extract<
  ExchangeRefusal,
  { readonly reason: Reason }
>

/** What `decidePolicy` refuses. */
export type PolicyRefusal = Refused<
  'unknown_connection' | 'connection_not_allowed' | 'scopes_not_allowed'
>

/** What `chooseAccount`, `decideHandOut` and `decideRefresh` refuse. */
export type AccountRefusal = Refused<
  | 'not_connected'
  | 'account_ambiguous'
  | 'reconnect_required'
  | 'scopes_missing'
  | 'token_exceeds_policy'
  | 'consent_required'
>
