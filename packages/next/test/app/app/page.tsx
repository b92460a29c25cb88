import type { ReactNode } from 'react'
import { valetKey } from './lib/valet-key'
import { Panel } from './panel'

export default async function Home(): Promise<ReactNode> {
  const session = await valetKey.getSession()
  return (
    <main>
      <p id="who">{session?.user.email ?? 'nobody'}</p>
      <Panel text={JSON.stringify(session ?? null)} />
      <form method="post" action="/api/valet-key/logout">
        <button>Log out</button>
      </form>
    </main>
  )
}
