import { type ServedRoutes, serveRoutes } from '@valetkey-examples/backstage/serve-routes'
import { createConnectHandlers } from '@valetkey/langchain'
import { sessions } from './lib/sessions.ts'
import { valetKey } from './lib/valet-key.ts'

/** The web side of the app: where this user connects accounts. */
export async function startAppServer(user: string): Promise<ServedRoutes> {
  return await serveRoutes((url) => {
    // #region connect
    const connect = createConnectHandlers({
      client: valetKey.client,
      redirectUri: `${url}/connect/callback`,
      accessToken: async () => await sessions.accessTokenOf(user), // of the request's session
      defaultReturnPath: '/connected',
    })
    return {
      '/connect': async (request) => await connect.start(request),
      '/connect/callback': async (request) => await connect.callback(request),
      '/connected': async () => new Response('Done. Go back to your chat.'),
    }
    // #endregion
  })
}
