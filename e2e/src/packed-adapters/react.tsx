import { ConnectAccount } from '@valetkey/react'
import { version } from 'react'
import { renderToString } from 'react-dom/server'

const html = renderToString(
  <ConnectAccount
    pending={{
      id: 'call-1',
      interrupt: {
        type: 'valetkey.interrupt',
        version: 1,
        kind: 'connect',
        reason: 'not_connected',
        message: 'Connect Google to go on.',
        connection: 'google-oauth2',
        requiredScopes: [],
        missingScopes: [],
        connectUrl: '/api/valet-key/connect?connection=google-oauth2',
      },
      resume: () => {},
      decline: () => {},
    }}
  />,
)

process.stdout.write(JSON.stringify({ version, html }))
