import type { Account } from './account.ts'

/**
 * The accounts that a `login_hint` names: by the vault's id, the provider's id, or the label (an e-mail in any case).
 * More than one where labels are the same; none for a hint that is only advice to the provider.
 */
export function accountsNamedBy(
  loginHint: string,
  accounts: readonly Account[],
): readonly Account[] {
  const label = loginHint.toLowerCase()
  return accounts.filter(
    (account) =>
      account.id === loginHint ||
      account.providerAccountId === loginHint ||
      account.label.toLowerCase() === label,
  )
}
