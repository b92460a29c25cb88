import { createHash, randomBytes } from 'node:crypto'
import { createValetKeyClient } from '@valetkey/core'
import type { Emulator } from '@valetkey/emulator'
import { createBrowser } from './browser.ts'
import { type TestClient, type TestConnection, testConnections } from './test-connections.ts'

/** What a user connects. */
export interface ConnectRequest {
  readonly connection: TestConnection
  /** Scopes besides those the connection asks for anyway. Default: none. */
  readonly scopes?: readonly string[] | undefined
  /** Whose account at the provider, by user id. Default: the user's own. */
  readonly as?: string | undefined
  /** The app that asks. Default: the test vault's first-party client. */
  readonly client?: TestClient | undefined
}

/** The account as the vault describes it; it has more members, never a token. */
export interface ConnectedAccount {
  readonly id: string
  readonly connection: string
  readonly scopes: readonly string[]
}

/** Where and by whom. */
export interface ConnectSettings extends ConnectRequest {
  readonly issuer: string
  readonly emulator: Emulator
  readonly client: TestClient
}

/**
 * The connect flow over real HTTP: the app starts it, the user's browser says yes at the vault and at
 * the provider, the app completes it (wire.md, connected accounts; PKCE as an app would).
 */
export async function connectAccount(
  settings: ConnectSettings,
  user: { readonly id: string; readonly accessToken: string },
): Promise<ConnectedAccount> {
  const { issuer, emulator, client, connection } = settings
  const myAccount = createValetKeyClient({
    issuer,
    clientId: client.id,
    clientSecret: client.secret,
    accessToken: user.accessToken,
  })
  const { token } = await myAccount.exchangeForApi({ audience: `${issuer}me/` })
  // An empty list is refused by the API.
  const scopes = [...new Set([...testConnections[connection].scopes, ...(settings.scopes ?? [])])]
  const verifier = randomBytes(32).toString('base64url')
  const started = await post(`${issuer}me/v1/connected-accounts/connect`, token, {
    connection,
    redirect_uri: client.redirectUri,
    state: 'test',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(scopes.length === 0 ? {} : { scopes }),
  })
  emulator.decideConsent(testConnections[connection].provider, {
    decision: 'allow',
    user: settings.as ?? user.id,
  })

  const browser = createBrowser({ stopAt: [client.redirectUri] })
  const link = new URL(text(started, 'connect_uri'))
  link.searchParams.set('ticket', text(record(started['connect_params']), 'ticket'))
  let page = await browser.open(link.href)
  if (page.status === 200) page = await browser.click(page, /continue|allow|connect/i)
  const returned = new URL(page.url)
  const code = returned.searchParams.get('connect_code')
  if (page.status !== 0 || code === null) {
    throw new Error(`Connecting ended at ${page.url} (status ${page.status}): ${page.html}`)
  }

  const completed = await post(`${issuer}me/v1/connected-accounts/complete`, token, {
    auth_session: text(started, 'auth_session'),
    connect_code: code,
    redirect_uri: client.redirectUri,
    code_verifier: verifier,
  })
  return {
    id: text(completed, 'id'),
    connection: text(completed, 'connection'),
    scopes: Array.isArray(completed['scopes']) ? completed['scopes'].map(String) : [],
  }
}

async function post(
  url: string,
  token: string,
  body: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer: unknown = await response.json()
  if (response.status !== 201) {
    throw new Error(`${url} answered ${response.status}: ${JSON.stringify(answer)}`)
  }
  return record(answer)
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value))
  throw new Error(`Not an object: ${JSON.stringify(value)}`)
}

function text(value: Readonly<Record<string, unknown>>, name: string): string {
  const member = value[name]
  if (typeof member === 'string') return member
  throw new Error(`No "${name}" in ${JSON.stringify(value)}`)
}
