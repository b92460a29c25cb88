import { once } from 'node:events'
import { createServer } from 'node:http'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type Emulator, startEmulator } from '@valetkey/emulator'
import { type StartedVault, startVault } from '@valetkey/vault'
import type { BrowserContextOptions, Browser, Page } from 'playwright-core'
import * as z from 'zod'

import { CALENDAR_SCOPES } from './browser-world.ts'

/** A vault that people log in at, the login system and providers that they do it with, and an app. */
export interface LoginWorld {
  readonly vault: StartedVault
  readonly emulator: Emulator
  /** Where apps get their answers: a page that says `Welcome`. */
  readonly callback: string
  /** An authorization request of an app's. */
  readonly authorizationUrl: (clientId: 'aurora' | 'borealis', scope?: string) => string
  /** A link by which the user of this login connects a calendar. */
  readonly connectLink: (user: string) => Promise<string>
  /** What a device shows: where to go, and its code. */
  readonly device: () => Promise<{ readonly address: string; readonly userCode: string }>
  readonly close: () => Promise<void>
}

const ORDERS = 'https://orders.example.com'

export async function startLoginWorld(): Promise<LoginWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-login-'))
  const emulator = await startEmulator({ consent: 'page' })
  const app = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>App</title><h1>Welcome</h1>')
  })
  app.listen(0, '127.0.0.1')
  await once(app, 'listening')
  const address = app.address()
  if (address === null || typeof address === 'string') throw new Error('The app has no port')
  const callback = `http://127.0.0.1:${address.port}/callback`
  const secret = randomBytes(32).toString('base64url')
  const trustedIssuer = emulator.trustedIssuer()
  const connection = (name: string, provider: string, scopes: readonly string[]) => ({
    name,
    provider: emulator.provider(provider),
    clientId: emulator.client(provider).clientId,
    clientSecret: emulator.client(provider).clientSecret,
    scopes,
  })
  const client = {
    secret,
    redirectUris: [callback],
    grants: ['authorization_code', 'refresh_token', 'device_code', 'token_exchange'],
    connections: { 'google-oauth2': { scopes: ['openid', 'email', ...CALENDAR_SCOPES] } },
    apis: { [ORDERS]: { scopes: ['orders:read'] } },
  } as const
  const vault = await startVault({
    storage: { sqlite: join(folder, 'vault.db') },
    keys: { local: randomBytes(32) },
    connections: [
      connection('google-oauth2', 'google', ['openid', 'email']),
      connection('github', 'github', ['read:user']),
      connection('idp', 'idp', []),
    ],
    apis: [{ identifier: ORDERS, name: 'Orders', scopes: ['orders:read'] }],
    clients: [
      { ...client, id: 'aurora', name: 'Aurora Assistant', subjects: [trustedIssuer.issuer] },
      { ...client, id: 'borealis', name: 'Borealis Reports', consent: 'ask' },
    ],
    trustedIssuers: [trustedIssuer],
    login: { connections: ['google-oauth2', 'github', 'idp'] },
    limits: { connectPagesPerMinute: 100_000, pendingConnectsPerUser: 100_000 },
    development: { dangerouslyAllowLoopbackHttp: true },
  })
  const post = async (path: string, form: Readonly<Record<string, string>>): Promise<unknown> => {
    const body = new URLSearchParams({ client_id: 'aurora', client_secret: secret, ...form })
    const response = await fetch(new URL(path, vault.issuer), { method: 'POST', body })
    return await response.json()
  }

  return {
    vault,
    emulator,
    callback,
    authorizationUrl: (clientId, scope = 'openid profile email offline_access') =>
      `${vault.issuer}authorize?${new URLSearchParams({
        client_id: clientId,
        redirect_uri: callback,
        response_type: 'code',
        scope,
        state: 'x',
        code_challenge: createHash('sha256').update('verifier').digest('base64url'),
        code_challenge_method: 'S256',
      })}`,
    connectLink: async (user) =>
      z.object({ connect_uri: z.url() }).parse(
        await post('oauth/token', {
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: await emulator.issueLoginToken(user),
          subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
          audience: 'google-oauth2',
          scope: CALENDAR_SCOPES.join(' '),
          connect: 'link',
        }),
      ).connect_uri,
    device: async () => {
      const answer = z
        .object({ verification_uri: z.url(), user_code: z.string() })
        .parse(await post('oauth/device/code', { scope: 'openid' }))
      return { address: answer.verification_uri, userCode: answer.user_code }
    },
    close: async () => {
      app.close()
      await vault.close()
      await emulator.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** A browser profile of its own; what the browser complained about is kept. */
export interface Profile extends AsyncDisposable {
  readonly page: Page
  readonly complaints: readonly string[]
  /** Chooses who one is at a provider, and agrees. */
  readonly allowAs: (user: string) => Promise<void>
  /** Opens one of the vault's own pages, and logs in on the way. */
  readonly open: (path: string, user: string, loginWith?: string) => Promise<void>
}

export async function openProfile(
  browser: Browser,
  { vault }: LoginWorld,
  options: BrowserContextOptions = {},
): Promise<Profile> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  const allowAs = async (user: string): Promise<void> => {
    await page.getByRole('combobox', { name: 'Signed in as' }).selectOption(user)
    await page.getByRole('button', { name: 'Allow', exact: true }).click()
  }
  return {
    page,
    complaints,
    allowAs,
    open: async (path, user, loginWith = 'Emulator Login') => {
      await page.goto(new URL(path, vault.issuer).href)
      await page.getByRole('button', { name: `Continue with ${loginWith}`, exact: true }).click()
      await allowAs(user)
    },
    [Symbol.asyncDispose]: () => context.close(),
  }
}
