import { ConnectAccount, ConnectedAccounts, useInterrupts } from '@valetkey/react'
import type { ReactNode } from 'react'

/** A saved chat that waits for its user, with a list of accounts, as a server renders it. */
export function ServerRendered(): ReactNode {
  const waiting = useInterrupts(savedChat)
  return (
    <main>
      <h1>Saved chat</h1>
      {waiting.map((pending) => (
        <ConnectAccount key={pending.id} pending={pending} />
      ))}
      <ConnectedAccounts
        initialAccounts={[
          {
            id: 'cac_1',
            connection: 'github',
            label: 'margarethe',
            scopes: [],
            state: 'reauth_required',
          },
        ]}
      />
      <ConnectedAccounts basePath="/api/none" />
    </main>
  )
}

const interrupt = {
  type: 'valetkey.interrupt',
  version: 1,
  message: 'Not shown.',
  kind: 'connect',
  reason: 'not_connected',
  connection: 'google-oauth2',
  requiredScopes: ['email'],
  missingScopes: [],
  connectUrl: '/api/valet-key/connect?connection=google-oauth2&scopes=email',
}

const savedChat = {
  status: 'ready',
  messages: [
    {
      id: 'message-1',
      role: 'assistant',
      parts: [
        {
          type: 'tool-calendar',
          toolCallId: 'call-1',
          state: 'approval-requested',
          approval: { id: 'approval-1', requestReason: JSON.stringify(interrupt) },
        },
      ],
    },
  ],
  regenerate: async () => undefined,
  sendMessage: async () => undefined,
  addToolApprovalResponse: () => undefined,
}
