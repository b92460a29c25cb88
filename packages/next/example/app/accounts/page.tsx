// #region action
import type { ReactNode } from 'react'
import { valetKey } from '../../lib/valet-key'

async function connectGitHub(): Promise<void> {
  'use server'
  await valetKey.connectAccount({ connection: 'github', scopes: ['repo'], returnTo: '/accounts' })
}

export default function Accounts(): ReactNode {
  return (
    <form action={connectGitHub}>
      <button>Connect GitHub</button>
    </form>
  )
}
// #endregion
