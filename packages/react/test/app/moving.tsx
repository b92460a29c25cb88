import { ConnectAccount, type ResumableInterrupt } from '@valetkey/react'
import { type ReactNode, useState } from 'react'
import { renderPage } from './render-page.tsx'

// One component, without a key, that is given one call after the other.

const interrupt = {
  type: 'valetkey.interrupt',
  version: 1,
  message: 'Not shown.',
  kind: 'approve',
  reason: 'approval_required',
  approvalId: 'approval',
  requestedAt: 1,
  expiresAt: 2,
  intervalSeconds: 5,
} as const

function Moving(): ReactNode {
  const [done, setDone] = useState<readonly string[]>([])
  const [calls] = useState<readonly ResumableInterrupt[]>(() =>
    ['first', 'second', 'second'].map((id, index) => ({
      id,
      interrupt: { ...interrupt, message: `Approve ${id}, ${index}.` },
      resume: () => setDone((before) => [...before, id]),
      decline: () => undefined,
    })),
  )
  const pending = calls[done.length]
  return (
    <main>
      <h1>{done.length} done</h1>
      {pending !== undefined && <ConnectAccount pending={pending} />}
    </main>
  )
}

renderPage(<Moving />)
