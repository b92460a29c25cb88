import type { Client } from './client.ts'
import type { Subject } from './subject.ts'

/** All that a client's tokens for the connected-accounts API can do. */
export const MY_ACCOUNT_SCOPES = [
  'create:me:connected_accounts',
  'read:me:connected_accounts',
  'update:me:connected_accounts',
  'delete:me:connected_accounts',
  'read:me:consents',
  'delete:me:consents',
  'read:me:approvals',
  'write:me:approvals',
] as const

/** For deciding what any client asks for. The others show and change what the client was allowed itself. */
const APPROVAL_SCOPES: readonly string[] = ['read:me:approvals', 'write:me:approvals']

/** What a client has of them without being given any. To decide for the user is for clients that are named for it. */
export const DEFAULT_MY_ACCOUNT_SCOPES = MY_ACCOUNT_SCOPES.filter(
  (scope) => !APPROVAL_SCOPES.includes(scope),
)

/**
 * What a client's token for the connected-accounts API may do, when it is made from another token. A client that has to
 * ask may decide approvals only where the user allowed it at the login (R8): else it could answer in the user's place.
 */
export function permittedMyAccountScopes(
  { consent, myAccountScopes }: Pick<Client, 'consent' | 'myAccountScopes'>,
  { scopes = [], allowedApis = [] }: Pick<Subject, 'scopes' | 'allowedApis'>,
  audience: string,
): readonly string[] {
  if (consent === 'implied') return myAccountScopes
  const isAllowed = allowedApis.includes(audience)
  return myAccountScopes.filter(
    (scope) => !APPROVAL_SCOPES.includes(scope) || (isAllowed && scopes.includes(scope)),
  )
}
