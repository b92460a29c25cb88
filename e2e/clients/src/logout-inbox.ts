import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { claimsOf } from './claims-of.ts'

/** Where the app listens for ends of sessions. */
export interface LogoutInbox {
  readonly url: string
  /** The logout token of a session, when it has come. */
  readonly tokenOf: (sessionId: string) => Promise<string>
  readonly close: () => Promise<void>
}

/** Takes what OpenID Connect Back-Channel Logout section 2.5 sends. */
export async function openLogoutInbox(): Promise<LogoutInbox> {
  const arrived = new Map<string, string>()
  const arrivals = new EventEmitter()
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const token = new URLSearchParams(body).get('logout_token') ?? ''
      arrived.set(String(claimsOf(token)['sid']), token)
      arrivals.emit('arrival')
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  return {
    url: `http://127.0.0.1:${address.port}/backchannel-logout`,
    tokenOf: async (sessionId) => {
      for (;;) {
        const token = arrived.get(sessionId)
        if (token !== undefined) return token
        await once(arrivals, 'arrival')
      }
    },
    close: async () => {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
