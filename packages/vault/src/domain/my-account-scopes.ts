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

/** What a client has of them without being given any. To decide for the user is for clients that are named for it. */
export const DEFAULT_MY_ACCOUNT_SCOPES = MY_ACCOUNT_SCOPES.filter(
  (scope) => scope !== 'read:me:approvals' && scope !== 'write:me:approvals',
)
