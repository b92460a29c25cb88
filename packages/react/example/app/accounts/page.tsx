// #region accounts
import { ConnectedAccounts } from '@valetkey/react'
import type { ReactNode } from 'react'

export function AccountsPage(): ReactNode {
  return (
    <main>
      <h1>Connected accounts</h1>
      <ConnectedAccounts />
    </main>
  )
}
// #endregion
