import { auth } from './lib/auth.ts'
import { valetKey } from './lib/valet-key.ts'
// #region connect
import { createConnectHandlers } from '@valetkey/langchain'

const handlers = createConnectHandlers({
  client: valetKey.client,
  redirectUri: 'https://app.example.com/api/connect/callback', // registered at the vault
  accessToken: async (request) => await auth.accessTokenOf((await auth.userOf(request))?.id),
})

export const connect = handlers.start // GET of /api/connect
export const callback = handlers.callback // GET of /api/connect/callback
// #endregion
