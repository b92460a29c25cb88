import { connectionPolicyOf, type Client } from './client.ts'
import type { Connection } from './connection.ts'
import { missingScopes, unionScopes, withImpliedScopes } from './scope.ts'

/** How long a person may take at the provider (RV-61). */
export const LOGIN_SECONDS = 600

/** One login at a provider, from the redirect to the callback. */
export interface LoginAttempt {
  /** `att_…`; names this browser's binding cookie. */
  readonly id: string
  readonly goal: LoginGoal
  readonly clientId: string
  readonly connection: string
  /** What the provider was asked for. */
  readonly scopes: readonly string[]
  readonly codeVerifier: string
  readonly nonce: string
  /** SHA-256 of the browser's binding secret, base64url. */
  readonly browserHash: string
  readonly expiresAt: number
}

/** What a login at a provider is for. */
export type LoginGoal =
  /** An authorization request goes on with it. */
  | { readonly kind: 'interaction'; readonly id: string }
  /** Whoever is logged in here gets one more way to log in. */
  | { readonly kind: 'identity'; readonly userId: string; readonly sessionId: string }

/**
 * What a login through a connection asks the provider for: who the user is, and what the client asked for beside it, as
 * far as its policy goes (R8). A scope beyond the policy is left out: the login is not the place to argue about it.
 */
export function loginScopes(
  client: Client,
  connection: Connection,
  asked: readonly string[],
): readonly string[] {
  const policy = connectionPolicyOf(client, connection.name)
  const needed = connection.login?.scopes ?? []
  if (policy === undefined) return needed
  const permitted = withImpliedScopes(
    unionScopes(policy.scopes, connection.scopes),
    connection.impliedScopes,
  )
  const allowed = asked.filter((scope) => missingScopes([scope], permitted).length === 0)
  return unionScopes(needed, unionScopes(connection.scopes, allowed))
}

/**
 * Whether what a login brought replaces what the account has (R9): never less than before. A login without a refresh
 * token, or with fewer scopes, says who the user is and nothing more.
 */
export function mayReplaceTokens(
  connection: Connection,
  stored: { readonly scopes: readonly string[]; readonly hasRefreshToken: boolean },
  brought: { readonly scopes: readonly string[]; readonly hasRefreshToken: boolean },
): boolean {
  const covered = withImpliedScopes(brought.scopes, connection.impliedScopes)
  if (missingScopes(stored.scopes, covered).length > 0) return false
  return brought.hasRefreshToken || !stored.hasRefreshToken
}
