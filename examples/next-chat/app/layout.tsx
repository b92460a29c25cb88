import type { Metadata, Viewport } from 'next'
import type { ReactNode } from 'react'
import { SiteHeader } from '../components/site-header.tsx'
import { valetKeyNext } from '../lib/valet-key-next.ts'
import '@valetkey/react/styles.css'
import './globals.css'

export const metadata: Metadata = {
  title: { default: 'Porter', template: '%s · Porter' },
  description: 'An assistant for your calendar, Slack and GitHub',
}

export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f7f6f3' },
    { media: '(prefers-color-scheme: dark)', color: '#15181a' },
  ],
}

export default async function Layout({
  children,
}: {
  readonly children: ReactNode
}): Promise<ReactNode> {
  const session = await valetKeyNext.getSession()
  return (
    <html lang="en">
      <body>
        <SiteHeader
          user={session?.user.name ?? session?.user.email}
          isLoggedIn={session !== undefined}
        />
        {children}
      </body>
    </html>
  )
}
