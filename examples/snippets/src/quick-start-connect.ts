// #region connect
import { createConnectHandlers } from '@valetkey/vercel-ai'
import { valetKey } from './quick-start.ts'

const connect = createConnectHandlers({
  client: valetKey.client,
  redirectUri: 'http://localhost:3000/connect/callback',
  accessToken: () => process.env['USER_TOKEN'],
})

/** Each takes a `Request` and gives a `Response`. */
export const routes = { '/connect': connect.start, '/connect/callback': connect.callback }
// #endregion
