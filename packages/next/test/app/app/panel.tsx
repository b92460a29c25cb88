'use client'
import type { ReactNode } from 'react'

/** A client component: what it is given is in the payload that browsers load. */
export function Panel({ text }: { text: string }): ReactNode {
  return <p id="panel">{text}</p>
}
