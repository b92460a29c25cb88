import type { Account } from './account.ts'
import type { Connection } from './connection.ts'
import { missingScopes, withImpliedScopes } from './scope.ts'

/**
 * Whether a reconnect that brought no refresh token leaves the stored one in place: only where it still works (the
 * account is active, and the provider does not end it with a new one) and can do no more than was granted just now.
 */
export function mayKeepRefreshToken(
  existing: Account,
  grantedScopes: readonly string[],
  { behaviour, impliedScopes }: Pick<Connection, 'behaviour' | 'impliedScopes'>,
): boolean {
  return (
    existing.refreshToken !== undefined &&
    existing.state === 'active' &&
    (behaviour.rotation === 'stable' || behaviour.rotation === 'overlapping') &&
    missingScopes(existing.scopes, withImpliedScopes(grantedScopes, impliedScopes)).length === 0
  )
}
