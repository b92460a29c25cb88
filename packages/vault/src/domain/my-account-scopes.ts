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
