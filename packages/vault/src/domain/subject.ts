import type { Confirmation } from './dpop.ts'
import type { Actor, Identity } from './identity.ts'

/** On whose behalf an exchange happens, after the subject token has been verified. */
export interface Subject {
  /** What kind of token said so: audited, and what policy may depend on. */
  readonly kind:
    | 'trusted_issuer'
    | 'client_signed'
    | 'vault_refresh_token'
    | 'vault_access_token'
    | 'vault_id_token'
  /** For the vault's own users its issuer and the user's id. */
  readonly identity: Identity
  /** What its token may be used for at the deployment's APIs, where it says so: what is made from it can do no more. */
  readonly scopes?: readonly string[] | undefined
  /** The APIs that the user allowed the client at the login, where the client has to ask (R8). */
  readonly allowedApis?: readonly string[] | undefined
  /** The login that a token of the vault came from: when it ends, so does all that came from it. */
  readonly grantId?: string | undefined
  /** Why, in the words of the client that signed for the user: for the audit log. */
  readonly auditContext?: string | undefined
  /** NumericDate at which the subject token expires; nothing derived from it lives longer. */
  readonly expiresAt: number
  /** Who may act for this subject, if its token limits that (RFC 8693 section 4.4). */
  readonly mayAct?: { readonly subject: string; readonly issuer?: string | undefined } | undefined
  /** Who acts for this subject already, by its token's `act` (RFC 8693 section 4.1). */
  readonly actor?: Actor | undefined
  /** The key that its token is bound to: nobody else may present it (RFC 9449 section 6). */
  readonly confirmation?: Confirmation | undefined
}

/** Why a subject or actor token was not accepted. For the audit log; the caller hears only that it is invalid. */
export type SubjectRefusal =
  | { readonly reason: 'unsupported_token_type' }
  | { readonly reason: 'malformed' }
  | { readonly reason: 'unknown_issuer' }
  | { readonly reason: 'issuer_not_allowed_for_client' }
  | { readonly reason: 'algorithm_not_allowed' }
  | { readonly reason: 'wrong_type' }
  | { readonly reason: 'unknown_key' }
  | { readonly reason: 'bad_signature' }
  | { readonly reason: 'wrong_audience' }
  | { readonly reason: 'wrong_authorized_party' }
  | { readonly reason: 'expired'; readonly expiredAt: number }
  | { readonly reason: 'not_yet_valid' }
  | { readonly reason: 'too_old' }
  | { readonly reason: 'missing_claim'; readonly claim: string }
  /** A refresh token of the vault's that there is not, or not any more. */
  | { readonly reason: 'unknown_token' }
  /** Another client's. */
  | { readonly reason: 'other_client' }
  /** The login that it came from has ended. */
  | { readonly reason: 'revoked' }
  /** Another one took its place, longer ago than its client's grace (R4). */
  | { readonly reason: 'rotated' }
  /** The token names a client, not a person. */
  | { readonly reason: 'not_a_user' }
  /** The token is bound to a key, and the request proves none, or another one (RV-33, RV-95). */
  | { readonly reason: 'proof_missing' }
  | { readonly reason: 'proof_of_other_key' }
  /** Nobody that this vault knows: users are made at connect or login (R1). */
  | { readonly reason: 'unknown_user' }
  /** A token that is good once was shown again. */
  | { readonly reason: 'replayed' }
  /** The subject's token, or the client's policy, names others as those who may act (RFC 8693 section 4.4). */
  | { readonly reason: 'actor_not_permitted' }
  /** The actor has acted before, further inside (RV-41). */
  | { readonly reason: 'actor_repeated' }
  /** More actors than can be kept, or names too long (RV-41). */
  | { readonly reason: 'actor_chain_too_long' }
  /** The issuer's keys could not be fetched: the vault's trouble, not the user's (answered 503). */
  | KeysUnavailable

export interface KeysUnavailable {
  readonly reason: 'keys_unavailable'
  /** The login system whose keys they are. */
  readonly issuer: string
  /** A code of ours: `timeout`, `dns_failed`, `refused_address`, `http_503`, `not_a_key_set`, … */
  readonly cause: string
}
