import { createHash, randomBytes } from 'node:crypto'

import { type Browser, createBrowser } from '@valetkey-internal/testing/browser'

import { REDIRECT_URI } from './bare-provider.ts'

/** Who logs a user in; a public client has no secret. */
export interface LoginClient {
  readonly id: string
  readonly secret?: string | undefined
}

/** A user at the vault's own login. */
export interface LoggedIn {
  /** The `Cookie` header that goes with the session. */
  readonly cookies: string
  /** By client, as many as asked for, each of a login of its own. */
  readonly refreshTokens: readonly (readonly string[])[]
}

/** Logs the demo user in with Google, which connects Google, and then again in the same session for each token asked for. */
export async function logInAtVault(
  issuer: string,
  {
    clients,
    tokens,
    connectionScope,
  }: {
    readonly clients: readonly LoginClient[]
    readonly tokens: number
    readonly connectionScope: string
  },
): Promise<LoggedIn> {
  const browser = createBrowser({ stopAt: [REDIRECT_URI] })
  const refreshTokens: string[][] = []
  for (const client of clients) {
    const ofClient: string[] = []
    while (ofClient.length < tokens) {
      ofClient.push(await logIn(browser, { issuer, client, connectionScope }))
    }
    refreshTokens.push(ofClient)
  }
  return { cookies: browser.cookies(`${issuer}authorize`), refreshTokens }
}

async function logIn(
  browser: Browser,
  {
    issuer,
    client,
    connectionScope,
  }: {
    readonly issuer: string
    readonly client: LoginClient
    readonly connectionScope: string
  },
): Promise<string> {
  const codeVerifier = randomBytes(32).toString('base64url')
  const { url } = await browser.open(
    `${issuer}authorize?${new URLSearchParams({
      response_type: 'code',
      client_id: client.id,
      redirect_uri: REDIRECT_URI,
      scope: 'openid offline_access',
      code_challenge: challengeOf(codeVerifier),
      code_challenge_method: 'S256',
      connection: 'google-oauth2',
      connection_scope: connectionScope,
      login_hint: 'demo',
    }).toString()}`,
  )
  const response = await fetch(`${issuer}oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: codeOf(url),
      redirect_uri: REDIRECT_URI,
      code_verifier: codeVerifier,
      client_id: client.id,
      ...(client.secret !== undefined && { client_secret: client.secret }),
    }),
  })
  return memberOf(await response.text(), 'refresh_token')
}

/** RFC 7636 section 4.2. */
export function challengeOf(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier).digest('base64url')
}

/** The code that a redirect to the app brings. */
export function codeOf(location: string): string {
  const code = new URL(location).searchParams.get('code')
  if (code === null) throw new Error(`the login ended at ${location}`)
  return code
}

/** A member of a JSON answer that must be text. */
export function memberOf(body: string, name: string): string {
  const json: unknown = JSON.parse(body)
  const value =
    typeof json === 'object' && json !== null
      ? Object.entries(json).find(([key]) => key === name)
      : []
  if (typeof value?.[1] !== 'string') throw new Error(`no ${name} in ${body.slice(0, 200)}`)
  return value[1]
}
