'use client'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'

export interface NavLinkProps {
  readonly href: string
  readonly children: ReactNode
}

/**
 * A link that says whether one is there already. It loads the page: Next's own link would bring the
 * chat back, with the back button, as it was when it was first loaded.
 */
export function NavLink({ href, children }: NavLinkProps): ReactNode {
  return (
    <a href={href} aria-current={usePathname() === href ? 'page' : undefined}>
      {children}
    </a>
  )
}
