import { ConnectedAccounts } from '@valetkey/react'
import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { valetKeyNext } from '../../lib/valet-key-next.ts'

export const metadata: Metadata = { title: 'Accounts' }

/** What is connected, and the button that ends it. */
export default async function AccountsPage(): Promise<ReactNode> {
  const session = await valetKeyNext.getSession()
  if (session === undefined) redirect('/api/valet-key/login?returnTo=/accounts')
  return (
    <main className="page">
      <h1>Connected accounts</h1>
      <p className="lead">
        Porter reads these for you while they are connected. Disconnect one, and Porter asks again
        when it needs it.
      </p>
      <ConnectedAccounts />
    </main>
  )
}
