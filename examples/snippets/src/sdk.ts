import {
  createValetKeyClient,
  FederatedConnectionError,
  fetchForConnection,
  getAccessTokenForConnection,
  getCredentialsForConnection,
  isInterruptError,
  isValetKeyError,
} from '@valetkey/core'
import { getSession, loginKeyPair } from './your-app.ts'

// #region several
const valetKey = createValetKeyClient({
  accessToken: async () => (await getSession())?.accessToken,
})

const postAgenda = valetKey.withTokenForConnection(
  {
    connections: [
      {
        connection: 'google-oauth2',
        scopes: ['https://www.googleapis.com/auth/calendar.events.readonly'],
      },
      { connection: 'slack', scopes: ['chat:write'] },
    ],
  },
  async ({ channel }: { channel: string }) => {
    const events = 'https://www.googleapis.com/calendar/v3/calendars/primary/events'
    const { items } = await (await fetchForConnection('google-oauth2')(events)).json()
    await fetchForConnection('slack')('https://slack.com/api/chat.postMessage', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ channel, text: `${items.length} events today` }),
    })
  },
)
// #endregion

// #region token
const listRepositories = valetKey.withTokenForConnection(
  { connection: 'github', scopes: ['repo'], retry: 'once' },
  async () => {
    const { account, expiresAt } = getCredentialsForConnection()
    const response = await fetch('https://api.github.com/user/repos', {
      headers: { authorization: `Bearer ${getAccessTokenForConnection()}` },
    })
    if (response.status === 401) throw new FederatedConnectionError('GitHub refused the token')
    return { account, expiresAt, repositories: await response.json() }
  },
)
// #endregion

// #region errors
/** What to tell whoever called. */
export function explain(error: unknown): string {
  if (isInterruptError(error)) return `The user has to act: ${error.interrupt.message}`
  if (!isValetKeyError(error)) throw error
  const { code, retryAfterSeconds = 30 } = error
  if (code === 'policy_denied') return 'The administrator of the vault has not allowed this'
  if (code === 'provider_unavailable' || code === 'vault_unavailable') {
    return `Try again in ${retryAfterSeconds} seconds`
  }
  throw error // for the developer
}
// #endregion

// #region route
/** `GET /api/repositories`: a token outside any tool. */
export async function GET(request: Request): Promise<Response> {
  try {
    const { token } = await valetKey.getAccessTokenForConnection({
      connection: 'github',
      scopes: ['repo'],
      accessToken: async () => (await getSession(request))?.accessToken,
    })
    return await fetch('https://api.github.com/user/repos', {
      headers: { authorization: `Bearer ${token}` },
    })
  } catch (error) {
    if (!isInterruptError(error)) throw error
    return Response.json({ interrupt: error.interrupt }, { status: 401 })
  }
}
// #endregion

// #region signed
export const named = createValetKeyClient({
  privateKey: { key: process.env['AGENT_KEY'] ?? '', algorithm: 'ES256' }, // PKCS #8 PEM
  signedSubject: async () => (await getSession())?.userId,
})
// #endregion

// #region api
/** An order, asked for on behalf of the user. */
export async function order(id: string): Promise<unknown> {
  const { token } = await valetKey.exchangeForApi({
    audience: 'https://orders.example.com',
    scopes: ['orders:read'],
  })
  const response = await fetch(`https://orders.example.com/orders/${encodeURIComponent(id)}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return await response.json()
}
// #endregion

// #region dpop
export const bound = createValetKeyClient({
  refreshToken: async () => (await getSession())?.refreshToken,
  dpop: loginKeyPair,
})
// #endregion

// #region accounts
/** For a settings page: what the user has connected, and a way to end it. */
export async function disconnectAll(request: Request): Promise<void> {
  const accounts = valetKey.connectedAccounts({
    accessToken: (await getSession(request))?.accessToken,
  })
  for (const { id, connection, label, state } of await accounts.listAccounts()) {
    console.log(`${connection}: ${label} is ${state}`)
    await accounts.deleteAccount(id)
  }
}
// #endregion

// #region events
export const observed = createValetKeyClient({
  onEvent: (event) => {
    if (event.name === 'exchange_failed') console.warn(event.target, event.code, event.status)
  },
})
// #endregion

export { listRepositories, postAgenda }
