import { auth } from '../../../lib/auth.ts'
import { valetKey } from '../../../lib/valet-key.ts'

// #region connect
import { createConnectHandlers } from '@valetkey/vercel-ai'

const handlers = createConnectHandlers({
  client: valetKey.client,
  redirectUri: 'https://app.example.com/api/connect/callback', // registered at the vault
  accessToken: async () => (await auth.getSession())?.accessToken,
})

export const connect = handlers.start // GET of app/api/connect/route.ts
export const callback = handlers.callback // GET of app/api/connect/callback/route.ts
// #endregion
