import type { ReactNode } from 'react'
import { PorterMark } from './icons.tsx'
import { NavLink } from './nav-link.tsx'

export interface SiteHeaderProps {
  readonly isLoggedIn: boolean
  /** Name or e-mail of who is logged in. */
  readonly user: string | undefined
}

/** Where one is, who one is, and the way out. */
export function SiteHeader({ isLoggedIn, user }: SiteHeaderProps): ReactNode {
  return (
    <header className="site-header">
      <a href="/" className="brand">
        <PorterMark />
        Porter
      </a>
      {isLoggedIn && (
        <nav aria-label="Main">
          <NavLink href="/">Chat</NavLink>
          <NavLink href="/accounts">Accounts</NavLink>
          {user !== undefined && <span className="who">{user}</span>}
          <form method="post" action="/api/valet-key/logout">
            <button type="submit" className="quiet">
              Log out
            </button>
          </form>
        </nav>
      )}
    </header>
  )
}
