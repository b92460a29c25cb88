'use client'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'

export interface NavLinkProps {
  readonly href: string
  readonly children: ReactNode
}

/** A link that says whether one is there already. */
export function NavLink({ href, children }: NavLinkProps): ReactNode {
  return (
    <Link href={href} aria-current={usePathname() === href ? 'page' : undefined}>
      {children}
    </Link>
  )
}
