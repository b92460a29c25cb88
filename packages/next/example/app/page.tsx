// #region login
import type { ReactNode } from 'react'
import { valetKey } from '../lib/valet-key'

export default async function Home(): Promise<ReactNode> {
  const session = await valetKey.getSession()
  if (session === undefined) {
    return <a href="/api/valet-key/login?returnTo=/calendar">Log in</a> // not <Link>: it is a route
  }
  return (
    <form method="post" action="/api/valet-key/logout">
      {session.user.name ?? session.user.email} <button>Log out</button>
    </form>
  )
}
// #endregion
