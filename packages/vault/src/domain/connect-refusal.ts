import type { DpopRefusal } from './dpop.ts'

/** Every way the connected-accounts API can refuse, with its evidence. http/ turns it into a problem document. */
export type ConnectRefusal =
  /** The bearer token is not a live one of ours for this API, or its client is gone. */
  | { readonly reason: 'invalid_token' }
  | DpopRefusal
  | { readonly reason: 'insufficient_scope'; readonly scope: string }
  /** No such connection, or none that this client may use: the same, so that names cannot be probed. */
  | { readonly reason: 'connection_not_allowed' }
  /** The client's policy for the connection does not hold these scopes. */
  | { readonly reason: 'scopes_not_allowed'; readonly scopes: readonly string[] }
  | { readonly reason: 'redirect_uri_not_registered' }
  /** The `login_hint` is an account's id, and the user has no such account on the connection. */
  | { readonly reason: 'unknown_account_hint' }
  | { readonly reason: 'too_many_attempts'; readonly retryAfterSeconds: number }
  /** Expired, unknown, used, someone else's, or not all of its parts belong together. */
  | { readonly reason: 'session_invalid'; readonly why: SessionRefusal }
  /** The person connected another provider account than the one that was asked for (RV-69). */
  | { readonly reason: 'account_changed' }
  /** The user calls too often through this client. */
  | { readonly reason: 'too_many_requests'; readonly retryAfterSeconds: number }
  /** The cursor of a list is not one that the vault gave this user for this list. */
  | { readonly reason: 'cursor_invalid' }
  /** No such account of this user within what this client may see. */
  | { readonly reason: 'account_not_found' }
  /** The user allowed this client nothing, or nothing on the connection; or it is another client's affair. */
  | { readonly reason: 'consent_not_found' }
  /** No request of this id waits for this user. */
  | { readonly reason: 'approval_not_found' }
  /** The vault cannot answer now. */
  | { readonly reason: 'vault_unavailable'; readonly retryAfterSeconds: number }

/** Why a completion was refused. For the audit log: the caller only hears that the session is invalid or expired. */
export type SessionRefusal =
  | 'unknown'
  | 'expired'
  | 'not_returned'
  | 'user_mismatch'
  | 'client_mismatch'
  | 'redirect_uri_mismatch'
  | 'connect_code_mismatch'
  | 'pkce_mismatch'
