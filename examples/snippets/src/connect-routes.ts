// #region routes
import { createConnectHandlers, createValetKeyClient } from '@valetkey/core'
import { getSession } from './your-app.ts'

const valetKey = createValetKeyClient({
  accessToken: async () => (await getSession())?.accessToken,
  connectUrl: '/connect',
})

export const connect = createConnectHandlers({
  client: valetKey,
  redirectUri: 'https://app.example.com/connect/callback',
  accessToken: async (request) => (await getSession(request))?.accessToken,
  connections: {
    'google-oauth2': { scopes: ['https://www.googleapis.com/auth/calendar.events'] },
    github: {}, // any scopes that the vault allows
  },
  isReturnPathAllowed: (path) => path.startsWith('/chat/'),
  defaultReturnPath: '/chat',
})

// GET  /connect            → connect.start
// GET  /connect/callback   → connect.callback
// GET  /connect/status     → connect.status
// POST /connect/disconnect → connect.disconnect
// #endregion
