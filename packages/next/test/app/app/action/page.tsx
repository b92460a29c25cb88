import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { askProvider } from '../lib/ask-provider'
import { valetKey } from '../lib/valet-key'

async function ask(): Promise<void> {
  'use server'
  const { token } = await valetKey.getAccessTokenForConnection({ connection: 'google-oauth2' })
  redirect(`/action?says=${encodeURIComponent(await askProvider(token))}`)
}

async function connect(): Promise<void> {
  'use server'
  await valetKey.connectAccount({ connection: 'github', scopes: ['repo'], returnTo: '/action' })
}

interface Props {
  readonly searchParams: Promise<{ readonly says?: string }>
}

export default async function Action({ searchParams }: Props): Promise<ReactNode> {
  const { says = '' } = await searchParams
  return (
    <main>
      <p id="says">{says}</p>
      <form action={ask}>
        <button>Ask</button>
      </form>
      <form action={connect}>
        <button>Connect GitHub</button>
      </form>
    </main>
  )
}
