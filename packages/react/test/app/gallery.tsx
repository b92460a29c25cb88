import { ConnectAccount, ConnectedAccounts, type ResumableInterrupt } from '@valetkey/react'
import type { ReactNode } from 'react'
import { renderPage } from './render-page.tsx'

// Every state of the components beside each other, for screenshots and axe.

const base = { type: 'valetkey.interrupt', version: 1, message: 'Not shown.' } as const
const connect = {
  ...base,
  kind: 'connect',
  reason: 'not_connected',
  connection: 'google-oauth2',
  requiredScopes: ['calendar'],
  missingScopes: [],
  connectUrl: '/api/valet-key/connect?connection=google-oauth2',
} as const

const interrupts = {
  idle: connect,
  waiting: { ...connect, connection: 'github' },
  failed: { ...connect, reason: 'scopes_missing', connection: 'work-slack' },
  login: { ...base, kind: 'login', reason: 'login_required' },
  approve: {
    ...base,
    kind: 'approve',
    reason: 'approval_required',
    message: 'Approve on your phone: send 250 € to Bakery Levain.',
    approvalId: 'approval',
    requestedAt: 1,
    expiresAt: 2,
    intervalSeconds: 5,
  },
} as const satisfies Record<string, ResumableInterrupt['interrupt']>

function attempt(call: string, by: string): unknown {
  return { id: call.padEnd(24, 'x'), call, by }
}

sessionStorage.setItem(
  'valetkey.attempts',
  JSON.stringify([attempt('waiting', 'popup'), attempt('failed', 'redirect')]),
)
history.replaceState(
  null,
  '',
  `?valetkey_attempt=${'failed'.padEnd(24, 'x')}&valetkey_error=access_denied`,
)

function Gallery(): ReactNode {
  return (
    <main>
      <h1>What waits for you</h1>
      {Object.entries(interrupts).map(([id, interrupt]) => (
        <ConnectAccount
          key={id}
          pending={{ id, interrupt, resume: () => undefined, decline: () => undefined }}
          serviceNames={{ 'work-slack': 'Slack' }}
        />
      ))}
      <h2>Accounts</h2>
      <ConnectedAccounts
        initialAccounts={[
          {
            id: 'cac_1',
            connection: 'google-oauth2',
            label: 'margarethe.von.hohenstein@example.com',
            scopes: [],
            state: 'active',
          },
          {
            id: 'cac_2',
            connection: 'github',
            label: 'margarethe',
            scopes: ['repo'],
            state: 'reauth_required',
          },
          { id: 'cac_3', connection: 'crm', label: undefined, scopes: [], state: undefined },
        ]}
      />
    </main>
  )
}

renderPage(<Gallery />)
