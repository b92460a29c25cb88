import { createHash, randomBytes } from 'node:crypto'
import { type ConnectedAccount, type ConnectedAccounts, createValetKeyClient } from '@valetkey/core'
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

/** Where and by whom. */
export interface ConnectSettings extends ConnectRequest {
  readonly issuer: string
  readonly client: TestClient
}

/** Connects an account of a test vault, as {@link connectInBrowser} does. */
export async function connectAccount(
  { issuer, client, connection, scopes = [], as }: ConnectSettings,
  user: { readonly id: string; readonly accessToken: string },
): Promise<ConnectedAccount> {
  return await connectInBrowser({
    issuer,
    client,
    accessToken: user.accessToken,
    connection,
    scopes: [...new Set([...testConnections[connection].scopes, ...scopes])],
    loginHint: as ?? user.id,
  })
}

/** What {@link connectInBrowser} connects, at any vault whose provider consents by itself. */
export interface BrowserConnectSettings {
  readonly issuer: string
  readonly client: TestClient
  /** The user's, from a login system that the vault trusts. */
  readonly accessToken: string
  readonly connection: string
  readonly scopes: readonly string[]
  /** Whose account at the provider. Default: whoever is signed in there. */
  readonly loginHint?: string | undefined
}

/**
 * The connect flow over real HTTP: the app starts it, the user's browser says yes at the vault and is
 * sent through the provider, the app completes it.
 */
export async function connectInBrowser({
  issuer,
  client,
  accessToken,
  ...request
}: BrowserConnectSettings): Promise<ConnectedAccount> {
  const app = createValetKeyClient({
    issuer,
    clientId: client.id,
    clientSecret: client.secret,
    accessToken,
  })
  return await connectThrough(app.connectedAccounts(), {
    ...request,
    redirectUri: client.redirectUri,
  })
}

/** What {@link connectThrough} connects. */
export interface ConnectThroughRequest extends Pick<
  BrowserConnectSettings,
  'connection' | 'scopes' | 'loginHint'
> {
  readonly redirectUri: string
}

/** The same, by an app that has said already who it is and who its user is. */
export async function connectThrough(
  accounts: ConnectedAccounts,
  { connection, scopes, loginHint, redirectUri }: ConnectThroughRequest,
): Promise<ConnectedAccount> {
  const codeVerifier = randomBytes(32).toString('base64url')
  const { url, authSession } = await accounts.connect({
    connection,
    redirectUri,
    state: 'test',
    codeChallenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    scopes,
    ...(loginHint === undefined ? {} : { authorizationParams: { login_hint: loginHint } }),
  })

  const browser = createBrowser({ stopAt: [redirectUri] })
  const page = await browser.click(await browser.open(url), /continue|allow|connect/i)
  const connectCode = new URL(page.url).searchParams.get('connect_code')
  if (page.status !== 0 || connectCode === null) {
    throw new Error(`Connecting ended at ${page.url} (status ${page.status}): ${page.html}`)
  }

  return await accounts.complete({ authSession, connectCode, redirectUri, codeVerifier })
}
